//! What is in a file, in one line: its blake3 hash, for outputs that are kept and for backups.

use std::io::Read as _;
use std::path::Path;
use tokio::task::spawn_blocking;

/// Bytes that are read at once.
const PART: usize = 1 << 20;

/// Size in bytes and hash in hexadecimal.
pub(crate) async fn checksum(path: &Path) -> std::io::Result<(u64, String)> {
    let path = path.to_owned();
    let read = spawn_blocking(move || {
        let mut file = fs_err::File::open(path)?;
        let (mut hasher, mut bytes) = (blake3::Hasher::new(), 0);
        let mut part = vec![0; PART];
        loop {
            match file.read(&mut part)? {
                0 => return Ok((bytes, hasher.finalize().to_hex().to_string())),
                length => {
                    hasher.update(&part[..length]);
                    bytes += length as u64;
                }
            }
        }
    });
    read.await.map_err(std::io::Error::other).flatten()
}
