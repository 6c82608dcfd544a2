//! Dates, times, timestamps, durations and intervals to the wanted type. Layer D.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_array::types::*;
use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano};
use arrow_schema::{DataType, Fields, IntervalUnit, TimeUnit};

use super::{Refused, coerce, one};
use crate::arguments::Scalar;
use crate::value::temporal::{NANOS_PER_SECOND, SECONDS_PER_DAY, join, per_second};

pub(super) fn date(days: i32, wanted: &DataType) -> Result<ArrayRef, Refused> {
    match wanted {
        DataType::Date32 => Ok(Arc::new(one::<Date32Type>(days))),
        DataType::Date64 => {
            let millis = i64::from(days) * SECONDS_PER_DAY * 1_000;
            Ok(Arc::new(one::<Date64Type>(millis)))
        }
        _ => Err(Refused::Type),
    }
}

pub(super) fn time(nanos: i64, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let (DataType::Time32(unit) | DataType::Time64(unit)) = wanted else {
        return Err(Refused::Type);
    };
    let nanos_per_unit = NANOS_PER_SECOND / per_second(*unit);
    if nanos % nanos_per_unit != 0 {
        return Err(Refused::Inexact);
    }
    let count = nanos / nanos_per_unit;
    let small = || i32::try_from(count).map_err(|_| Refused::Range);
    match wanted {
        DataType::Time32(TimeUnit::Second) => Ok(Arc::new(one::<Time32SecondType>(small()?))),
        DataType::Time32(TimeUnit::Millisecond) => {
            Ok(Arc::new(one::<Time32MillisecondType>(small()?)))
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            Ok(Arc::new(one::<Time64MicrosecondType>(count)))
        }
        DataType::Time64(TimeUnit::Nanosecond) => Ok(Arc::new(one::<Time64NanosecondType>(count))),
        _ => Err(Refused::Announced),
    }
}

/// An instant has the offset that it was written with, in seconds; a wall-clock reading has none.
pub(super) fn timestamp(
    seconds: i64,
    nanos: u32,
    offset: Option<i32>,
    wanted: &DataType,
) -> Result<ArrayRef, Refused> {
    match (offset, wanted) {
        (None, DataType::Timestamp(_, Some(_))) => Err(Refused::NotAnInstant),
        (Some(_), DataType::Timestamp(_, None)) => Err(Refused::Instant),
        (_, DataType::Timestamp(unit, zone)) => counted(seconds, nanos, *unit, zone.clone()),
        (Some(offset), DataType::Struct(fields)) => {
            with_offset(seconds, nanos, offset, fields, wanted)
        }
        _ => Err(Refused::Type),
    }
}

fn counted(
    seconds: i64,
    nanos: u32,
    unit: TimeUnit,
    zone: Option<Arc<str>>,
) -> Result<ArrayRef, Refused> {
    fn of<T: ArrowTimestampType>(count: i64, zone: Option<Arc<str>>) -> ArrayRef {
        Arc::new(one::<T>(count).with_timezone_opt(zone))
    }
    let nanos_per_unit = NANOS_PER_SECOND / per_second(unit);
    if i64::from(nanos) % nanos_per_unit != 0 {
        return Err(Refused::Inexact);
    }
    let count = join(seconds, nanos, unit).ok_or(Refused::Range)?;
    Ok(match unit {
        TimeUnit::Second => of::<TimestampSecondType>(count, zone),
        TimeUnit::Millisecond => of::<TimestampMillisecondType>(count, zone),
        TimeUnit::Microsecond => of::<TimestampMicrosecondType>(count, zone),
        TimeUnit::Nanosecond => of::<TimestampNanosecondType>(count, zone),
    })
}

/// The storage of `arrow.timestamp_with_offset`: an instant and an offset in minutes.
fn with_offset(
    seconds: i64,
    nanos: u32,
    offset: i32,
    fields: &Fields,
    wanted: &DataType,
) -> Result<ArrayRef, Refused> {
    let [instant, minutes] = &**fields else {
        return Err(Refused::Type);
    };
    if offset % 60 != 0 {
        return Err(Refused::Inexact);
    }
    let parts = vec![
        timestamp(seconds, nanos, Some(offset), instant.data_type())?,
        coerce(&Scalar::Int32(offset / 60), minutes.data_type())?,
    ];
    super::nested::structure(wanted, parts)
}

pub(super) fn duration(nanos: i128, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let DataType::Duration(unit) = wanted else {
        // No part of it is a month or a day.
        let nanos = i64::try_from(nanos).map_err(|_| Refused::Range)?;
        return interval(0, 0, nanos, wanted);
    };
    let nanos_per_unit = i128::from(NANOS_PER_SECOND / per_second(*unit));
    if nanos % nanos_per_unit != 0 {
        return Err(Refused::Inexact);
    }
    let count = i64::try_from(nanos / nanos_per_unit).map_err(|_| Refused::Range)?;
    Ok(match unit {
        TimeUnit::Second => Arc::new(one::<DurationSecondType>(count)),
        TimeUnit::Millisecond => Arc::new(one::<DurationMillisecondType>(count)),
        TimeUnit::Microsecond => Arc::new(one::<DurationMicrosecondType>(count)),
        TimeUnit::Nanosecond => Arc::new(one::<DurationNanosecondType>(count)),
    })
}

pub(super) fn interval(
    months: i32,
    days: i32,
    nanos: i64,
    wanted: &DataType,
) -> Result<ArrayRef, Refused> {
    const NANOS_PER_MILLI: i64 = 1_000_000;
    match wanted {
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let value = IntervalMonthDayNano::new(months, days, nanos);
            Ok(Arc::new(one::<IntervalMonthDayNanoType>(value)))
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            if months != 0 || nanos % NANOS_PER_MILLI != 0 {
                return Err(Refused::Inexact);
            }
            let millis = i32::try_from(nanos / NANOS_PER_MILLI).map_err(|_| Refused::Range)?;
            let value = IntervalDayTime::new(days, millis);
            Ok(Arc::new(one::<IntervalDayTimeType>(value)))
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            if days != 0 || nanos != 0 {
                return Err(Refused::Inexact);
            }
            Ok(Arc::new(one::<IntervalYearMonthType>(months)))
        }
        // Without months and days it is a duration.
        DataType::Duration(_) if months == 0 && days == 0 => duration(nanos.into(), wanted),
        _ => Err(Refused::Type),
    }
}
