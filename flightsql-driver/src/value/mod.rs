//! Values: cells of record batches, borrowed or shared, never copied.

mod batch;
mod column_reader;
pub(crate) mod display;
pub(crate) mod inside;
pub(crate) mod nested;
mod pretty;
pub(crate) mod read;

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_schema::Schema;
use sqlx_core::error::{BoxDynError, UnexpectedNullError};
use sqlx_core::value::{Value, ValueRef};

use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

pub(crate) use self::batch::{Batch, Columns};
use self::column_reader::Cell;
pub(crate) use self::column_reader::{ColumnReader, Data};
pub use self::nested::{FlightSqlItems, FlightSqlStruct};
pub use self::pretty::pretty;
use self::read::mismatch;

/// An owned value, which keeps its record batch alive and copies nothing.
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
/// Decoded `&str` and `&[u8]` borrow from the Arrow buffer.
#[derive(Clone, Copy)]
pub struct FlightSqlValueRef<'r> {
    batch: &'r Arc<Batch>,
    reader: &'r ColumnReader,
    cell: Cell,
}

impl<'r> FlightSqlValueRef<'r> {
    /// Returns the cell at `column`, `row`; `None` if there is no such column.
    #[inline]
    pub(crate) fn new(batch: &'r Arc<Batch>, column: usize, row: u32) -> Option<Self> {
        Some(Self::of_reader(batch, batch.reader(column)?, row as usize))
    }

    /// Returns the cell of a column, or of a column inside a column.
    #[inline]
    pub(crate) fn of_reader(batch: &'r Arc<Batch>, reader: &'r ColumnReader, row: usize) -> Self {
        let found = reader.find(row);
        Self {
            batch,
            reader: found.reader,
            cell: found.cell,
        }
    }

    /// Returns the Arrow array with the value, for a custom decoder; the value is at [`index`](Self::index). The array may be
    /// dictionary- or run-end-encoded. A value of a union is in the array of its variant.
    pub fn array(&self) -> &'r ArrayRef {
        self.reader.array()
    }

    /// Returns the position of the value in its [`array`](Self::array).
    pub fn index(&self) -> usize {
        self.cell.row()
    }

    /// Returns `true` if the value has its sent type, because the type of its column cannot hold it.
    #[inline]
    pub(crate) fn is_refused(&self) -> bool {
        self.reader.is_refused()
    }

    #[inline]
    pub(crate) fn info(&self) -> &'r FlightSqlTypeInfo {
        self.reader.info()
    }

    /// Returns the typed column and the row in it, or the error of an unexpected NULL.
    #[inline]
    pub(crate) fn data(&self) -> Result<(&'r Data, usize), BoxDynError> {
        if self.cell.is_null() {
            return Err(unexpected_null());
        }
        Ok((self.reader.data(), self.cell.row()))
    }

    /// Returns the error of a Rust type that does not read this value, with the type of the value itself.
    #[cold]
    #[inline(never)]
    pub(crate) fn incompatible(&self, rust: &str) -> BoxDynError {
        self.explained(mismatch(self.info(), rust))
    }

    /// Returns the error, with the rule of the dialect that the value does not fit, if any.
    #[cold]
    #[inline(never)]
    pub(crate) fn explained(&self, error: BoxDynError) -> BoxDynError {
        let column = self.batch.reader(self.reader.ordinal());
        let rule = column.and_then(|column| Some((column, column.refused_by(self.reader)?)));
        let Some((column, rule)) = rule else {
            return error;
        };
        let (sent, meant) = (self.info().data_type(), column.info());
        format!(
            "{error}; the server sent a value of {sent} that is not a valid {meant}, to which {rule} maps it; read the type \
             that was sent, or change the rule"
        )
        .into()
    }

    /// Returns a value from inside a column as a separate column, which shares the buffers of the array.
    fn alone(&self) -> FlightSqlValue {
        let name = self.reader.name().unwrap_or_default();
        // The array has more information about nullability than the reported type.
        let field = self.info().to_field(name);
        let field = Arc::new(field.with_data_type(self.array().data_type().clone()));
        // A missing row stays missing.
        let row = self.cell.row().min(self.array().len());
        let array = self.array().slice(row, 1.min(self.array().len() - row));
        let record = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]);
        let batch = record
            .ok()
            .and_then(|record| Batch::new(Columns::plain(record.schema()), record).ok())
            .expect("the array has the type it already had as a part of its column");
        FlightSqlValue {
            batch,
            column: 0,
            row: 0,
        }
    }
}

impl<'r> ValueRef<'r> for FlightSqlValueRef<'r> {
    type Database = FlightSql;

    fn to_owned(&self) -> FlightSqlValue {
        let column = self.reader.ordinal();
        // A converted value is looked up in its column.
        let is_column = self.batch.reader(column).is_some_and(|reader| {
            let found = reader.find(self.cell.row());
            std::ptr::eq(found.reader, self.reader) && found.cell.row() == self.cell.row()
        });
        match u32::try_from(self.cell.row()) {
            Ok(row) if is_column => FlightSqlValue {
                batch: Arc::clone(self.batch),
                column: self.reader.ordinal_u32(),
                row,
            },
            _ => self.alone(),
        }
    }

    fn type_info(&self) -> Cow<'_, FlightSqlTypeInfo> {
        Cow::Borrowed(self.reader.info())
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
