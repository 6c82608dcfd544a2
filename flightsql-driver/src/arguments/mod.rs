//! `FlightSqlArguments`: the values bound to a statement. Layer D.
//!
//! `buffer` (what `Encode` writes to) · `scalar` (a value with its own type) · `batch` (values and the server's
//! parameter schema to a `RecordBatch`) · `wire` (the type that one parameter is sent as) · `union` · `coerce/` (one scalar, or a column, to one Arrow type, exactly) ·
//! `literal/` (scalars into the text of a statement, by option).
//!
//! A parameter's type is decided late, when the statement is prepared: until then a value keeps its
//! own type.

mod batch;
mod buffer;
mod coerce;
mod literal;
mod scalar;
mod union;
mod wire;

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use arrow_array::RecordBatch;
use sqlx_core::arguments::Arguments;
use sqlx_core::encode::Encode;
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::types::Type;

pub(crate) use self::batch::{Target, in_bind_forms, unique_columns, wrong_number};
use self::batch::{Values, bare};
pub use self::buffer::{FlightSqlArgumentBuffer, FlightSqlStructEncoder};
pub(crate) use self::coerce::{coerce_array, column};
pub(crate) use self::literal::Literals;
pub(crate) use self::scalar::{LEAP_SECOND, Scalar};
use crate::dialect::Dialect;
use crate::marker::FlightSql;
use crate::sql::ParsedStatement;
use crate::to_arrow::ToArrow;
use crate::type_info::FlightSqlTypeInfo;

/// The values bound to a statement, in order.
///
/// `Debug` shows their types and never the values, which may be secret.
#[derive(Default)]
pub struct FlightSqlArguments {
    buffer: FlightSqlArgumentBuffer,
    /// Many rows at once, in place of the one row of the buffer.
    rows: Option<RecordBatch>,
    /// How many placeholders SQLx's `QueryBuilder` had us write. Atomic because a query's future
    /// holds a shared reference to its arguments and must be `Send`.
    emitted: AtomicU32,
}

impl FlightSqlArguments {
    /// Many rows of values at once: the statement, which must be an update, is executed for each row in one call.
    ///
    /// The columns are the parameters. They match by name if the server reports the names of the columns (`:id` or `id`), or
    /// if it reports no names and all columns are names in the SQL. Otherwise they match by position. Each column is converted
    /// exactly to the reported type, or refused; columns that the server does not report keep their names. Two columns of
    /// one name are an error. A query accepts one row.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    /// # use flightsql_driver::FlightSqlArguments;
    /// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
    /// let names: ArrayRef = Arc::new(StringArray::from(vec!["Ada", "Grace"]));
    /// let rows = RecordBatch::try_from_iter([("id", ids), ("name", names)])?;
    /// let arguments = FlightSqlArguments::from_batch(rows);
    /// // query_with("INSERT INTO people VALUES (?, ?)", arguments).execute(&pool)
    /// assert_eq!(arguments.len(), 2);
    /// # Ok::<(), arrow_schema::ArrowError>(())
    /// ```
    #[must_use]
    pub fn from_batch(rows: RecordBatch) -> Self {
        Self {
            rows: Some(rows),
            ..Self::default()
        }
    }

    /// As [`from_batch`](Self::from_batch), with a row for each struct.
    ///
    /// # Errors
    /// `Encode` when a value does not fit its column.
    pub fn from_rows<T: ToArrow>(rows: &[T]) -> Result<Self, Error> {
        T::to_arrow(rows).map(Self::from_batch)
    }

    /// The number of values bound, in each row.
    #[expect(
        clippy::len_without_is_empty,
        reason = "as sqlx_core::arguments::Arguments"
    )]
    pub fn len(&self) -> usize {
        match &self.rows {
            Some(rows) => rows.num_columns(),
            None => self.buffer.scalars().len(),
        }
    }

    /// The number of placeholders written by `format_placeholder`; 0 for SQL written by hand.
    pub(crate) fn emitted(&self) -> u32 {
        self.emitted.load(Ordering::Relaxed)
    }

    /// The types of the values as bound, before the server has said what it wants.
    pub(crate) fn types(&self) -> Vec<FlightSqlTypeInfo> {
        match &self.rows {
            Some(rows) => {
                let fields = rows.schema_ref().fields();
                fields
                    .iter()
                    .map(|field| FlightSqlTypeInfo::from_field(field))
                    .collect()
            }
            None => self.buffer.scalars().iter().map(Scalar::info).collect(),
        }
    }

    /// Returns a batch that binds the values to the parameters of a statement.
    ///
    /// # Errors
    /// `InvalidArgument` when the counts differ or two columns have one name, `Encode` when a value cannot be converted to its
    /// announced type without loss.
    pub(crate) fn to_batch(&self, target: &Target<'_>) -> Result<RecordBatch, Error> {
        let values = match &self.rows {
            Some(rows) => Values::Rows(rows),
            None => Values::Row(self.buffer.scalars()),
        };
        batch::to_batch(values, target)
    }

    /// Returns the statement with literals of the dialect in place of placeholders: for all values, or for those that the dialect
    /// never binds. With `truncate`, dates and times lose the digits that the dialect does not keep.
    ///
    /// # Errors
    /// `InvalidArgument` when the placeholders cannot be told, or are not as many as the values.
    pub(crate) fn literals<'a>(
        &'a self,
        statement: &'a ParsedStatement,
        dialect: &'a dyn Dialect,
        truncate: bool,
        all: bool,
    ) -> Result<Literals<'a>, Error> {
        Literals::new(statement, dialect, self, truncate, all)
    }
}

impl Arguments for FlightSqlArguments {
    type Database = FlightSql;

    fn reserve(&mut self, additional: usize, _size: usize) {
        self.buffer.reserve(additional);
    }

    fn add<'t, T>(&mut self, value: T) -> Result<(), BoxDynError>
    where
        T: Encode<'t, FlightSql> + Type<FlightSql>,
    {
        if self.rows.is_some() {
            return Err("a batch of rows is bound already; no value can be added to it".into());
        }
        let produced = value.produces();
        self.buffer
            .encode_one::<T>(produced, |buffer| value.encode(buffer))
    }

    fn len(&self) -> usize {
        self.len()
    }

    /// Writes `?` and counts it, so that the connection can put the server's own placeholder in
    /// its place.
    fn format_placeholder<W: Write>(&self, writer: &mut W) -> fmt::Result {
        self.emitted.fetch_add(1, Ordering::Relaxed);
        writer.write_char('?')
    }
}

sqlx_core::impl_into_arguments_for_arguments!(FlightSqlArguments);

impl fmt::Debug for FlightSqlArguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlightSqlArguments ")?;
        f.debug_list().entries(self.types()).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests;
