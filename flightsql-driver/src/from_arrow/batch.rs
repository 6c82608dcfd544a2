//! [`FlightSqlBatch`]: a record batch with columns that can be read as Rust values.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use sqlx_core::decode::Decode;
use sqlx_core::error::Error;
use sqlx_core::types::Type;

use super::{ArrowColumn, FromArrow};
use crate::marker::FlightSql;
use crate::row::FlightSqlRow;
use crate::value::{Batch, Columns};

/// A record batch that can be read as structs ([`read`](Self::read)), as SQLx rows ([`rows`](Self::rows)), or column by column.
/// Cloning is cheap and copies no values.
///
/// ```
/// # use std::sync::Arc;
/// # use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
/// # use flightsql_driver::FlightSqlBatch;
/// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
/// let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Ada"), None]));
/// let batch = FlightSqlBatch::try_from(RecordBatch::try_from_iter([("id", ids), ("name", names)])?)?;
///
/// // Tuples by position, structs with `#[derive(FromArrow)]` by name. `&str` borrows from the batch.
/// let people: Vec<(i64, Option<&str>)> = batch.read()?;
/// assert_eq!(people, [(1, Some("Ada")), (2, None)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FlightSqlBatch(Arc<Batch>);

impl FlightSqlBatch {
    pub(crate) fn new(batch: Arc<Batch>) -> Self {
        Self(batch)
    }

    /// Returns the Arrow record batch.
    #[must_use]
    pub fn record_batch(&self) -> &RecordBatch {
        self.0.record()
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.0.record().num_rows()
    }

    /// Returns all rows as `T`.
    ///
    /// # Errors
    /// Returns `ColumnNotFound`, or `ColumnDecode` if a column or a value cannot be read as its field.
    pub fn read<'b, T: FromArrow<'b>>(&'b self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        self.read_into(&mut rows)?;
        Ok(rows)
    }

    /// Appends all rows as `T` to `rows`. After an error, `rows` contains the rows before it.
    ///
    /// # Errors
    /// Returns the errors of [`read`](Self::read).
    pub fn read_into<'b, T: FromArrow<'b>>(&'b self, rows: &mut Vec<T>) -> Result<(), Error> {
        let columns = T::columns(self)?;
        rows.reserve(self.num_rows());
        for row in 0..self.num_rows() {
            rows.push(T::row(&columns, row)?);
        }
        Ok(())
    }

    /// Returns the rows as SQLx rows, for `FromRow` and `try_get`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = FlightSqlRow> + '_ {
        (0..self.0.num_rows()).map(|row| FlightSqlRow::new(Arc::clone(&self.0), row))
    }

    pub(crate) fn into_rows(self) -> impl ExactSizeIterator<Item = FlightSqlRow> + Send + 'static {
        (0..self.0.num_rows()).map(move |row| FlightSqlRow::new(Arc::clone(&self.0), row))
    }

    /// Returns the first column of this name, to be read as `T`.
    ///
    /// # Errors
    /// Returns `ColumnNotFound`, or `ColumnDecode` if `T` does not read the type of the column.
    pub fn column<'b, T>(&'b self, name: &str) -> Result<ArrowColumn<'b, T>, Error>
    where
        T: Decode<'b, FlightSql> + Type<FlightSql>,
    {
        match self.optional_column(name)? {
            Some(column) => Ok(column),
            None => Err(Error::ColumnNotFound(name.to_owned())),
        }
    }

    /// Returns the first column of this name, to be read as `T`; `None` if there is no such column.
    ///
    /// # Errors
    /// Returns `ColumnDecode` if `T` does not read the type of the column.
    pub fn optional_column<'b, T>(&'b self, name: &str) -> Result<Option<ArrowColumn<'b, T>>, Error>
    where
        T: Decode<'b, FlightSql> + Type<FlightSql>,
    {
        let found = self
            .0
            .columns()
            .find(name)
            .and_then(|index| self.0.reader(index));
        found
            .map(|reader| ArrowColumn::new(&self.0, reader))
            .transpose()
    }

    /// Returns the column at this position, counted from 0, to be read as `T`.
    ///
    /// # Errors
    /// Returns `ColumnIndexOutOfBounds`, or `ColumnDecode` if `T` does not read the type of the column.
    pub fn column_at<'b, T>(&'b self, index: usize) -> Result<ArrowColumn<'b, T>, Error>
    where
        T: Decode<'b, FlightSql> + Type<FlightSql>,
    {
        match self.0.reader(index) {
            Some(reader) => ArrowColumn::new(&self.0, reader),
            None => Err(Error::ColumnIndexOutOfBounds {
                index,
                len: self.record_batch().num_columns(),
            }),
        }
    }
}

impl TryFrom<RecordBatch> for FlightSqlBatch {
    type Error = Error;

    /// Returns `Protocol` if the number of rows does not fit into 32 bits.
    fn try_from(record: RecordBatch) -> Result<Self, Error> {
        Batch::new(Columns::plain(record.schema()), record).map(Self)
    }
}

impl fmt::Debug for FlightSqlBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlBatch")
            .field("columns", self.0.columns())
            .field("rows", &self.num_rows())
            .finish()
    }
}
