//! Numbers as a Python server writes them: now an integer, now a float, now none at all.

use serde::{Deserialize, Deserializer};

/// Reads an integer, a float, or the `null` that stands for a number that is none.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

/// Reads a time in milliseconds, whether the server wrote an integer or a float.
pub(super) fn milliseconds<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a saturating cast is what a time outside of the range deserves"
    )]
    Ok(Option::<f64>::deserialize(deserializer)?.map(|time| time as u64))
}
