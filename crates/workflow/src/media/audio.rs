//! FLAC and Opus: Vorbis comments; MP3: `TXXX` frames of `ID3v2`.

use super::Embedded;
use lofty::config::ParseOptions;
use lofty::file::AudioFile;
use lofty::flac::FlacFile;
use lofty::mpeg::MpegFile;
use lofty::ogg::OpusFile;
use lofty::ogg::tag::VorbisComments;
use std::io::Cursor;

pub(super) fn read_flac(bytes: &[u8]) -> Result<Embedded, String> {
    let file: FlacFile = parse(bytes)?;
    Ok(file
        .vorbis_comments()
        .map(from_comments)
        .unwrap_or_default())
}

pub(super) fn read_opus(bytes: &[u8]) -> Result<Embedded, String> {
    let file: OpusFile = parse(bytes)?;
    Ok(from_comments(file.vorbis_comments()))
}

pub(super) fn read_mp3(bytes: &[u8]) -> Result<Embedded, String> {
    let file: MpegFile = parse(bytes)?;
    let text = |name| {
        file.id3v2()
            .and_then(|tag| tag.get_user_text(name))
            .map(str::to_owned)
    };
    Ok(Embedded {
        prompt: text("prompt"),
        workflow: text("workflow"),
    })
}

fn from_comments(comments: &VorbisComments) -> Embedded {
    let text = |name| comments.get(name).map(str::to_owned);
    Embedded {
        prompt: text("prompt"),
        workflow: text("workflow"),
    }
}

fn parse<F: AudioFile>(bytes: &[u8]) -> Result<F, String> {
    let options = ParseOptions::new()
        .read_properties(false)
        .read_cover_art(false);
    F::read_from(&mut Cursor::new(bytes), options).map_err(|error| error.to_string())
}
