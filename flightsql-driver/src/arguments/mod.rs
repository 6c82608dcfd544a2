//! `FlightSqlArguments`: the values bound to a statement. Layer D.
//!
//! `buffer` (typed scalars, what `Encode` writes) · `batch` (scalars and the server's parameter
//! schema to a one-row `RecordBatch`) · `coerce` (one scalar to one Arrow type, exactly).
//!
//! A parameter's type is decided late, when the statement is prepared: until then a value keeps its
//! own type.

mod batch;
mod buffer;
mod coerce;

use std::fmt::{self, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use sqlx_core::arguments::Arguments;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::types::Type;

pub(crate) use self::batch::wrong_number;
pub use self::buffer::FlightSqlArgumentBuffer;
pub(crate) use self::buffer::Scalar;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

/// The values bound to a statement, in order.
///
/// `Debug` shows their types and never the values, which may be secret.
#[derive(Default)]
pub struct FlightSqlArguments {
    buffer: FlightSqlArgumentBuffer,
    /// How many placeholders SQLx's `QueryBuilder` had us write. Atomic because a query's future
    /// holds a shared reference to its arguments and must be `Send`.
    emitted: AtomicU32,
}

impl FlightSqlArguments {
    /// The number of values bound.
    #[expect(
        clippy::len_without_is_empty,
        reason = "as sqlx_core::arguments::Arguments"
    )]
    pub fn len(&self) -> usize {
        self.buffer.scalars().len()
    }

    /// The number of placeholders written by `format_placeholder`; 0 for SQL written by hand.
    pub(crate) fn emitted(&self) -> u32 {
        self.emitted.load(Ordering::Relaxed)
    }

    /// The types of the values as bound, before the server has said what it wants.
    pub(crate) fn types(&self) -> Vec<FlightSqlTypeInfo> {
        self.buffer.scalars().iter().map(Scalar::info).collect()
    }

    /// A batch of one row that binds the values, in the server's announced parameter schema.
    ///
    /// # Errors
    /// `InvalidArgument` when the counts differ, `Encode` when a value cannot be converted to its
    /// announced type without loss.
    pub(crate) fn to_batch(&self, announced: Option<&Schema>) -> Result<RecordBatch, Error> {
        batch::to_batch(self.buffer.scalars(), announced)
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
        let produced = value.produces();
        let before = self.len();
        let encoded = value.encode(&mut self.buffer);
        let written = self.len() - before;
        match encoded {
            Ok(IsNull::No) if written == 1 => return Ok(()),
            Ok(IsNull::Yes) if written == 0 => {
                let info = produced.unwrap_or_else(T::type_info);
                self.buffer.push(Scalar::Null(info));
                return Ok(());
            }
            _ => self.buffer.truncate(before),
        }
        Err(match encoded {
            Err(error) => error,
            Ok(_) => format!(
                "the Encode implementation of `{}` wrote {written} values for one argument",
                std::any::type_name::<T>()
            )
            .into(),
        })
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
mod tests;
