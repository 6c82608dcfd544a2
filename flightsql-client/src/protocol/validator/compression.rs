//! The size of a decompressed buffer.
//!
//! arrow-ipc allocates the claimed length at once, and lets LZ4 write beyond it. The validator therefore compares the claim
//! with the maximum yield of the compressed bytes, and the yield of LZ4 with its claim.
//! Spec: <https://arrow.apache.org/docs/format/Columnar.html#compression>,
//! <https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md>

use arrow_ipc::{BodyCompression, BodyCompressionMethod, CompressionType};

use super::error::ValidationError;
use super::{count, wide};

/// Each buffer begins with its unpacked length, an `i64`.
const PREFIX: usize = 8;
/// The claim of a buffer that is not compressed.
const NOT_COMPRESSED: i64 = -1;
/// A zstd block yields at most 128 KiB, and needs at least 4 bytes: a header of three, and one of content.
const ZSTD_BLOCK: u64 = 128 << 10;
const ZSTD_BLOCK_TAKES: u64 = 4;
/// An LZ4 sequence yields at most 255 bytes for each of its bytes.
const LZ4_BYTE: u64 = 255;
const LZ4_MAGIC: u32 = 0x184D_2204;
const LZ4_LEGACY_MAGIC: u32 = 0x184C_2102;
const LZ4_LEGACY_BLOCK: u64 = 8 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Lz4Frame,
    Zstd,
}

impl Codec {
    pub(super) fn of(compression: BodyCompression<'_>) -> Result<Self, ValidationError> {
        if compression.method() != BodyCompressionMethod::BUFFER {
            return Err(ValidationError::unsupported("a compression method"));
        }
        match compression.codec() {
            CompressionType::LZ4_FRAME => Ok(Self::Lz4Frame),
            CompressionType::ZSTD => Ok(Self::Zstd),
            other => Err(ValidationError::unsupported(format_args!(
                "compression codec {}",
                other.0
            ))),
        }
    }

    /// The unpacked length of a buffer that is not empty, once it is known to be possible.
    pub(super) fn unpacked(self, buffer: &[u8], limit: u64) -> Result<u64, ValidationError> {
        let (prefix, packed) = buffer
            .split_first_chunk::<PREFIX>()
            .ok_or_else(|| ValidationError::broken("a compressed buffer has no length"))?;
        let claim = i64::from_le_bytes(*prefix);
        if claim == NOT_COMPRESSED {
            return Ok(wide(packed.len()));
        }
        let claim = count(claim, "unpacked length")?;
        ValidationError::limit(
            "bytes in a compressed buffer",
            claim,
            limit,
            "max_decompressed_size",
        )?;
        // The decoder ignores the rest.
        if claim == 0 {
            return Ok(0);
        }
        let possible = match self {
            Self::Lz4Frame => lz4_yield(packed, claim)?,
            Self::Zstd => (wide(packed.len()) / ZSTD_BLOCK_TAKES).saturating_mul(ZSTD_BLOCK),
        };
        match claim <= possible {
            true => Ok(claim),
            false => Err(ValidationError::broken(format_args!(
                "a compressed buffer of {} bytes claims to hold {claim} bytes",
                packed.len()
            ))),
        }
    }
}

/// Returns the maximum yield of an LZ4 frame; an error if the yield is more than the claim.
///
/// The decoder writes until the frame ends, and compares with the claim only then.
fn lz4_yield(packed: &[u8], claim: u64) -> Result<u64, ValidationError> {
    let frame = Lz4Frame::read(packed)
        .ok_or_else(|| ValidationError::broken("a buffer does not begin with an LZ4 frame"))?;
    let most = frame.sum(|block| wide(block.len()).saturating_mul(LZ4_BYTE));
    // All blocks of a regular frame except the last are full, so only unusual frames are measured.
    if most > claim.saturating_add(frame.block_size) {
        let exact = frame.sum(lz4_block_yield);
        if exact > claim {
            return Err(ValidationError::broken(format_args!(
                "a compressed buffer holds {exact} bytes, but claims {claim}"
            )));
        }
    }
    Ok(most)
}

struct Lz4Frame<'a> {
    blocks: &'a [u8],
    block_size: u64,
    /// Bytes after each block.
    checksum: usize,
}

impl<'a> Lz4Frame<'a> {
    fn read(packed: &'a [u8]) -> Option<Self> {
        let (magic, rest) = packed.split_first_chunk::<4>()?;
        match u32::from_le_bytes(*magic) {
            LZ4_MAGIC => {}
            LZ4_LEGACY_MAGIC => {
                return Some(Self {
                    blocks: rest,
                    block_size: LZ4_LEGACY_BLOCK,
                    checksum: 0,
                });
            }
            _ => return None,
        }
        let [flags, descriptor] = *rest.first_chunk::<2>()?;
        let content_size = if flags & 0b1000 != 0 { 8 } else { 0 };
        let dictionary_id = if flags & 0b0001 != 0 { 4 } else { 0 };
        let header_checksum = 1;
        let block_size = match (descriptor >> 4) & 0b111 {
            4 => 64 << 10,
            5 => 256 << 10,
            6 => 1 << 20,
            7 => 4 << 20,
            _ => return None,
        };
        Some(Self {
            blocks: rest.get(2 + content_size + dictionary_id + header_checksum..)?,
            block_size,
            checksum: if flags & 0b1_0000 != 0 { 4 } else { 0 },
        })
    }

    /// The yield of all blocks that the decoder reads, with `measure` for the compressed ones.
    fn sum(&self, measure: impl Fn(&[u8]) -> u64) -> u64 {
        let mut rest = self.blocks;
        let mut total = 0u64;
        while let Some((size, after)) = rest.split_first_chunk::<4>() {
            let size = u32::from_le_bytes(*size);
            let length = usize::try_from(size & 0x7FFF_FFFF).unwrap_or(usize::MAX);
            let Some((block, after)) = after.split_at_checked(length) else {
                break;
            };
            if length == 0 {
                break;
            }
            let given = match size >> 31 {
                0 => measure(block),
                _ => wide(length),
            };
            total = total.saturating_add(given.min(self.block_size));
            rest = after.get(self.checksum..).unwrap_or_default();
        }
        total
    }
}

/// Returns the yield of a compressed LZ4 block, up to the first malformed byte.
///
/// Spec: <https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md>
fn lz4_block_yield(block: &[u8]) -> u64 {
    let mut rest = block.iter();
    let mut total = 0u64;
    while let Some(token) = rest.next() {
        let literals = lz4_length(token >> 4, &mut rest);
        total = total.saturating_add(literals);
        // The last sequence has no match: the block ends with its literals.
        let skipped = usize::try_from(literals).unwrap_or(usize::MAX);
        if skipped > 0 && rest.nth(skipped - 1).is_none() {
            break;
        }
        if rest.nth(1).is_none() {
            break;
        }
        let shortest_match = 4;
        total = total.saturating_add(shortest_match + lz4_length(token & 0xF, &mut rest));
    }
    total
}

/// A length of four bits, and more bytes if it is 15.
fn lz4_length(bits: u8, rest: &mut std::slice::Iter<'_, u8>) -> u64 {
    let mut length = u64::from(bits);
    if bits == 15 {
        for byte in rest.by_ref() {
            length += u64::from(*byte);
            if *byte != 255 {
                break;
            }
        }
    }
    length
}
