//! Sums and means of numbers: the JSON Array Stats node.

/// What is known of the numbers so far. Without any, all is zero.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Statistics {
    count: u32,
    /// Their sum.
    pub sum: f64,
    /// The smallest.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Statistics {
    /// Takes a number in. What is not a number would spoil all the others, and is left out.
    pub fn add(&mut self, number: f64) {
        if number.is_nan() {
            return;
        }
        (self.min, self.max) = if self.count == 0 {
            (number, number)
        } else {
            (self.min.min(number), self.max.max(number))
        };
        self.count += 1;
        self.sum += number;
    }

    /// Their mean.
    pub fn average(&self) -> f64 {
        self.sum / f64::from(self.count.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_summed_and_compared() {
        let mut statistics = Statistics::default();
        assert!(statistics.average().abs() < f64::EPSILON);
        for number in [-3.0, f64::NAN, -1.0, -2.0] {
            statistics.add(number);
        }
        let Statistics { sum, min, max, .. } = statistics;
        assert_eq!(
            (sum, statistics.average(), min, max),
            (-6.0, -2.0, -3.0, -1.0)
        );
    }
}
