//! What becomes of numbers that are written into widgets: the editor corrects them as it corrects
//! what a person types.

use super::super::plan::Kind;
use serde_json::{Number, Value};

/// Whole numbers up to this are exact in a browser.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The limits and the step that numbers keep in all of these widgets: those of the first, with those
/// of all that are like it. `None` if the first has no numbers.
pub(super) fn common<'k>(mut kinds: impl Iterator<Item = &'k Kind>) -> Option<Kind> {
    let first = match *kinds.next()? {
        Kind::Integer { min, max, step } => Kind::Integer { min, max, step },
        Kind::Float {
            min,
            max,
            round,
            digits,
        } => Kind::Float {
            min,
            max,
            round,
            digits,
        },
        _ => return None,
    };
    Some(kinds.fold(first, both))
}

/// What keeps to both, if they are alike and meet; otherwise the first.
fn both(mut one: Kind, other: &Kind) -> Kind {
    match (&mut one, other) {
        (
            Kind::Integer { min, max, step },
            Kind::Integer {
                min: least,
                max: most,
                step: other,
            },
        ) if *min <= *most && *least <= *max => {
            (*min, *max) = (min.max(*least), max.min(*most));
            *step = common_multiple(*step, *other);
        }
        (
            Kind::Float {
                min,
                max,
                round,
                digits,
            },
            Kind::Float {
                min: least,
                max: most,
                round: other,
                digits: places,
            },
        ) if round == other && digits == places && *min <= *most && *least <= *max => {
            (*min, *max) = (min.max(*least), max.min(*most));
        }
        _ => {}
    }
    one
}

fn common_multiple(one: f64, other: f64) -> f64 {
    let (mut divisor, mut rest) = (one.abs(), other.abs());
    while rest > 0.0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    if divisor > 0.0 {
        one / divisor * other
    } else {
        1.0
    }
}

/// A number within the limits of its widget.
pub(super) fn limited(value: Value, kind: &Kind) -> Value {
    let (Some(number), Kind::Integer { min, max, .. } | Kind::Float { min, max, .. }) =
        (value.as_f64(), kind)
    else {
        return value;
    };
    if number > *max {
        json_number(*max)
    } else if number < *min {
        json_number(*min)
    } else {
        value
    }
}

/// Whole numbers are written without a point.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn json_number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < EXACT {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

/// What a number becomes in a widget of that kind, which corrects what a person types.
pub(super) fn corrected(value: Value, kind: &Kind) -> Value {
    let Some(number) = value.as_f64() else {
        return value;
    };
    match *kind {
        Kind::Integer { min, step, .. } => {
            let whole = value.is_i64() || value.is_u64();
            let changed = (!whole || (step.abs() - 1.0).abs() >= f64::EPSILON)
                .then(|| snapped(number, min, step));
            changed.flatten().map_or(value, Value::from)
        }
        Kind::Float {
            min,
            max,
            round: Some(round),
            digits,
        } => {
            // Halves go up, as JavaScript rounds.
            let rounded = (number / round + 0.5).floor() * round;
            let kept = to_fixed(rounded, digits).min(max).max(min);
            Number::from_f64(kept).map_or(value, Value::Number)
        }
        _ => value,
    }
}

/// A whole number snaps to the step of its widget, counted from the least value.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
fn snapped(number: f64, min: f64, step: f64) -> Option<i64> {
    let step = if step == 0.0 { 1.0 } else { step };
    let shift = min % step;
    let snapped = ((number - shift) / step + 0.5).floor() * step + shift;
    (snapped.fract() == 0.0 && number.abs() < EXACT && snapped.abs() < EXACT)
        .then_some(snapped as i64)
}

/// The number with so many decimal places. Of two that are as near, JavaScript takes the larger one
/// and Rust the even one.
fn to_fixed(number: f64, digits: u8) -> f64 {
    let power = 10_f64.powi(i32::from(digits));
    let size = number.abs();
    let is_whole = |number: f64| number.fract() == 0.0;
    let is_tie = is_whole(size * power - 0.5) && is_whole(size * 2_f64.powi(i32::from(digits) + 1));
    let fixed = if is_tie {
        (size * power).ceil() / power
    } else {
        let text = format!("{size:.*}", usize::from(digits));
        text.parse().unwrap_or(size)
    };
    fixed.copysign(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!(99), 16.0, 8.0, json!(96))]
    #[case(json!(100), 16.0, 8.0, json!(104))]
    #[case(json!(7), 1.0, 4.0, json!(9))]
    #[case(json!(1.6), 0.0, 1.0, json!(2))]
    #[case(json!(u64::MAX), 0.0, 8.0, json!(u64::MAX))]
    #[case(json!("x"), 0.0, 8.0, json!("x"))]
    fn whole_numbers_snap_to_the_step(
        #[case] value: Value,
        #[case] min: f64,
        #[case] step: f64,
        #[case] expected: Value,
    ) {
        let kind = Kind::Integer {
            min,
            max: 1e6,
            step,
        };
        assert_eq!(corrected(value, &kind), expected);
    }

    #[rstest]
    #[case(json!(0.126), 0.01, 2, json!(0.13))]
    #[case(json!(7), 0.01, 2, json!(1.0))]
    #[case(json!(-0.5), 0.01, 2, json!(0.0))]
    #[case::a_half(json!(0.25), 0.01, 1, json!(0.3))]
    #[case::less_than_a_half(json!(0.15), 0.01, 1, json!(0.1))]
    #[case(json!("x"), 0.01, 2, json!("x"))]
    fn numbers_are_rounded_and_kept_within_the_limits(
        #[case] value: Value,
        #[case] round: f64,
        #[case] digits: u8,
        #[case] expected: Value,
    ) {
        let kind = Kind::Float {
            min: 0.0,
            max: 1.0,
            round: Some(round),
            digits,
        };
        assert_eq!(corrected(value, &kind), expected);
    }
}
