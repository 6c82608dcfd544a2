//! The tables of a record batch: counts, lengths, and positions in the body.
//!
//! The walk takes nodes and buffers in the order in which arrow-ipc's `RecordBatchDecoder` does.
//! Spec: <https://arrow.apache.org/docs/format/Columnar.html#recordbatch-message>

use std::fmt;

use arrow_ipc::{Buffer, FieldNode, MetadataVersion, RecordBatch};

use super::ValidatorLimits;
use super::compression::Codec;
use super::error::ValidationError;
use super::schema::{Layout, Slot};
use super::{count, wide};

/// A walk through one batch, as the decoder will make it.
pub(super) struct Walk<'w, 'a> {
    limits: &'w ValidatorLimits,
    slots: &'w [Slot],
    nodes: &'w mut dyn Iterator<Item = &'a FieldNode>,
    buffers: &'w mut dyn Iterator<Item = &'a Buffer>,
    /// The number of data buffers of each view array.
    variadic: &'w mut dyn Iterator<Item = i64>,
    version: MetadataVersion,
    body: &'a [u8],
    codec: Option<Codec>,
    /// Bytes of the body that buffers use so far.
    taken: u64,
    /// Bytes of all buffers so far, unpacked.
    unpacked: u64,
    /// The sums of lengths by slot, for dictionaries.
    totals: &'w mut [u64],
}

/// A buffer: how long it is when unpacked, and whether its memory is aligned to 4 bytes.
struct Piece {
    len: u64,
    aligned: bool,
}

impl<'w, 'a> Walk<'w, 'a> {
    /// Lets `visit` walk a batch of the given slots and number of rows, and requires that it uses up the tables. Adds the
    /// length of each array to `totals`. Returns the unpacked size of the body.
    pub(super) fn over(
        totals: &mut [u64],
        batch: RecordBatch<'a>,
        limits: &ValidatorLimits,
        slots: &[Slot],
        version: MetadataVersion,
        body: &'a [u8],
        visit: impl FnOnce(&mut Walk<'_, 'a>, u64) -> Result<(), ValidationError>,
    ) -> Result<u64, ValidationError> {
        let rows = count(batch.length(), "row count")?;
        let nodes = batch.nodes().ok_or_else(|| missing("field nodes"))?;
        let buffers = batch.buffers().ok_or_else(|| missing("buffers"))?;
        let codec = batch.compression().map(Codec::of).transpose()?;
        let mut walk = Walk {
            limits,
            slots,
            nodes: &mut nodes.iter(),
            buffers: &mut buffers.iter(),
            variadic: &mut batch.variadicBufferCounts().into_iter().flatten(),
            version,
            body,
            codec,
            taken: 0,
            unpacked: 0,
            totals,
        };
        visit(&mut walk, rows)?;
        walk.finish()
    }

    /// Walks all columns; each has as many rows as the batch.
    pub(super) fn columns(&mut self, rows: u64) -> Result<(), ValidationError> {
        let mut at = 0;
        let mut number = 1;
        while let Some(slot) = self.slots.get(at) {
            self.column(at, rows)
                .map_err(|error| error.within(format_args!("column {number}")))?;
            at += slot.span;
            number += 1;
        }
        Ok(())
    }

    /// Walks one array that must have as many rows as the batch.
    pub(super) fn column(&mut self, at: usize, rows: u64) -> Result<(), ValidationError> {
        let length = self.array(at)?;
        if length != rows {
            return Err(ValidationError::broken(format_args!(
                "it has {length} rows, but its batch has {rows}"
            )));
        }
        Ok(())
    }

    /// Checks that no node or buffer is left over, which would shift the columns.
    fn finish(self) -> Result<u64, ValidationError> {
        if self.nodes.next().is_some() {
            return Err(surplus("field nodes"));
        }
        if self.buffers.next().is_some() {
            return Err(surplus("buffers"));
        }
        if self.variadic.next().is_some() {
            return Err(surplus("counts of view buffers"));
        }
        Ok(self.unpacked)
    }

    /// Walks the array of a slot and those below it, and returns its length.
    fn array(&mut self, at: usize) -> Result<u64, ValidationError> {
        let slot = self.slots[at];
        let (length, nulls) = self.node()?;
        if let Some(total) = self.totals.get_mut(at) {
            *total = total.saturating_add(length);
        }
        self.buffers(slot, length, nulls)?;
        let mut below = at + 1;
        for _ in 0..slot.children {
            let child = self.array(below)?;
            if let Layout::FixedList(size) = slot.layout
                && length
                    .checked_mul(u64::from(size))
                    .is_none_or(|n| n > child)
            {
                return Err(ValidationError::broken(format_args!(
                    "{length} lists of {size} values each need more than {child} values"
                )));
            }
            below += self.slots[below].span;
        }
        Ok(length)
    }

    /// Takes the buffers of one array, and checks that they are long enough for it.
    fn buffers(&mut self, slot: Slot, length: u64, nulls: u64) -> Result<(), ValidationError> {
        let has_validity = !matches!(
            slot.layout,
            Layout::Null | Layout::RunEndEncoded | Layout::SparseUnion | Layout::DenseUnion
        );
        if has_validity {
            self.validity(length, nulls)?;
        }
        match slot.layout {
            Layout::Bits => {
                self.values(length.div_ceil(8), 1)?;
            }
            Layout::Fixed(width) => {
                self.values(length.saturating_mul(u64::from(width)), 1)?;
                if width == 0 {
                    self.weightless(length)?;
                }
            }
            Layout::RunEnds(width) | Layout::Dictionary { key: width, .. } => {
                self.items(length, width)?;
            }
            Layout::Bytes(width) => {
                self.offsets(length, width)?;
                self.values(0, 1)?;
            }
            Layout::View => {
                self.items(length, 16)?;
                self.views()?;
            }
            Layout::List(width) => self.offsets(length, width)?,
            Layout::ListView(width) => {
                self.items(length, width)?;
                self.items(length, width)?;
            }
            Layout::FixedList(size) if size > 0 => {}
            Layout::Struct if slot.children > 0 => {}
            Layout::Null | Layout::RunEndEncoded | Layout::FixedList(_) | Layout::Struct => {
                self.weightless(length)?;
            }
            Layout::SparseUnion => self.type_ids(length)?,
            Layout::DenseUnion => {
                self.type_ids(length)?;
                if !self.items(length, 4)?.aligned {
                    // arrow asserts it, and does not copy this one to a better place.
                    return Err(ValidationError::unsupported(
                        "the offsets of a dense union are not aligned to 4 bytes",
                    ));
                }
            }
        }
        Ok(())
    }

    fn node(&mut self) -> Result<(u64, u64), ValidationError> {
        let node = self.nodes.next().ok_or_else(|| missing("field nodes"))?;
        let length = count(node.length(), "length of an array")?;
        let nulls = count(node.null_count(), "null count")?;
        if nulls > length {
            return Err(ValidationError::broken(format_args!(
                "{nulls} of {length} values are null"
            )));
        }
        Ok((length, nulls))
    }

    /// Limits an array whose rows need no bytes, since any length is equally cheap to send.
    fn weightless(&self, length: u64) -> Result<(), ValidationError> {
        let most = self.limits.max_batch_rows;
        ValidationError::limit("values that take no space", length, most, "max_batch_rows")
    }

    /// Takes the validity bitmap, which may be empty without nulls, because the decoder then ignores it.
    fn validity(&mut self, length: u64, nulls: u64) -> Result<(), ValidationError> {
        let needed = if nulls > 0 { length.div_ceil(8) } else { 0 };
        self.values(needed, 1).map(drop)
    }

    /// Takes the offsets: one per value and one for the end. Without values there may be none.
    fn offsets(&mut self, length: u64, width: u32) -> Result<(), ValidationError> {
        let width = u64::from(width);
        let piece = self.values(length.saturating_mul(width), width)?;
        let needed = length.saturating_add(1).saturating_mul(width);
        match piece.len >= needed || (length == 0 && piece.len == 0) {
            true => Ok(()),
            false => Err(short(piece.len, needed)),
        }
    }

    fn items(&mut self, length: u64, width: u32) -> Result<Piece, ValidationError> {
        let width = u64::from(width);
        self.values(length.saturating_mul(width), width)
    }

    /// Takes the type ids of a union. Before version 5, a union had a validity bitmap, which arrow does not read.
    fn type_ids(&mut self, length: u64) -> Result<(), ValidationError> {
        if self.version < MetadataVersion::V5 {
            self.values(0, 1)?;
        }
        self.values(length, 1).map(drop)
    }

    fn views(&mut self) -> Result<(), ValidationError> {
        let next = self.variadic.next();
        let next = next.ok_or_else(|| missing("counts of view buffers"))?;
        for _ in 0..count(next, "count of view buffers")? {
            self.values(0, 1)?;
        }
        Ok(())
    }

    /// Takes the next buffer: at least `needed` bytes, and a multiple of `unit`, as arrow casts the whole of it.
    fn values(&mut self, needed: u64, unit: u64) -> Result<Piece, ValidationError> {
        let buffer = self.buffers.next().ok_or_else(|| missing("buffers"))?;
        let piece = self.place(buffer)?;
        if piece.len < needed {
            return Err(short(piece.len, needed));
        }
        if piece.len % unit != 0 {
            return Err(ValidationError::broken(format_args!(
                "a buffer of {} bytes is not a multiple of {unit} bytes",
                piece.len
            )));
        }
        Ok(piece)
    }

    /// Finds a buffer in the body. Together the buffers are no longer than the body, so that
    /// arrow, which copies those that are not aligned, copies no more than was received.
    fn place(&mut self, buffer: &Buffer) -> Result<Piece, ValidationError> {
        let outside = || {
            ValidationError::broken(format_args!(
                "a buffer of {} bytes at {} is not within the body of {} bytes",
                buffer.length(),
                buffer.offset(),
                self.body.len()
            ))
        };
        let start = usize::try_from(buffer.offset()).map_err(|_| outside())?;
        let len = usize::try_from(buffer.length()).map_err(|_| outside())?;
        let bytes = start
            .checked_add(len)
            .and_then(|end| self.body.get(start..end))
            .ok_or_else(outside)?;
        self.taken += wide(len);
        if self.taken > wide(self.body.len()) {
            return Err(ValidationError::broken("its buffers overlap"));
        }
        let piece = Piece {
            len: match self.codec {
                Some(codec) if len > 0 => {
                    codec.unpacked(bytes, self.limits.max_decompressed_size)?
                }
                _ => wide(len),
            },
            // Relevant for a compressed buffer only if its data is not compressed.
            aligned: start.is_multiple_of(4),
        };
        self.unpacked = self.unpacked.saturating_add(piece.len);
        if self.codec.is_some() {
            let most = self.limits.max_decompressed_size;
            ValidationError::limit(
                "bytes in a compressed message",
                self.unpacked,
                most,
                "max_decompressed_size",
            )?;
        }
        Ok(piece)
    }
}

fn missing(what: impl fmt::Display) -> ValidationError {
    ValidationError::broken(format_args!("it has fewer {what} than its schema needs"))
}

fn surplus(what: impl fmt::Display) -> ValidationError {
    ValidationError::broken(format_args!("it has more {what} than its schema needs"))
}

fn short(len: u64, needed: u64) -> ValidationError {
    ValidationError::broken(format_args!("a buffer has {len} bytes, but needs {needed}"))
}
