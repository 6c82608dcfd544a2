//! What the date and time crates share: which Arrow types hold what. Layer D.
//!
//! A timestamp column with a zone holds instants, one without holds wall-clock readings; the two never mix
//! (<https://github.com/apache/arrow/blob/main/format/Schema.fbs>, `Timestamp`).

use arrow_schema::{DataType, TimeUnit};

use crate::type_info::FlightSqlTypeInfo;
use crate::type_name::OFFSET_EXTENSION;

#[inline]
pub(super) fn holds_dates(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Date32 | DataType::Date64)
}

#[inline]
pub(super) fn holds_times(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Time64(_) | DataType::Time32(_))
}

/// Timestamps without a zone.
#[inline]
pub(super) fn holds_clocks(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Timestamp(_, None))
}

/// Timestamps with a zone, or each with an offset of its own.
#[inline]
pub(super) fn holds_instants(ty: &FlightSqlTypeInfo) -> bool {
    match ty.value_type() {
        DataType::Timestamp(_, Some(_)) => true,
        DataType::Struct(_) => ty.extension_name() == Some(OFFSET_EXTENSION),
        _ => false,
    }
}

#[inline]
pub(super) fn holds_durations(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Duration(_))
}

pub(super) fn date_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Date32)
}

pub(super) fn time_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Time64(TimeUnit::Microsecond))
}

pub(super) fn clock_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Timestamp(TimeUnit::Microsecond, None))
}

pub(super) fn instant_type() -> FlightSqlTypeInfo {
    let utc = Some("UTC".into());
    FlightSqlTypeInfo::new(DataType::Timestamp(TimeUnit::Microsecond, utc))
}

pub(super) fn duration_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Duration(TimeUnit::Microsecond))
}
