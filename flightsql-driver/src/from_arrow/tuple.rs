//! Tuples of 1 to 12 columns, by position.

use sqlx_core::decode::Decode;
use sqlx_core::error::Error;
use sqlx_core::types::Type;

use super::{ArrowColumn, FlightSqlBatch, FromArrow};
use crate::marker::FlightSql;

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
