//! `std::time::Duration`.
//!
//! Arrow's durations have a sign and std's have none: a negative one is an error.

use std::time::Duration;

use arrow_schema::{DataType, TimeUnit};
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;

use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::convert::units::NANOS_PER_SECOND;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{FlightSqlValueRef, read};

#[inline]
pub(super) fn holds_durations(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Duration(_))
}

pub(super) fn duration_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Duration(TimeUnit::Microsecond))
}

sql_types! {
    Duration: duration_type, holds_durations;
}

encoded_columns! {
    Duration;
}

impl Encode<'_, FlightSql> for Duration {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let seconds = i128::from(self.as_secs()) * i128::from(NANOS_PER_SECOND);
        buf.push(Scalar::Duration(seconds + i128::from(self.subsec_nanos())));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for Duration {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "std::time::Duration";
        let nanos = read::duration(value, RUST)?;
        if nanos < 0 {
            return Err(format!(
                "a negative duration cannot be read as `{RUST}`, which has no sign"
            )
            .into());
        }
        let per_second = i128::from(NANOS_PER_SECOND);
        u64::try_from(nanos / per_second)
            .ok()
            .zip(u32::try_from(nanos % per_second).ok())
            .map(|(seconds, nanos)| Self::new(seconds, nanos))
            .ok_or_else(|| read::does_not_fit(value, RUST))
    }
}

#[cfg(test)]
mod tests;
