//! Conversion of bytes, UUIDs, and numbers that a server stores as bytes.
//!
//! `BIGNUM`: <https://github.com/duckdb/duckdb/blob/main/src/common/types/varint.cpp>. Three bytes of header hold the
//! number of bytes after them, with the highest bit set; the magnitude follows, most significant byte first. In a
//! negative number all bytes are inverted, including the header.

use arrow_buffer::i256;

use super::{By, CoerceError, Plain, numbers, parse};
use crate::arrow::logical_type::Encoding;

const HEADER: usize = 3;
/// The highest bit of the header.
const POSITIVE: u32 = 0x80_0000;
/// The bytes of the widest number.
const WIDTH: usize = 32;

/// Writes a value as bytes into `out`; `width` is the length of a type of fixed size.
pub(super) fn write(
    value: Plain<'_>,
    width: Option<usize>,
    by: By,
    out: &mut Vec<u8>,
) -> Result<(), CoerceError> {
    match (value, by) {
        (Plain::Bytes(bytes), _) => match <[u8; 16]>::try_from(bytes) {
            // The bytes contain the text of a UUID.
            Err(_) if by == By::Rule(Encoding::Value) && width == Some(16) => {
                let text = std::str::from_utf8(bytes).map_err(|_| CoerceError::Malformed)?;
                out.extend(parse::uuid(text)?);
            }
            _ => out.extend(bytes),
        },
        (Plain::Uuid(bytes), _) => out.extend(bytes),
        (Plain::Json(text), _) => out.extend(text.as_bytes()),
        (Plain::Text(text), _) if width == Some(16) => out.extend(parse::uuid(text)?),
        (Plain::Integer(_) | Plain::Decimal(..), By::Rule(encoding)) => {
            let number = match value {
                Plain::Decimal(unscaled, scale) => numbers::rescaled(unscaled, scale.into(), 0)?,
                other => i256::from_i128(numbers::integer(other)?),
            };
            encode(number, encoding, width, out)?;
        }
        _ => return Err(CoerceError::Type),
    }
    match width {
        Some(width) if width != out.len() => Err(CoerceError::Length),
        _ => Ok(()),
    }
}

pub(super) fn decode(bytes: &[u8], encoding: Encoding) -> Result<i256, CoerceError> {
    let from_little_endian = |little: &mut dyn Iterator<Item = &u8>, is_signed: bool| {
        let mut all = [0_u8; WIDTH];
        let len = bytes.len();
        if len == 0 || len > WIDTH {
            return Err(CoerceError::Length);
        }
        let mut last = 0;
        for (place, byte) in all.iter_mut().zip(little) {
            (*place, last) = (*byte, *byte);
        }
        let is_negative = last & 0x80 != 0;
        if is_negative && is_signed {
            all[len..].fill(0xff);
        } else if is_negative && len == WIDTH {
            return Err(CoerceError::Range);
        }
        Ok(i256::from_le_bytes(all))
    };
    match encoding {
        Encoding::Value => Err(CoerceError::Type),
        Encoding::LittleEndian => from_little_endian(&mut bytes.iter(), false),
        Encoding::BigEndian => from_little_endian(&mut bytes.iter().rev(), false),
        Encoding::SignedLittleEndian => from_little_endian(&mut bytes.iter(), true),
        Encoding::SignedBigEndian => from_little_endian(&mut bytes.iter().rev(), true),
        Encoding::DuckdbBignum => bignum(bytes),
    }
}

fn bignum(bytes: &[u8]) -> Result<i256, CoerceError> {
    let (&[first, second, third], magnitude) = bytes
        .split_first_chunk::<HEADER>()
        .ok_or(CoerceError::Malformed)?;
    let is_negative = first & 0x80 == 0;
    let inversion = if is_negative { 0xff } else { 0 };
    let header = [0, first ^ inversion, second ^ inversion, third ^ inversion];
    let length = u32::from_be_bytes(header) & !POSITIVE;
    if usize::try_from(length) != Ok(magnitude.len()) || length == 0 {
        return Err(CoerceError::Malformed);
    }
    let significant = magnitude.iter().map(|byte| byte ^ inversion);
    let significant: Vec<u8> = significant.skip_while(|byte| *byte == 0).collect();
    // One bit is reserved for the sign.
    if significant.len() > WIDTH || (significant.len() == WIDTH && significant[0] & 0x80 != 0) {
        return Err(CoerceError::Range);
    }
    let mut all = [0_u8; WIDTH];
    all[WIDTH - significant.len()..].copy_from_slice(&significant);
    let number = i256::from_be_bytes(all);
    Ok(if is_negative {
        number.wrapping_neg()
    } else {
        number
    })
}

fn encode(
    number: i256,
    encoding: Encoding,
    width: Option<usize>,
    out: &mut Vec<u8>,
) -> Result<(), CoerceError> {
    let is_negative = number < i256::ZERO;
    let is_signed = matches!(
        encoding,
        Encoding::SignedLittleEndian | Encoding::SignedBigEndian
    );
    match encoding {
        Encoding::Value => return Err(CoerceError::Type),
        Encoding::DuckdbBignum => return write_bignum(number, out),
        _ if is_negative && !is_signed => return Err(CoerceError::Range),
        _ => {}
    }
    let all = number.to_le_bytes();
    let sign = if is_negative { 0xff } else { 0 };
    // Without a fixed size, uses the fewest bytes that hold the number.
    let needed = all
        .iter()
        .rposition(|byte| *byte != sign)
        .map_or(1, |last| {
            let needs_sign = is_signed && (all[last] ^ sign) & 0x80 != 0;
            last + 1 + usize::from(needs_sign)
        });
    let width = width.unwrap_or(needed);
    if needed > width {
        return Err(CoerceError::Range);
    }
    let extended = all
        .iter()
        .copied()
        .chain(std::iter::repeat(sign))
        .take(width);
    out.extend(extended);
    if matches!(encoding, Encoding::BigEndian | Encoding::SignedBigEndian) {
        out.reverse();
    }
    Ok(())
}

fn write_bignum(number: i256, out: &mut Vec<u8>) -> Result<(), CoerceError> {
    let is_negative = number < i256::ZERO;
    let magnitude = number
        .checked_abs()
        .ok_or(CoerceError::Range)?
        .to_be_bytes();
    let first = magnitude
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(WIDTH - 1);
    let magnitude = &magnitude[first..];
    let length = u32::try_from(magnitude.len()).map_err(|_| CoerceError::Range)?;
    let [_, header @ ..] = (POSITIVE | length).to_be_bytes();
    let inversion = if is_negative { 0xff } else { 0 };
    out.extend(header.iter().chain(magnitude).map(|byte| byte ^ inversion));
    Ok(())
}
