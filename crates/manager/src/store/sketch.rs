//! How long things took, as a summary that stays small and can be added up. Pure.
//!
//! Durations are counted in buckets that grow by a constant factor, so that any percentile is within
//! [`ERROR`] of the true one, however many there are; and the summary of a month is the sum of its
//! days.

use std::time::Duration;

/// Largest relative error of a percentile.
const ERROR: f64 = 0.019;
/// By which the buckets grow.
const GROWTH: f64 = (1.0 + ERROR) / (1.0 - ERROR);
/// No duration comes into a higher bucket: it would be beyond half a million years.
const HIGHEST: usize = 1200;

/// Summary of durations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sketch {
    /// Those shorter than a microsecond.
    instant: u64,
    /// How many are in each bucket, up to the last that has any; bucket `n` ends at `GROWTH` to the
    /// power of `n` microseconds.
    buckets: Vec<u64>,
}

/// Bytes that are no summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no summary of durations")]
pub(crate) struct InvalidSketch;

impl Sketch {
    /// Counts a duration.
    pub(crate) fn add(&mut self, duration: Duration) {
        if duration.as_micros() == 0 {
            self.instant = self.instant.saturating_add(1);
        } else {
            self.count(bucket(duration), 1);
        }
    }

    /// Counts all that another summary counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.instant = self.instant.saturating_add(other.instant);
        for (bucket, more) in other.filled() {
            self.count(bucket, more);
        }
    }

    /// The duration that this share of them, from 0 to 1, does not exceed; `None` if there are none.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        let counts = self.buckets.iter().copied();
        let total = counts.fold(self.instant, u64::saturating_add);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank among more than 2^52 is good to the last digit that counts"
        )]
        let rank = ((total as f64 * share).ceil() as u64).clamp(1, total.max(1));
        let mut passed = self.instant;
        if total > 0 && rank <= passed {
            return Some(Duration::ZERO);
        }
        self.filled().find_map(|(bucket, count)| {
            passed = passed.saturating_add(count);
            (rank <= passed).then(|| middle(bucket))
        })
    }

    /// Their average; `None` if there are none. As near to the true one as a percentile.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of so many is good enough"
    )]
    pub(crate) fn mean(&self) -> Option<Duration> {
        let (mut seconds, mut total) = (0.0, self.instant as f64);
        for (bucket, count) in self.filled() {
            seconds += middle(bucket).as_secs_f64() * count as f64;
            total += count as f64;
        }
        (total > 0.0).then(|| Duration::try_from_secs_f64(seconds / total).unwrap_or(Duration::MAX))
    }

    /// Appends the compact form: neighbours that have any together, since durations lie close.
    pub(crate) fn encode(&self, bytes: &mut Vec<u8>) {
        put(bytes, self.instant);
        let runs = || self.buckets.chunk_by(|one, next| (*one > 0) == (*next > 0));
        let is_filled = |run: &&[u64]| run[0] > 0;
        put(bytes, runs().filter(is_filled).count() as u64);
        let mut gap = 0;
        for run in runs() {
            if is_filled(&run) {
                put(bytes, gap);
                put(bytes, run.len() as u64);
                for count in run {
                    put(bytes, *count);
                }
            }
            gap = run.len() as u64;
        }
    }

    /// Reads the compact form off the front of the bytes, and counts all that it counted; how much
    /// of it is not said when it is damaged.
    pub(crate) fn absorb(&mut self, bytes: &mut &[u8]) -> Result<(), InvalidSketch> {
        self.instant = self.instant.saturating_add(take(bytes)?);
        let mut end = 0;
        for place in 0..take(bytes)? {
            let (gap, length) = (take(bytes)?, take(bytes)?);
            let room = (HIGHEST + 1 - end) as u64;
            if length == 0 || (gap == 0 && place > 0) || gap.saturating_add(length) > room {
                return Err(InvalidSketch);
            }
            #[expect(clippy::cast_possible_truncation, reason = "both are small by now")]
            let (start, length) = (end + gap as usize, length as usize);
            end = start + length;
            self.make_room(end);
            for bucket in &mut self.buckets[start..end] {
                match take(bytes)? {
                    0 => return Err(InvalidSketch),
                    count => *bucket = bucket.saturating_add(count),
                }
            }
        }
        Ok(())
    }

    /// The same for the form that was written first: each bucket by its distance from the one before.
    pub(crate) fn absorb_first_form(&mut self, bytes: &mut &[u8]) -> Result<(), InvalidSketch> {
        self.instant = self.instant.saturating_add(take(bytes)?);
        let mut bucket = 0;
        for _ in 0..take(bytes)? {
            let step = usize::try_from(take(bytes)?).map_err(|_| InvalidSketch)?;
            bucket = usize::checked_add(bucket, step).ok_or(InvalidSketch)?;
            if bucket > HIGHEST {
                return Err(InvalidSketch);
            }
            self.count(bucket, take(bytes)?);
        }
        Ok(())
    }

    fn count(&mut self, bucket: usize, more: u64) {
        self.make_room(bucket + 1);
        self.buckets[bucket] = self.buckets[bucket].saturating_add(more);
    }

    fn make_room(&mut self, buckets: usize) {
        if self.buckets.len() < buckets {
            self.buckets.resize(buckets, 0);
        }
    }

    /// The buckets that have any, and how many.
    fn filled(&self) -> impl Iterator<Item = (usize, u64)> {
        let buckets = self.buckets.iter().copied().enumerate();
        buckets.filter(|(_, count)| *count > 0)
    }
}

/// Appends a number, seven bits a byte.
pub(crate) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Reads a number off the front of the bytes.
pub(crate) fn take(bytes: &mut &[u8]) -> Result<u64, InvalidSketch> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(InvalidSketch)?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if (bits << shift) >> shift != bits {
            return Err(InvalidSketch);
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(InvalidSketch)
}

/// The bucket of a duration of at least a microsecond.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a logarithm of at least 1 is neither negative nor large"
)]
fn bucket(duration: Duration) -> usize {
    let place = (duration.as_secs_f64() * 1e6).max(1.0).ln() / GROWTH.ln();
    (place.ceil() as usize).min(HIGHEST)
}

/// The duration of which all others of the bucket are off by at most [`ERROR`].
#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn middle(bucket: usize) -> Duration {
    let microseconds = 2.0 * GROWTH.powf(bucket as f64) / (GROWTH + 1.0);
    Duration::try_from_secs_f64(microseconds / 1e6).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn the_average_is_as_near_as_a_percentile() {
        let mean = sketch_of(&[0, 1_000, 2_000, 9_000]).mean().unwrap();
        assert!((mean.as_secs_f64() / 0.003 - 1.0).abs() < ERROR, "{mean:?}");
        assert_eq!(Sketch::default().mean(), None);
    }

    fn sketch_of(microseconds: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        for value in microseconds {
            sketch.add(Duration::from_micros(*value));
        }
        sketch
    }

    fn decode(bytes: &mut &[u8]) -> Result<Sketch, InvalidSketch> {
        let mut sketch = Sketch::default();
        sketch.absorb(bytes).map(|()| sketch)
    }

    fn bytes_of(sketch: &Sketch) -> Vec<u8> {
        let mut bytes = Vec::new();
        sketch.encode(&mut bytes);
        bytes
    }

    /// From nothing to a year, as many short ones as long ones.
    fn durations() -> impl Strategy<Value = Vec<u64>> {
        let duration = (0u32..45).prop_flat_map(|bits| 0..=(1u64 << bits));
        vec(duration, 1..300)
    }

    #[test]
    fn of_nothing_there_is_no_median() {
        assert_eq!(Sketch::default().quantile(0.5), None);
        assert_eq!(sketch_of(&[0]).quantile(0.5), Some(Duration::ZERO));
    }

    #[test]
    fn a_day_of_similar_jobs_takes_few_bytes() {
        let jobs: Vec<u64> = (0..10_000).map(|n| 20_000_000 + n * 1000).collect();
        assert!(bytes_of(&sketch_of(&jobs)).len() < 100);
    }

    #[test]
    fn the_longest_duration_has_a_bucket() {
        let mut sketch = Sketch::default();
        sketch.add(Duration::MAX);
        assert!(sketch.quantile(1.0).is_some());
        assert_eq!(decode(&mut &bytes_of(&sketch)[..]), Ok(sketch));
    }

    /// The value that this share of the sorted values does not exceed.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a rank among few"
    )]
    fn truth(values: &[u64], share: f64) -> f64 {
        let rank = (values.len() as f64 * share).ceil().max(1.0) as usize;
        values[rank - 1] as f64
    }

    proptest! {
        #[test]
        fn a_percentile_is_off_by_two_percent_at_most(mut values in durations(), share in 0.0..=1.0) {
            let found = sketch_of(&values).quantile(share).unwrap().as_secs_f64() * 1e6;
            values.sort_unstable();
            let truth = truth(&values, share);
            prop_assert!((found - truth).abs() <= 0.02 * truth, "{found} for {truth}");
        }

        #[test]
        fn the_sum_of_the_parts_is_the_whole(one in durations(), other in durations()) {
            let mut sum = sketch_of(&one);
            sum.merge(&sketch_of(&other));
            let all: Vec<u64> = one.into_iter().chain(other).collect();
            prop_assert_eq!(&sum, &sketch_of(&all));
            let mut again = sum.clone();
            again.absorb(&mut &bytes_of(&sum)[..]).unwrap();
            sum.merge(&sum.clone());
            prop_assert_eq!(again, sum);
        }

        #[test]
        fn the_bytes_read_back(values in durations()) {
            let sketch = sketch_of(&values);
            let bytes = bytes_of(&sketch);
            let mut rest = &bytes[..];
            prop_assert_eq!(decode(&mut rest), Ok(sketch));
            prop_assert!(rest.is_empty());
            for end in 0..bytes.len() {
                prop_assert_eq!(decode(&mut &bytes[..end]), Err(InvalidSketch));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
            if let Ok(sketch) = decode(&mut &bytes[..]) {
                prop_assert!(sketch.quantile(0.5).is_some() || bytes_of(&sketch).len() < 200);
            }
        }
    }
}
