//! Numbers as a Python server writes them: now an integer, now a float, now none at all.

use serde::{Deserialize, Deserializer};

/// Reads an integer, a float, or the `null` that stands for a number that is none.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}
