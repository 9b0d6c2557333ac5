//! Numbers of JSON compared exactly: a seed of 64 bits must not pass through a float.

use serde_json::Number;
use std::cmp::Ordering;

/// Compares by value; whole numbers exactly.
pub(super) fn compare(one: &Number, other: &Number) -> Option<Ordering> {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => Some(one.cmp(&other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

/// The number as a whole one, where it is: `20.0` is 20.
pub(crate) fn whole(number: &Number) -> Option<Number> {
    /// Up to here every whole float stands for exactly one integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.is_i64() || number.is_u64() {
        return Some(number.clone());
    }
    let float = number.as_f64()?;
    if float.fract() != 0.0 || float.abs() > EXACT {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number within the exact range of floats"
    )]
    Some(Number::from(float as i64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn number(value: serde_json::Value) -> Number {
        value.as_number().unwrap().clone()
    }

    #[test]
    fn neighbouring_seeds_of_64_bits_differ() {
        let most = number(json!(u64::MAX));
        let less = number(json!(u64::MAX - 1));
        assert_eq!(compare(&less, &most), Some(Ordering::Less));
        assert_eq!(compare(&number(json!(-1)), &less), Some(Ordering::Less));
        assert_eq!(
            compare(&number(json!(1.5)), &number(json!(1))),
            Some(Ordering::Greater)
        );
    }

    #[test]
    fn a_whole_float_is_an_integer() {
        assert_eq!(whole(&number(json!(20.0))), Some(number(json!(20))));
        assert_eq!(whole(&number(json!(-3))), Some(number(json!(-3))));
        assert_eq!(whole(&number(json!(0.5))), None);
        assert_eq!(whole(&number(json!(1e300))), None);
    }
}
