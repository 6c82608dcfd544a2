//! `FlightSqlArguments`: the values bound to a statement.
//!
//! `Encode` writes to `buffer`, and the client receives the values as `bind::Parameters`.

mod buffer;

use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow_array::RecordBatch;
use flightsql_client::StatementOptions;
use sqlx_core::arguments::Arguments;
use sqlx_core::encode::Encode;
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

pub(crate) use self::buffer::encoded_scalar;
pub use self::buffer::{FlightSqlArgumentBuffer, FlightSqlStructEncoder};
use crate::bind::Parameters;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

/// The values bound to a statement, in order.
///
/// `Debug` shows their types and never the values, which may be secret.
#[derive(Default)]
pub struct FlightSqlArguments {
    buffer: FlightSqlArgumentBuffer,
    /// Many rows, in place of the one row of the buffer.
    rows: Option<RecordBatch>,
    /// The number of placeholders that SQLx's `QueryBuilder` wrote. Atomic, because a query's future has a shared reference
    /// to its arguments and must be `Send`.
    emitted: AtomicU32,
    /// The headers, timeouts and limits of the statement.
    options: Option<Arc<StatementOptions>>,
}

impl FlightSqlArguments {
    /// Binds many rows of values. The server executes the statement, which must be an update, for each row in one RPC.
    ///
    /// The columns are the parameters. They match by name if the server reports the names of the columns (`:id` or `id`), or
    /// if it reports no names and all columns are names in the SQL. Otherwise they match by position. The
    /// driver converts each column to the reported type, exactly or with an error. Columns that the server does not report
    /// keep their names. Two columns of one name are an error. A query accepts one row.
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

    /// Returns the number of values in each row.
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

    /// Changes the options of the statement.
    pub(crate) fn change_options(
        &mut self,
        change: impl FnOnce(StatementOptions) -> Arc<StatementOptions>,
    ) {
        let options = self.options.take().map(Arc::unwrap_or_clone);
        self.options = Some(change(options.unwrap_or_default()));
    }

    pub(crate) fn take_options(&mut self) -> Option<Arc<StatementOptions>> {
        self.options.take()
    }

    /// Returns the values without their Rust types.
    pub(crate) fn into_parameters(self) -> Parameters {
        let emitted = self.emitted.into_inner();
        match self.rows {
            Some(rows) => Parameters::rows(rows, emitted),
            None => Parameters::row(self.buffer.into_scalars(), emitted),
        }
    }

    fn types(&self) -> Vec<FlightSqlTypeInfo> {
        match &self.rows {
            Some(rows) => FlightSqlTypeInfo::from_fields(rows.schema_ref().fields()),
            None => self.buffer.types().collect(),
        }
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
            return Err("cannot add a value to a bound batch of rows".into());
        }
        let produced = value.produces();
        self.buffer
            .encode_one::<T>(produced, |buffer| value.encode(buffer))
    }

    fn len(&self) -> usize {
        self.len()
    }

    /// Writes `?` and counts it, so that the connection can replace it with the server's placeholder.
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
