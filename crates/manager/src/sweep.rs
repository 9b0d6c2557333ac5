//! What a batch varies: an input or parameter, and the values that it takes in turn.
//!
//! Called by faces that read `NAME=VALUES`, and by [`crate::batch`]. Pure, but for lists in files.

use std::fmt;
use std::path::Path;

/// Values of one sweep at most.
const MOST: usize = 1_000_000;

/// One thing that a batch varies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// A parameter by its name, or a selector.
    pub name: String,
    /// The values as typed: each is JSON or text.
    pub values: Vec<String>,
    /// Whether they are the numbers of a range: what is true of both ends is true of all.
    pub(crate) is_range: bool,
}

/// Why something is no sweep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no sweep: {reason}")]
pub struct SweepError {
    text: String,
    reason: String,
}

impl SweepError {
    pub(crate) fn new(text: &str, reason: impl fmt::Display) -> Self {
        Self {
            text: text.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl Sweep {
    /// Reads `NAME=VALUES`, where the values are a range (`1..50`, `0.1..0.9/0.1`, ends included), a
    /// list (`a,b,c`, or a JSON list), or the lines of a file (`@FILE`) that are not empty.
    pub fn read(text: &str) -> Result<Self, SweepError> {
        let wrong = |reason: &dyn fmt::Display| SweepError::new(text, reason);
        let (name, typed) = comfyctl_workflow::split_assignment(text)
            .map_err(|_| wrong(&"a name, `=` and values are wanted"))?;
        let range = Range::parse(typed).map(|range| range.values());
        let is_range = range.is_some();
        let values = match (range, typed.strip_prefix('@')) {
            (Some(values), _) => values.map_err(|reason| wrong(&reason))?,
            (None, Some(file)) => lines(Path::new(file)).map_err(|reason| wrong(&reason))?,
            (None, None) => list(typed),
        };
        if values.is_empty() {
            return Err(wrong(&"there are no values"));
        }
        Ok(Self {
            name: name.to_owned(),
            values,
            is_range,
        })
    }
}

fn lines(file: &Path) -> std::io::Result<Vec<String>> {
    let text = fs_err::read_to_string(file)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

fn list(typed: &str) -> Vec<String> {
    match serde_json::from_str::<Vec<serde_json::Value>>(typed) {
        Ok(values) => values.iter().map(ToString::to_string).collect(),
        Err(_) => typed
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect(),
    }
}

/// Numbers from one to another, as whole multiples of a power of ten: 0.1 three times is 0.3.
struct Range {
    first: i128,
    last: i128,
    step: i128,
    /// Digits behind the point.
    digits: usize,
}

impl Range {
    /// `None` for what is meant otherwise.
    fn parse(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once("..")?;
        let (last, step) = rest.split_once('/').unwrap_or((rest, "1"));
        let parts = [first, last, step].map(str::trim);
        let digits = parts.iter().map(|part| behind_the_point(part)).max()?;
        let [first, last, step] = parts.map(|part| scaled(part, digits));
        Some(Self {
            first: first?,
            last: last?,
            step: step?,
            digits,
        })
    }

    fn values(&self) -> Result<Vec<String>, String> {
        let distance = (self.last - self.first).unsigned_abs();
        let step = self.step.unsigned_abs();
        if step == 0 {
            return Err("a step of 0 never arrives".to_owned());
        }
        if distance / step >= MOST as u128 {
            return Err(format!("more than {MOST} values"));
        }
        let steps = i128::try_from(distance / step).unwrap_or_default();
        let by = self.step.abs() * (self.last - self.first).signum();
        Ok((0..=steps)
            .map(|count| shown(self.first + count * by, self.digits))
            .collect())
    }
}

fn behind_the_point(number: &str) -> usize {
    number.split_once('.').map_or(0, |(_, digits)| digits.len())
}

/// The number times ten to the power of `digits`; `None` for what is no plain number.
fn scaled(number: &str, digits: usize) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    let all = |text: &str| text.chars().all(|each| each.is_ascii_digit());
    // More digits than any input takes.
    if unsigned.is_empty() || !all(unsigned) || !all(fraction) || number.len() > 24 || digits > 12 {
        return None;
    }
    format!("{whole}{fraction:0<digits$}").parse().ok()
}

fn shown(number: i128, digits: usize) -> String {
    if digits == 0 {
        return number.to_string();
    }
    let sign = if number < 0 { "-" } else { "" };
    let text = format!("{:0>width$}", number.unsigned_abs(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(text: &str) -> Vec<String> {
        Sweep::read(text).unwrap().values
    }

    #[test]
    fn a_range_has_both_its_ends_and_exact_numbers() {
        assert_eq!(values("seed=1..4"), ["1", "2", "3", "4"]);
        assert_eq!(values("cfg=0.1..0.4/0.1"), ["0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(values("x=-0.5..1/0.75"), ["-0.50", "0.25", "1.00"]);
        assert_eq!(values("steps=30..10/10"), ["30", "20", "10"]);
        assert!(Sweep::read("seed=1..9/0").is_err());
        assert!(Sweep::read("seed=1..99999999").is_err());
    }

    #[test]
    fn a_list_is_of_words_or_of_json() {
        assert_eq!(values("6.text=a red fox, a hat"), ["a red fox", "a hat"]);
        assert_eq!(values(r#"6.text=["one, two", 3]"#), [r#""one, two""#, "3"]);
        assert_eq!(values("6.text=and..so"), ["and..so"]);
    }

    #[test]
    fn a_file_has_a_value_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("prompts.txt");
        std::fs::write(&file, "a cat, a hat\r\n\n  a fox\n").unwrap();
        assert_eq!(
            values(&format!("prompt=@{}", file.display())),
            ["a cat, a hat", "a fox"]
        );
        let missing = Sweep::read("prompt=@missing.txt").unwrap_err();
        assert!(missing.to_string().contains("missing.txt"), "{missing}");
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_survived(text in ".{0,40}") {
            let _ = Sweep::read(&text);
        }
    }
}
