//! [`FromArrow`]: structs from record batches, read column by column.
//!
//! SQLx finds the column and checks its type for each value; this module does so once per batch. The conversions are the same
//! `Decode`s.

mod batch;

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use sqlx_core::decode::Decode;
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::types::Type;
use sqlx_core::value::ValueRef as _;

pub use self::batch::FlightSqlBatch;
use crate::marker::FlightSql;
use crate::value::nested::holds;
use crate::value::read::mismatch;
use crate::value::{Batch, ColumnReader, FlightSqlValueRef};

/// A struct that is read from record batches, column by column. `#[derive(FromArrow)]` implements it; tuples read columns by
/// position.
///
/// [`fetch_all_as`](crate::FlightSqlConnection::fetch_all_as), [`fetch_chunks_as`](crate::FlightSqlConnection::fetch_chunks_as)
/// and [`FlightSqlBatch::read`] use it. A struct with a lifetime borrows strings and bytes from the batch.
///
/// An implementation by hand:
///
/// ```
/// use flightsql_driver::{ArrowColumn, FlightSqlBatch, FromArrow};
///
/// struct Person<'b> { id: i64, name: Option<&'b str> }
///
/// impl<'b> FromArrow<'b> for Person<'b> {
///     type Columns = (ArrowColumn<'b, i64>, ArrowColumn<'b, Option<&'b str>>);
///
///     fn columns(batch: &'b FlightSqlBatch) -> Result<Self::Columns, sqlx_core::Error> {
///         Ok((batch.column("id")?, batch.column("name")?))
///     }
///
///     fn row(columns: &Self::Columns, row: usize) -> Result<Self, sqlx_core::Error> {
///         Ok(Self { id: columns.0.get(row)?, name: columns.1.get(row)? })
///     }
/// }
/// ```
pub trait FromArrow<'b>: Sized {
    /// The columns of one batch, with checked types.
    type Columns;

    /// Finds the columns that are read, and checks their types.
    ///
    /// # Errors
    /// Returns `ColumnNotFound`, or `ColumnDecode` if a field does not read the type of its column.
    fn columns(batch: &'b FlightSqlBatch) -> Result<Self::Columns, Error>;

    /// Reads one row.
    ///
    /// # Errors
    /// Returns `ColumnDecode` if a value cannot be read as its field.
    fn row(columns: &Self::Columns, row: usize) -> Result<Self, Error>;
}

/// A column of a [`FlightSqlBatch`] that is read as `T`.
pub struct ArrowColumn<'b, T> {
    batch: &'b Arc<Batch>,
    reader: &'b ColumnReader,
    read: PhantomData<fn() -> T>,
}

impl<'b, T> ArrowColumn<'b, T>
where
    T: Decode<'b, FlightSql> + Type<FlightSql>,
{
    fn new(batch: &'b Arc<Batch>, reader: &'b ColumnReader) -> Result<Self, Error> {
        if !holds::<T>(reader.info()) {
            let rust = std::any::type_name::<T>();
            return Err(not_decoded(reader, mismatch(reader.info(), rust)));
        }
        Ok(Self {
            batch,
            reader,
            read: PhantomData,
        })
    }

    /// Returns the value of a row.
    ///
    /// # Errors
    /// Returns `ColumnDecode` if there is no such row, or if its value cannot be read as `T`.
    #[inline]
    pub fn get(&self, row: usize) -> Result<T, Error> {
        self.decode(
            FlightSqlValueRef::of_reader(self.batch, self.reader, row),
            row,
        )
    }

    /// Returns the value of a row; `None` if it is NULL. This is faster than `get` of an `ArrowColumn<Option<T>>`.
    ///
    /// # Errors
    /// Returns the errors of [`get`](Self::get).
    #[inline]
    pub fn get_option(&self, row: usize) -> Result<Option<T>, Error> {
        let value = FlightSqlValueRef::of_reader(self.batch, self.reader, row);
        if value.is_null() {
            return Ok(None);
        }
        self.decode(value, row).map(Some)
    }

    #[inline]
    fn decode(&self, value: FlightSqlValueRef<'b>, row: usize) -> Result<T, Error> {
        if value.is_refused()
            && let Some(error) = self.unreadable(row)
        {
            return Err(error);
        }
        match T::decode(value) {
            Ok(value) => Ok(value),
            Err(source) => Err(self.not_decoded(row, source)),
        }
    }

    /// Returns the error of a value with its sent type, if `T` does not read that type.
    ///
    /// The value is found again here, so that a successful read keeps it in registers.
    #[cold]
    #[inline(never)]
    fn unreadable(&self, row: usize) -> Option<Error> {
        let value = FlightSqlValueRef::of_reader(self.batch, self.reader, row);
        let readable = value.is_null() || T::compatible(value.info());
        let rust = std::any::type_name::<T>();
        (!readable).then(|| self.not_decoded(row, mismatch(value.info(), rust)))
    }

    #[cold]
    #[inline(never)]
    fn not_decoded(&self, row: usize, source: BoxDynError) -> Error {
        let value = FlightSqlValueRef::of_reader(self.batch, self.reader, row);
        not_decoded(self.reader, value.explained(source))
    }
}

impl<T> fmt::Debug for ArrowColumn<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrowColumn")
            .field("name", &self.reader.name())
            .field("type", self.reader.info())
            .finish()
    }
}

#[cold]
#[inline(never)]
fn not_decoded(reader: &ColumnReader, source: BoxDynError) -> Error {
    let index = match reader.name() {
        Some(name) => format!("{name:?}"),
        None => reader.ordinal().to_string(),
    };
    Error::ColumnDecode { index, source }
}

macro_rules! tuples {
    ($(($($type:ident $index:tt),+);)*) => {$(
        /// Reads the first columns, by position; a batch may have more.
        impl<'b, $($type),+> FromArrow<'b> for ($($type,)+)
        where
            $($type: Decode<'b, FlightSql> + Type<FlightSql>),+
        {
            type Columns = ($(ArrowColumn<'b, $type>,)+);

            fn columns(batch: &'b FlightSqlBatch) -> Result<Self::Columns, Error> {
                Ok(($(batch.column_at($index)?,)+))
            }

            #[inline]
            fn row(columns: &Self::Columns, row: usize) -> Result<Self, Error> {
                Ok(($(columns.$index.get(row)?,)+))
            }
        }
    )*};
}

crate::types::for_tuples!(tuples);

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use sqlx_core::error::Error;
    use sqlx_core::row::Row as _;

    use super::{FlightSqlBatch, FromArrow};

    fn batch() -> FlightSqlBatch {
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 300]));
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Ada"), None]));
        let again: ArrayRef = Arc::new(Int64Array::from(vec![7, 8]));
        let record = RecordBatch::try_from_iter_with_nullable([
            ("id", ids, false),
            ("name", names, true),
            ("id", again, false),
        ]);
        FlightSqlBatch::try_from(record.unwrap()).unwrap()
    }

    #[test]
    fn columns_are_found_by_name_and_by_place() {
        let batch = batch();
        // Of two columns of one name, the first.
        let ids = batch.column::<i64>("id").unwrap();
        assert_eq!((ids.get(0).unwrap(), ids.get(1).unwrap()), (1, 300));
        assert_eq!(batch.column_at::<i64>(2).unwrap().get(0).unwrap(), 7);
        assert!(batch.optional_column::<i64>("other").unwrap().is_none());
        assert!(matches!(
            batch.column::<i64>("other"),
            Err(Error::ColumnNotFound(_))
        ));
        assert!(matches!(
            batch.column_at::<i64>(3),
            Err(Error::ColumnIndexOutOfBounds { index: 3, len: 3 })
        ));
        assert!(format!("{ids:?}").contains("\"id\""));
        assert!(format!("{batch:?}").contains("rows: 2"));
    }

    #[test]
    fn a_type_is_refused_before_a_value_is_read() {
        let batch = batch();
        let error = batch.column::<String>("id").unwrap_err().to_string();
        assert!(
            error.contains("\"id\"") && error.contains("Int64"),
            "{error}"
        );
        let narrow = batch.column::<i8>("id").unwrap();
        assert_eq!(narrow.get(0).unwrap(), 1);
        assert!(
            narrow
                .get(1)
                .unwrap_err()
                .to_string()
                .contains("does not fit")
        );
        assert!(narrow.get(2).is_err(), "there is no such row");
        let names = batch.column::<&str>("name").unwrap();
        assert_eq!(names.get(0).unwrap(), "Ada");
        assert!(names.get(1).is_err());
    }

    #[test]
    fn rows_before_an_error_are_kept() {
        let batch = batch();
        let mut rows: Vec<(i8,)> = Vec::new();
        assert!(batch.read_into(&mut rows).is_err());
        assert_eq!(rows, [(1,)]);
        let columns = <(i64, Option<&str>)>::columns(&batch).unwrap();
        assert_eq!(
            <(i64, Option<&str>)>::row(&columns, 1).unwrap(),
            (300, None)
        );
        let rows: Vec<i64> = batch.rows().map(|row| row.get(2)).collect();
        assert_eq!(rows, [7, 8]);
    }
}
