//! Decimal numbers from text, exactly.
//!
//! Layer: engine, pure. Arrow decimals: <https://arrow.apache.org/docs/format/Columnar.html>.

use arrow_buffer::i256;

/// Number of digits that every 64-bit float preserves. A numeric column rounds longer numbers to reals, so they are stored as
/// blobs.
pub(crate) const REAL_DIGITS: usize = 15;

/// Parses a number as the unscaled value of a decimal with this precision and scale. Returns `None` if the number does not fit,
/// or has non-zero digits below the scale.
pub(crate) fn parse(text: &str, precision: u8, scale: i8) -> Option<i256> {
    let text = text.trim();
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (unsigned, 0),
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = integer.bytes().chain(fraction.bytes()).collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // Digits to keep when the point moves right by the exponent and the scale.
    let point = i32::try_from(integer.len())
        .ok()?
        .checked_add(exponent)?
        .checked_add(i32::from(scale))?;
    let value = collect(&digits, point, precision)?;
    Some(if negative {
        value.wrapping_neg()
    } else {
        value
    })
}

fn collect(digits: &[u8], point: i32, precision: u8) -> Option<i256> {
    let keep = usize::try_from(point.max(0)).ok()?;
    let (kept, dropped) = digits.split_at(keep.min(digits.len()));
    if dropped.iter().any(|digit| *digit != b'0') {
        return None;
    }
    let significant = kept.iter().skip_while(|digit| **digit == b'0').count();
    let zeros = if significant == 0 {
        0
    } else {
        keep - kept.len()
    };
    if significant + zeros > usize::from(precision) {
        return None;
    }
    let ten = i256::from(10);
    let mut value = i256::ZERO;
    for digit in kept.iter().copied().chain(std::iter::repeat_n(b'0', zeros)) {
        value = value
            .checked_mul(ten)?
            .checked_add(i256::from(i64::from(digit - b'0')))?;
    }
    Some(value)
}

pub(crate) fn digit_count(value: i256) -> usize {
    value.to_string().trim_start_matches('-').len()
}

/// Returns the number of significant digits of a plain number, or `None` for any other text.
pub(crate) fn significant_digits(text: &str) -> Option<usize> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut seen = 0;
    let mut points = 0;
    for byte in unsigned.bytes() {
        match byte {
            b'0' if seen == 0 => {}
            b'0'..=b'9' => seen += 1,
            b'.' => points += 1,
            _ => return None,
        }
    }
    let plain = points <= 1 && unsigned.bytes().any(|b| b.is_ascii_digit());
    plain.then_some(seen)
}
