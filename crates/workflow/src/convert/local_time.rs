//! The time of day in file names: `%date:yyyy-MM-dd%`.

/// A time of day where the user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Such as 2026.
    pub year: i16,
    /// From 1.
    pub month: u8,
    /// From 1.
    pub day: u8,
    /// From 0 to 23.
    pub hour: u8,
    /// From 0 to 59.
    pub minute: u8,
    /// From 0 to 60.
    pub second: u8,
}

impl LocalTime {
    /// Writes the time by a pattern of `d`, `M`, `h`, `m`, `s` (once or twice), `yy` and `yyyy`.
    /// All else stays.
    pub(super) fn format(self, pattern: &str) -> String {
        let mut text = String::with_capacity(pattern.len());
        let mut rest = pattern;
        while let Some(letter) = rest.chars().next() {
            let longest = if letter == 'y' { 4 } else { 2 };
            let run = rest
                .chars()
                .take_while(|next| *next == letter)
                .count()
                .min(longest);
            let (part, after) = rest.split_at(run * letter.len_utf8());
            text.push_str(&self.part(letter, part));
            rest = after;
        }
        text
    }

    /// What stands for a run of one letter.
    fn part(self, letter: char, run: &str) -> String {
        let number = match letter {
            'd' => self.day,
            'M' => self.month,
            'h' => self.hour,
            'm' => self.minute,
            's' => self.second,
            'y' if run.len() == 4 => return self.year.to_string(),
            'y' if run.len() == 2 => return self.year.to_string().chars().skip(2).collect(),
            _ => return run.to_owned(),
        };
        let width = run.len();
        format!("{number:0width$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("yyyy-MM-dd", "2026-03-07")]
    #[case("hhmmss", "090502")]
    #[case("d.M.yy", "7.3.26")]
    #[case("yyy y \u{e9}\u{e9}\u{e9}", "yyy y \u{e9}\u{e9}\u{e9}")]
    #[case("ddd", "077")]
    fn a_date_is_written_by_its_pattern(#[case] pattern: &str, #[case] expected: &str) {
        let time = LocalTime {
            year: 2026,
            month: 3,
            day: 7,
            hour: 9,
            minute: 5,
            second: 2,
        };
        assert_eq!(time.format(pattern), expected);
    }
}
