//! Retries of reads: how many a statement gets, and how many a pool may add to its load.

use super::text::{ValueError, number};

/// The retries of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Retries {
    /// Retries of one statement.
    pub(crate) most: u32,
    /// Retries of the pool for every thousand statements that succeed.
    pub(crate) per_thousand: u16,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            // With the delays of `session/retry`, 3 to 6 s: the time in which a server restarts.
            most: 7,
            // As gRPC's retry throttling (gRFC A6) in its examples: one retry for ten calls, and twice that, since a restart
            // breaks all connections at once.
            per_thousand: 200,
        }
    }
}

const SHARE: &str = "must be a number from `0` to `1` with at most three decimals, such as `0.2`";

pub(super) fn share(text: &str) -> Result<u16, ValueError> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let is_short = (1..=3).contains(&decimals.len());
    let digits = format!("{whole}{decimals:0<3}");
    match number::<u16>(&digits) {
        Ok(share) if share <= 1000 && is_short && !whole.is_empty() => Ok(share),
        _ => Err(SHARE.into()),
    }
}

pub(super) fn show_share(share: u16) -> String {
    let text = format!("{}.{:03}", share / 1000, share % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns a share as parts of a thousand; a share above 1 counts as 1, and NaN as 0.
pub(super) fn per_thousand(share: f64) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value is between 0 and 1000"
    )]
    let parts = (share.clamp(0.0, 1.0) * 1000.0).round() as u16;
    parts
}

#[cfg(test)]
mod tests {
    use super::{per_thousand, share, show_share};

    #[test]
    fn a_share_is_read_as_it_is_printed() {
        for (text, parts) in [
            ("0", 0),
            ("0.2", 200),
            ("0.025", 25),
            ("0.001", 1),
            ("1", 1000),
        ] {
            assert_eq!(share(text), Ok(parts));
            assert_eq!(show_share(parts), text);
        }
        assert_eq!(share("1.0"), Ok(1000));
        for text in [
            "", "1.001", "2", "-0.1", ".5", "0.0001", "0.", "20%", "1e-1", "NaN",
        ] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_of_the_builder_stays_in_range() {
        for (share, parts) in [(0.2, 200), (7.0, 1000), (-1.0, 0), (f64::NAN, 0)] {
            assert_eq!(per_thousand(share), parts);
        }
    }
}
