//! [`FlightSqlBatch`]: a record batch with its columns ready to be read.

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

/// A record batch whose columns are ready to be read as Rust values: as structs of the caller ([`read`](Self::read)),
/// as SQLx rows ([`rows`](Self::rows)), or one column at a time. Cloning is cheap; nothing is copied.
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

    /// The number of rows.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.0.record().num_rows()
    }

    /// All rows as `T`.
    ///
    /// # Errors
    /// `ColumnNotFound`, and `ColumnDecode` when a column or a value cannot be read as the field.
    pub fn read<'b, T: FromArrow<'b>>(&'b self) -> Result<Vec<T>, Error> {
        let mut rows = Vec::new();
        self.read_into(&mut rows)?;
        Ok(rows)
    }

    /// All rows as `T`, at the end of `rows`. After an error the rows before it are there.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_into<'b, T: FromArrow<'b>>(&'b self, rows: &mut Vec<T>) -> Result<(), Error> {
        let columns = T::columns(self)?;
        rows.reserve(self.num_rows());
        for row in 0..self.num_rows() {
            rows.push(T::row(&columns, row)?);
        }
        Ok(())
    }

    /// The rows as SQLx rows, for `FromRow` and `try_get`.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = FlightSqlRow> + '_ {
        (0..self.0.num_rows()).map(|row| FlightSqlRow::new(Arc::clone(&self.0), row))
    }

    /// The rows of [`rows`](Self::rows), and the batch goes with them.
    pub(crate) fn into_rows(self) -> impl ExactSizeIterator<Item = FlightSqlRow> + Send + 'static {
        (0..self.0.num_rows()).map(move |row| FlightSqlRow::new(Arc::clone(&self.0), row))
    }

    /// The first column of that name, to be read as `T`.
    ///
    /// # Errors
    /// `ColumnNotFound`, and `ColumnDecode` when the column is of no type that `T` reads.
    pub fn column<'b, T>(&'b self, name: &str) -> Result<ArrowColumn<'b, T>, Error>
    where
        T: Decode<'b, FlightSql> + Type<FlightSql>,
    {
        match self.optional_column(name)? {
            Some(column) => Ok(column),
            None => Err(Error::ColumnNotFound(name.to_owned())),
        }
    }

    /// The same, and `None` when there is no such column.
    ///
    /// # Errors
    /// `ColumnDecode` when the column is of no type that `T` reads.
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

    /// The column at that position, counted from 0, to be read as `T`.
    ///
    /// # Errors
    /// `ColumnIndexOutOfBounds`, and `ColumnDecode` when the column is of no type that `T` reads.
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

    /// # Errors
    /// When the batch has more rows than 32 bits count.
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
