//! Values: a cell of a record batch, borrowed or shared, never copied. Layer D.
//!
//! `batch` (schema and columns of a result) · `leaf` (columns downcast once per batch, through
//! dictionary and run-end encodings; the only downcasts) · `read` (typed reads of one cell) ·
//! `temporal` (exact unit arithmetic) · `display` (text of any value).

mod batch;
mod display;
mod leaf;
pub(crate) mod read;
pub(crate) mod temporal;

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::ArrayRef;
use sqlx_core::error::{BoxDynError, UnexpectedNullError};
use sqlx_core::value::{Value, ValueRef};

use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

pub(crate) use self::batch::{Batch, Meta};
pub(crate) use self::leaf::Data;
use self::leaf::Leaf;

/// An owned value. It keeps the record batch it came from alive; nothing is copied.
#[derive(Clone)]
pub struct FlightSqlValue {
    batch: Arc<Batch>,
    column: u32,
    row: u32,
}

impl Value for FlightSqlValue {
    type Database = FlightSql;

    fn as_ref(&self) -> FlightSqlValueRef<'_> {
        FlightSqlValueRef::new(&self.batch, self.column as usize, self.row)
            .expect("the column was found when the value was made, and batches do not change")
    }

    fn type_info(&self) -> Cow<'_, FlightSqlTypeInfo> {
        Cow::Borrowed(self.as_ref().info())
    }

    fn is_null(&self) -> bool {
        self.as_ref().is_null()
    }
}

/// A borrowed value: one cell of a record batch.
///
/// Strings and bytes decoded from it as `&str` and `&[u8]` borrow from the Arrow buffer.
#[derive(Clone, Copy)]
pub struct FlightSqlValueRef<'r> {
    batch: &'r Arc<Batch>,
    leaf: &'r Leaf,
    cell: Cell,
}

/// The row, and whether the value there is NULL: tested once, when the value is made.
///
/// One word and not two fields: a value that is passed in memory is then stored and loaded with
/// one access. Two stores read back by one load stall the processor, 5 ns a value.
#[derive(Clone, Copy)]
struct Cell(u64);

impl Cell {
    const NULL: u64 = 1 << 32;

    #[inline]
    fn new(row: u32, null: bool) -> Self {
        Self(u64::from(row) | if null { Self::NULL } else { 0 })
    }

    #[inline]
    fn is_null(self) -> bool {
        self.0 & Self::NULL != 0
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low half is the row")]
    fn row(self) -> u32 {
        self.0 as u32
    }
}

impl<'r> FlightSqlValueRef<'r> {
    /// The cell at `column`, `row`; `None` when there is no such column.
    #[inline]
    pub(crate) fn new(batch: &'r Arc<Batch>, column: usize, row: u32) -> Option<Self> {
        let leaf = batch.leaf(column)?;
        Some(Self {
            batch,
            leaf,
            cell: Cell::new(row, leaf.is_null(row as usize)),
        })
    }

    /// The Arrow array that holds the value, for a type with a decoder of its own; the value is at
    /// [`index`](Self::index). The array may be dictionary- or run-end-encoded.
    pub fn array(&self) -> &'r ArrayRef {
        self.batch.record().column(self.leaf.ordinal())
    }

    /// The position of the value in its [`array`](Self::array).
    pub fn index(&self) -> usize {
        self.cell.row() as usize
    }

    #[inline]
    pub(crate) fn info(&self) -> &'r FlightSqlTypeInfo {
        self.leaf.info()
    }

    /// The typed column and the row in it, or the error of a NULL that nobody asked for.
    #[inline]
    pub(crate) fn data(&self) -> Result<(&'r Data, usize), BoxDynError> {
        if self.cell.is_null() {
            return Err(unexpected_null());
        }
        Ok((self.leaf.data(), self.cell.row() as usize))
    }
}

impl<'r> ValueRef<'r> for FlightSqlValueRef<'r> {
    type Database = FlightSql;

    fn to_owned(&self) -> FlightSqlValue {
        FlightSqlValue {
            batch: Arc::clone(self.batch),
            column: self.leaf.ordinal_u32(),
            row: self.cell.row(),
        }
    }

    fn type_info(&self) -> Cow<'_, FlightSqlTypeInfo> {
        Cow::Borrowed(self.leaf.info())
    }

    #[inline]
    fn is_null(&self) -> bool {
        self.cell.is_null()
    }
}

#[cold]
#[inline(never)]
fn unexpected_null() -> BoxDynError {
    Box::new(UnexpectedNullError)
}

#[cfg(test)]
mod tests;
