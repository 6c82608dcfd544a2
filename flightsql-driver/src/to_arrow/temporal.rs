//! Columns of dates, times and durations, from any of the date and time crates.

use std::sync::Arc;

use arrow_array::types::{Date32Type, Time64NanosecondType};
use arrow_array::{ArrayRef, Int64Array, PrimitiveArray};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};
use sqlx_core::error::BoxDynError;

use super::fit;
use crate::arrow::convert::units::{NANOS_PER_SECOND, is_leap_second, join, per_second};
use crate::arrow::scalar::LEAP_SECOND;

/// Seconds since 1970-01-01 and the nanoseconds above them, as instants or as wall-clock readings.
pub(crate) fn timestamps(
    values: impl Iterator<Item = Option<(i64, u32)>>,
    instants: bool,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let unit = match wanted {
        DataType::Timestamp(unit, zone) if zone.is_some() == instants => *unit,
        // Another type is created from the unit that holds all values.
        _ => {
            let values: Vec<_> = values.collect();
            let fine =
                |value: &Option<(i64, u32)>| value.is_some_and(|(_, nanos)| nanos % 1_000 != 0);
            let unit = match values.iter().any(fine) {
                true => TimeUnit::Nanosecond,
                false => TimeUnit::Microsecond,
            };
            let own = DataType::Timestamp(unit, instants.then(|| "UTC".into()));
            return fit(timestamps(values.into_iter(), instants, &own)?, wanted);
        }
    };
    let counts: Vec<Option<i64>> = values
        .map(|value| match value {
            None => Ok(None),
            Some((_, nanos)) if is_leap_second(nanos) => Err(LEAP_SECOND.into()),
            Some((seconds, nanos)) => match join(seconds, nanos, unit) {
                Some(count) => Ok(Some(count)),
                None => Err(lost("a timestamp", unit)),
            },
        })
        .collect::<Result<_, BoxDynError>>()?;
    Ok(cast(&Int64Array::from(counts), wanted)?)
}

/// Days since 1970-01-01.
pub(crate) fn dates(
    values: impl Iterator<Item = Option<i32>>,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let array: PrimitiveArray<Date32Type> = values.collect();
    fit(Arc::new(array), wanted)
}

/// Creates an array of times of day from seconds since midnight and additional nanoseconds.
pub(crate) fn times(
    values: impl Iterator<Item = Option<(u32, u32)>>,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let counts: Vec<Option<i64>> = values
        .map(|value| match value {
            None => Ok(None),
            Some((_, nanos)) if is_leap_second(nanos) => Err(LEAP_SECOND.into()),
            Some((seconds, nanos)) => Ok(Some(
                i64::from(seconds) * NANOS_PER_SECOND + i64::from(nanos),
            )),
        })
        .collect::<Result<_, BoxDynError>>()?;
    let array = PrimitiveArray::<Time64NanosecondType>::from_iter(counts);
    fit(Arc::new(array), wanted)
}

/// Nanoseconds.
pub(crate) fn durations(
    values: impl Iterator<Item = Option<i128>>,
    wanted: &DataType,
) -> Result<ArrayRef, BoxDynError> {
    let unit = match wanted {
        DataType::Duration(unit) => *unit,
        _ => TimeUnit::Nanosecond,
    };
    let nanos_per_unit = i128::from(NANOS_PER_SECOND / per_second(unit));
    let counts: Vec<Option<i64>> = values
        .map(|value| {
            let Some(nanos) = value else {
                return Ok(None);
            };
            let exact = nanos % nanos_per_unit == 0;
            let count = i64::try_from(nanos / nanos_per_unit).ok();
            match count.filter(|_| exact) {
                Some(count) => Ok(Some(count)),
                None => Err(lost("a duration", unit)),
            }
        })
        .collect::<Result<_, _>>()?;
    let counts = Int64Array::from(counts);
    fit(cast(&counts, &DataType::Duration(unit))?, wanted)
}

#[cold]
fn lost(what: &str, unit: TimeUnit) -> BoxDynError {
    format!(
        "{what} is out of range of a column of {unit:?}s, or finer; round it, or give the column another unit"
    )
    .into()
}
