//! Progress of a long result, on one line of a terminal.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// A result that is complete within this time shows no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// Interval between two updates, which stay readable.
const PAUSE: Duration = Duration::from_millis(200);
/// Carriage return, then clear to the end of the line.
const CLEAR: &str = "\r\x1b[K";

/// Counts rows and prints the count regularly.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: bool,
    enabled: bool,
    begun: Instant,
    next: Instant,
    rows: usize,
}

impl Progress {
    pub(crate) fn new(enabled: bool, now: Instant) -> Self {
        Self {
            shown: false,
            enabled,
            begun: now,
            next: now + PATIENCE,
            rows: 0,
        }
    }

    /// Adds received rows.
    pub(crate) fn add(&mut self, rows: usize, now: Instant, err: &mut dyn Write) -> io::Result<()> {
        self.rows += rows;
        if !self.enabled || now < self.next {
            return Ok(());
        }
        self.next = now + PAUSE;
        self.shown = true;
        let seconds = now.duration_since(self.begun).as_millis().max(1);
        let a_second = u128::try_from(self.rows)
            .unwrap_or(u128::MAX)
            .saturating_mul(1000)
            / seconds;
        let (rows, a_second) = (
            grouped(&self.rows.to_string()),
            grouped(&a_second.to_string()),
        );
        write!(err, "{CLEAR}{rows} rows, {a_second} rows/s")?;
        err.flush()
    }

    /// Removes the line.
    pub(crate) fn clear(&mut self, err: &mut dyn Write) -> io::Result<()> {
        if std::mem::take(&mut self.shown) {
            write!(err, "{CLEAR}")?;
            err.flush()?;
        }
        Ok(())
    }
}

/// Formats digits in groups of three: `12 345 678`.
pub(crate) fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_before_a_second() {
        let begun = Instant::now();
        let mut err = Vec::new();
        let mut progress = Progress::new(true, begun);
        let at = |millis| begun + Duration::from_millis(millis);
        progress.add(1_000, at(999), &mut err).unwrap();
        progress.clear(&mut err).unwrap();
        assert!(err.is_empty());

        progress.add(1_000, at(1_000), &mut err).unwrap();
        progress.add(1_000, at(1_100), &mut err).unwrap();
        progress.add(1_000_000, at(2_000), &mut err).unwrap();
        progress.clear(&mut err).unwrap();
        progress.clear(&mut err).unwrap();
        let text = String::from_utf8(err).unwrap();
        assert_eq!(
            text,
            "\r\u{1b}[K2 000 rows, 2 000 rows/s\r\u{1b}[K1 003 000 rows, 501 500 rows/s\r\u{1b}[K"
        );
    }

    #[test]
    fn shows_nothing_without_terminal() {
        let begun = Instant::now();
        let mut err = Vec::new();
        let mut progress = Progress::new(false, begun);
        progress
            .add(5, begun + Duration::from_secs(9), &mut err)
            .unwrap();
        progress.clear(&mut err).unwrap();
        assert!(err.is_empty());
    }

    #[test]
    fn digits_stand_in_groups() {
        let grouped: Vec<_> = ["", "1", "123", "1234", "123456", "1234567"]
            .map(grouped)
            .into();
        assert_eq!(grouped, ["", "1", "123", "1 234", "123 456", "1 234 567"]);
    }
}
