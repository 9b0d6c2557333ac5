//! Which values each job of a batch gets: pure counting.

use crate::error::Error;
use crate::sweep::{Sweep, SweepError};

/// Jobs of a batch at most.
const MOST: usize = 100_000;

/// Which values each job gets.
pub(super) struct Combinations {
    pub(super) count: usize,
    zip: bool,
}

impl Combinations {
    /// Fails when the lists do not fit each other, or the jobs are too many.
    pub(super) fn of(sweeps: &[Sweep], zip: bool) -> Result<Self, Error> {
        let lengths = sweeps.iter().map(|sweep| sweep.values.len());
        let wrong = |reason: String| -> Error {
            let names: Vec<&str> = sweeps.iter().map(|sweep| sweep.name.as_str()).collect();
            SweepError::new(&names.join(", "), reason).into()
        };
        let count = if zip {
            let shortest = lengths.clone().min().unwrap_or_default();
            if lengths.max() != Some(shortest) {
                return Err(wrong("to be zipped, all need as many values".to_owned()));
            }
            shortest
        } else {
            lengths.fold(1_usize, usize::saturating_mul)
        };
        if count > MOST {
            return Err(wrong(format!("{count} jobs are more than {MOST}")));
        }
        Ok(Self { count, zip })
    }

    /// The values of one job; the last sweep changes fastest.
    pub(super) fn values<'s>(&self, sweeps: &'s [Sweep], index: usize) -> Vec<&'s str> {
        if self.zip {
            return sweeps
                .iter()
                .map(|sweep| sweep.values[index].as_str())
                .collect();
        }
        let mut rest = index;
        let mut values: Vec<&str> = Vec::with_capacity(sweeps.len());
        for sweep in sweeps.iter().rev() {
            values.push(&sweep.values[rest % sweep.values.len()]);
            rest /= sweep.values.len();
        }
        values.reverse();
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweeps(texts: &[&str]) -> Vec<Sweep> {
        texts
            .iter()
            .map(|text| Sweep::read(text).unwrap())
            .collect()
    }

    fn all(sweeps: &[Sweep], zip: bool) -> Vec<Vec<&str>> {
        let combinations = Combinations::of(sweeps, zip).unwrap();
        let each = 0..combinations.count;
        each.map(|index| combinations.values(sweeps, index))
            .collect()
    }

    #[test]
    fn the_last_sweep_changes_fastest() {
        let product = sweeps(&["a=1,2", "b=x,y"]);
        assert_eq!(
            all(&product, false),
            [["1", "x"], ["1", "y"], ["2", "x"], ["2", "y"]]
        );
        assert_eq!(all(&product, true), [["1", "x"], ["2", "y"]]);
    }

    #[test]
    fn lists_of_other_lengths_cannot_be_zipped_and_too_many_are_refused() {
        assert!(Combinations::of(&sweeps(&["a=1,2", "b=x"]), true).is_err());
        assert!(Combinations::of(&sweeps(&["a=1..1000", "b=1..1000"]), false).is_err());
    }
}
