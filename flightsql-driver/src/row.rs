//! `FlightSqlRow`: one row of a batch, without copies.
//!
//! `FlightSqlRow` overrides [`Row::try_get`], because sqlx-core's own builds a `Cow<TypeInfo>` per value and tests for NULL
//! twice, about 13 ns per value. Here, a value costs a name comparison, a null test, one match on the Arrow type and one on
//! the downcast column.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use sqlx_core::column::{Column as _, ColumnIndex};
use sqlx_core::decode::Decode;
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::row::Row;
use sqlx_core::types::Type;
use sqlx_core::value::ValueRef as _;

use crate::column::FlightSqlColumn;
use crate::marker::FlightSql;
use crate::value::read::mismatch;
use crate::value::{Batch, FlightSqlValueRef};

/// A row of a result: a shared record batch and an index into it. Cloning is cheap.
#[derive(Clone)]
pub struct FlightSqlRow {
    batch: Arc<Batch>,
    row: u32,
}

impl FlightSqlRow {
    /// Creates a row. Each value of a `row` beyond the batch is an error.
    #[inline]
    pub(crate) fn new(batch: Arc<Batch>, row: u32) -> Self {
        Self { batch, row }
    }

    /// Returns the record batch of this row, as the server sent it.
    pub fn batch(&self) -> &RecordBatch {
        self.batch.record()
    }

    #[cfg(feature = "any")]
    pub(crate) fn shared_columns(&self) -> &Arc<crate::value::Columns> {
        self.batch.columns()
    }

    pub(crate) fn value(&self, column: usize) -> Option<FlightSqlValueRef<'_>> {
        FlightSqlValueRef::new(&self.batch, column, self.row)
    }

    /// Returns the position of this row in its [`batch`](Self::batch).
    pub fn index(&self) -> usize {
        self.row as usize
    }

    #[cold]
    #[inline(never)]
    fn incompatible<T>(&self, index: &dyn fmt::Debug, column: usize) -> Error {
        let source = match self.value(column) {
            Some(value) => mismatch(value.info(), std::any::type_name::<T>()),
            None => return out_of_bounds(column, self.columns().len()),
        };
        self.not_decoded(index, column, source)
    }

    /// Returns the error, with the caller's index and the name of the column if the two differ.
    #[cold]
    #[inline(never)]
    fn not_decoded(&self, index: &dyn fmt::Debug, column: usize, source: BoxDynError) -> Error {
        // The value is found again here, so that a successful read keeps it in registers.
        let source = match self.value(column) {
            Some(value) => value.explained(source),
            None => source,
        };
        let mut index = format!("{index:?}");
        if let Some(found) = self.columns().get(column) {
            let name = format!("{:?}", found.shared_name());
            if name != index {
                index = format!("{index} ({name})");
            }
        }
        Error::ColumnDecode { index, source }
    }
}

impl Row for FlightSqlRow {
    type Database = FlightSql;

    #[inline]
    fn columns(&self) -> &[FlightSqlColumn] {
        self.batch.columns().as_slice()
    }

    #[inline]
    fn try_get<'r, T, I>(&'r self, index: I) -> Result<T, Error>
    where
        I: ColumnIndex<Self>,
        T: Decode<'r, FlightSql> + Type<FlightSql>,
    {
        let column = index.index(self)?;
        let Some(value) = FlightSqlValueRef::new(&self.batch, column, self.row) else {
            return Err(out_of_bounds(column, self.batch.columns().as_slice().len()));
        };
        if !value.is_null() {
            let info = value.info();
            if !T::compatible(info) {
                return Err(self.incompatible::<T>(&index, column));
            }
        }
        match T::decode(value) {
            Ok(value) => Ok(value),
            Err(source) => Err(self.not_decoded(&index, column, source)),
        }
    }

    #[inline]
    fn try_get_raw<I>(&self, index: I) -> Result<FlightSqlValueRef<'_>, Error>
    where
        I: ColumnIndex<Self>,
    {
        let column = index.index(self)?;
        match FlightSqlValueRef::new(&self.batch, column, self.row) {
            Some(value) => Ok(value),
            None => Err(out_of_bounds(column, self.batch.columns().as_slice().len())),
        }
    }
}

// Not through `impl_column_index_for_row!`, which is not inlined.
impl ColumnIndex<FlightSqlRow> for usize {
    #[inline]
    fn index(&self, row: &FlightSqlRow) -> Result<usize, Error> {
        let len = row.batch.columns().as_slice().len();
        if *self < len {
            Ok(*self)
        } else {
            Err(out_of_bounds(*self, len))
        }
    }
}

/// Finds the first column of this name.
impl ColumnIndex<FlightSqlRow> for &'_ str {
    #[inline]
    fn index(&self, row: &FlightSqlRow) -> Result<usize, Error> {
        row.batch.find(self).ok_or_else(|| not_found(self))
    }
}

/// Prints column names with their values, as an SQL shell does.
impl fmt::Debug for FlightSqlRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlightSqlRow ")?;
        let mut map = f.debug_map();
        for (ordinal, column) in self.columns().iter().enumerate() {
            if let Ok(value) = self.try_get_raw(ordinal) {
                map.entry(&format_args!("{}", column.name()), &value);
            }
        }
        map.finish()
    }
}

/// Prints the values as an SQL shell does: `1 | Ada | NULL`.
impl fmt::Display for FlightSqlRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for ordinal in 0..self.columns().len() {
            if ordinal > 0 {
                text.push_str(" | ");
            }
            if let Ok(value) = self.try_get_raw(ordinal) {
                text.push_str(&value.to_string());
            }
        }
        f.pad(&text)
    }
}

#[cold]
#[inline(never)]
fn not_found(name: &str) -> Error {
    Error::ColumnNotFound(name.to_owned())
}

#[cold]
#[inline(never)]
fn out_of_bounds(index: usize, len: usize) -> Error {
    Error::ColumnIndexOutOfBounds { index, len }
}

#[cfg(test)]
mod tests;
