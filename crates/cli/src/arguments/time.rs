//! Times and durations as people type them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, Zoned};

/// A moment: a date or a time of this machine (`2026-11-22`, `2026-11-22 18:30`), one with its zone
/// (`2026-11-22T18:30:00Z`), or how long ago (`2h`, `3d`).
pub(super) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    moment(text, &Zoned::now())
}

/// How long: `90s`, `2h`, `30d`.
pub(super) fn parse_age(text: &str) -> Result<SignedDuration, String> {
    let now = Zoned::now();
    let then = before(text, &now)?;
    Ok(now.timestamp().duration_since(then))
}

fn moment(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    if let Ok(time) = text.parse::<DateTime>() {
        let zoned = time.to_zoned(TimeZone::system());
        return zoned
            .map(|zoned| zoned.timestamp())
            .map_err(|error| error.to_string());
    }
    before(text, now).map_err(|_| {
        "neither a date (2026-11-22), a time (2026-11-22T18:30:00Z) nor how long ago (2h, 3d)"
            .to_owned()
    })
}

fn before(text: &str, now: &Zoned) -> Result<Timestamp, String> {
    let span: Span = text
        .parse()
        .map_err(|_| "not a duration such as 90s, 2h or 30d".to_owned())?;
    let then = now.checked_sub(span).map_err(|error| error.to_string())?;
    Ok(then.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_date_a_time_or_how_long_ago() {
        let now: Zoned = "2026-11-22T12:00:00Z[UTC]".parse().unwrap();
        let read = |text| moment(text, &now).map(|time| time.to_string());
        assert_eq!(read("2h").unwrap(), "2026-11-22T10:00:00Z");
        assert_eq!(read("3d").unwrap(), "2026-11-19T12:00:00Z");
        assert_eq!(
            read("2026-11-20T08:00:00+02:00").unwrap(),
            "2026-11-20T06:00:00Z"
        );
        let midnight = "2026-11-20"
            .parse::<DateTime>()
            .unwrap()
            .to_zoned(TimeZone::system());
        assert_eq!(
            read("2026-11-20").unwrap(),
            midnight.unwrap().timestamp().to_string()
        );
        assert!(read("yesterday").unwrap_err().contains("2h"));
    }
}
