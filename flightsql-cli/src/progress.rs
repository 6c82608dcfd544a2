//! How far a long result has come, on one line of a terminal that overwrites itself.

use std::io::{self, Write};
use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

/// A result that is there within this time needs no progress.
const PATIENCE: Duration = Duration::from_secs(1);
/// Often enough to look alive, seldom enough to be read.
const PAUSE: Duration = Duration::from_millis(200);
/// Carriage return, then clear to the end of the line.
const CLEAR: &str = "\r\x1b[K";

/// Counts rows and says so from time to time.
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

    /// More rows have come.
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

    /// Takes the line away.
    pub(crate) fn clear(&mut self, err: &mut dyn Write) -> io::Result<()> {
        if std::mem::take(&mut self.shown) {
            write!(err, "{CLEAR}")?;
            err.flush()?;
        }
        Ok(())
    }
}

/// Digits in groups of three: `12 345 678`.
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
