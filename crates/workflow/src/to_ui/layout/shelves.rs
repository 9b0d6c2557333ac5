//! Places parts that no link joins beside each other, in rows.

use super::{PART_GAP, Size};

/// The left and upper side of each part, in the given order.
pub(super) fn pack(parts: &[Size]) -> Vec<(f64, f64)> {
    let limit = row_length(parts);
    let (mut left, mut top, mut tallest) = (0.0, 0.0, 0.0_f64);
    let place = |part: &Size| {
        if left > 0.0 && left + part.width > limit {
            top += tallest + PART_GAP;
            (left, tallest) = (0.0, 0.0);
        }
        let corner = (left, top);
        left += part.width + PART_GAP;
        tallest = tallest.max(part.height);
        corner
    };
    parts.iter().map(place).collect()
}

/// As long as the widest part, and long enough for the whole to be wider than high, as screens are.
fn row_length(parts: &[Size]) -> f64 {
    let widest = parts.iter().map(|part| part.width).fold(0.0, f64::max);
    let area = parts
        .iter()
        .map(|part| (part.width + PART_GAP) * (part.height + PART_GAP))
        .sum::<f64>();
    widest.max((area * 1.8).sqrt())
}
