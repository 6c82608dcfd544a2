//! jiff's dates, times, timestamps and durations.

use arrow_schema::DataType;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};
use sqlx_core::error::BoxDynError;

use super::duration::{duration_type, holds_durations};
use super::temporal::{
    clock_type, date_type, duration, holds_clocks, holds_dates, holds_instants, holds_times,
    instant, instant_type, time_type, wall_clock,
};
use crate::arrow::convert::units::{SECONDS_PER_DAY, fixed_offset};
use crate::arrow::scalar::Scalar;
use crate::to_arrow::temporal::{durations, timestamps};
use crate::to_arrow::{arrow_columns, encoded_columns};
use crate::value::{FlightSqlValueRef, read};

const EPOCH: Date = Date::constant(1970, 1, 1);

sql_types! {
    Date: date_type(), holds_dates;
    Time: time_type(), holds_times;
    DateTime: clock_type(), holds_clocks;
    Timestamp: instant_type(), holds_instants;
    Zoned: instant_type(), holds_instants;
    SignedDuration: duration_type(), holds_durations;
}

encoded_columns! {
    Date;
    Time;
    DateTime;
    Zoned;
}

arrow_columns! {
    Timestamp: |value| floor(value.as_duration()), |values, wanted| timestamps(values, true, wanted);
    SignedDuration: |value| value.as_nanos(), durations;
}

scalars! {
    Date: |value| {
        let days = value.duration_since(EPOCH).as_secs() / SECONDS_PER_DAY;
        Scalar::Date(i32::try_from(days)?)
    };
    Time: |value| {
        let since = value.duration_since(Self::midnight());
        let seconds = u32::try_from(since.as_secs())?;
        Scalar::time(seconds, u32::try_from(since.subsec_nanos())?)?
    };
    DateTime: |value| {
        let since = value.duration_since(EPOCH.to_datetime(Time::midnight()));
        let (seconds, nanos) = floor(since);
        Scalar::timestamp(seconds, nanos, None)?
    };
    Timestamp: |value| {
        let (seconds, nanos) = floor(value.as_duration());
        Scalar::timestamp(seconds, nanos, Some(0))?
    };
    /// Binds the instant. The driver sends the offset only for a parameter of type `arrow.timestamp_with_offset`. It never
    /// sends a named zone, which Arrow keeps in the type of the column.
    Zoned: |value| {
        let (seconds, nanos) = floor(value.timestamp().as_duration());
        Scalar::timestamp(seconds, nanos, Some(value.offset().seconds()))?
    };
    SignedDuration: |value| Scalar::Duration(value.as_nanos());
}

decodes! {
    Date as "jiff::civil::Date": |value, rust| read::date(value, rust)?
        .checked_mul(SECONDS_PER_DAY)
        .and_then(|seconds| EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok())
        .ok_or_else(|| read::does_not_fit(value, rust));
    Time as "jiff::civil::Time": |value, rust| {
        let nanos = read::time_of_day(value, rust)?;
        Self::midnight()
            .checked_add(SignedDuration::from_nanos(nanos))
            .map_err(|_| read::does_not_fit(value, rust))
    };
    DateTime as "jiff::civil::DateTime": |value, rust| {
        let (seconds, nanos) = wall_clock(value, rust)?;
        let since = SignedDuration::new(seconds, i32::try_from(nanos)?);
        EPOCH
            .to_datetime(Time::midnight())
            .checked_add(since)
            .map_err(|_| read::does_not_fit(value, rust))
    };
    Timestamp as "jiff::Timestamp": |value, rust| zoned(value, rust).map(|(instant, _)| instant);
    /// Decodes to the zone of the column, which can be a named zone of jiff's time zone database.
    Zoned as "jiff::Zoned": |value, rust| {
        let (instant, offset) = zoned(value, rust)?;
        let zone = match value.info().value_type() {
            DataType::Timestamp(_, Some(zone)) if fixed_offset(zone).is_none() => {
                TimeZone::get(zone).map_err(|_| {
                    format!(
                        "the column's time zone {zone:?} is not in the time zone database of this \
                         machine; read it as `jiff::Timestamp`"
                    )
                })?
            }
            _ if offset == 0 => TimeZone::UTC,
            _ => TimeZone::fixed(
                Offset::from_seconds(offset).map_err(|_| read::does_not_fit(value, rust))?,
            ),
        };
        Ok(instant.to_zoned(zone))
    };
    SignedDuration as "jiff::SignedDuration": |value, rust| {
        let (seconds, nanos) = duration(value, rust)?;
        Ok(Self::new(seconds, nanos))
    };
}

/// Splits a duration into whole seconds, rounded down, and the nanoseconds above them.
fn floor(duration: SignedDuration) -> (i64, u32) {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    match u32::try_from(nanos) {
        Ok(nanos) => (seconds, nanos),
        // Below zero, seconds and nanoseconds have one sign.
        Err(_) => (seconds - 1, (1_000_000_000 - nanos.unsigned_abs())),
    }
}

fn zoned(value: FlightSqlValueRef<'_>, rust: &str) -> Result<(Timestamp, i32), BoxDynError> {
    let (seconds, nanos, offset) = instant(value, rust)?;
    let instant = Timestamp::new(seconds, i32::try_from(nanos)?);
    let instant = instant.map_err(|_| read::does_not_fit(value, rust))?;
    Ok((instant, offset))
}

#[cfg(test)]
mod tests {
    use arrow_array::{Date32Array, TimestampMicrosecondArray, TimestampSecondArray};
    use arrow_schema::{DataType, TimeUnit};
    use jiff::civil::{Date, DateTime, Time};
    use jiff::tz::{Offset, TimeZone};
    use jiff::{SignedDuration, Timestamp, Zoned};

    use crate::types::tests::{read, round_trip};

    #[test]
    fn edges_round_trip() {
        round_trip(&Date::MIN, &[DataType::Date32, DataType::Date64]);
        round_trip(&Date::MAX, &[DataType::Date32, DataType::Date64]);
        round_trip(&Time::MAX, &[DataType::Time64(TimeUnit::Nanosecond)]);
        round_trip(&Time::midnight(), &[DataType::Time32(TimeUnit::Second)]);
        let seconds =
            |zone: Option<&str>| DataType::Timestamp(TimeUnit::Second, zone.map(Into::into));
        round_trip(
            &DateTime::constant(-9999, 1, 1, 0, 0, 0, 0),
            &[seconds(None)],
        );
        round_trip(&Timestamp::constant(-1, 0), &[seconds(Some("+08:00"))]);
        round_trip(
            &SignedDuration::new(-1, -1),
            &[DataType::Duration(TimeUnit::Nanosecond)],
        );
    }

    #[test]
    fn a_zoned_time_is_in_the_zone_of_the_column() {
        let at =
            |zone: &str| read::<Zoned>(TimestampSecondArray::from(vec![0]).with_timezone(zone), 0);
        assert_eq!(at("UTC").unwrap().time_zone(), &TimeZone::UTC);
        assert_eq!(
            at("-05:30").unwrap().offset(),
            Offset::from_seconds(-19_800).unwrap()
        );
        let error = at("Middle/Earth").unwrap_err().to_string();
        assert!(
            error.contains("Middle/Earth") && error.contains("jiff::Timestamp"),
            "{error}"
        );
        assert_eq!(
            read::<Timestamp>(
                TimestampSecondArray::from(vec![0]).with_timezone("Middle/Earth"),
                0
            )
            .unwrap(),
            Timestamp::UNIX_EPOCH
        );
    }

    #[test]
    fn what_jiff_cannot_hold_is_refused() {
        assert!(read::<Date>(Date32Array::from(vec![i32::MAX]), 0).is_err());
        assert!(read::<DateTime>(TimestampSecondArray::from(vec![i64::MAX]), 0).is_err());
        let zoned = TimestampSecondArray::from(vec![i64::MAX]).with_timezone("UTC");
        assert!(read::<Timestamp>(zoned, 0).is_err());
        // The two types are distinct, except that an instant in UTC is also read as a wall-clock reading.
        let clock = TimestampMicrosecondArray::from(vec![0]);
        assert!(read::<Timestamp>(clock.clone(), 0).is_err());
        assert!(read::<DateTime>(clock.clone().with_timezone("+01:00"), 0).is_err());
        assert!(read::<DateTime>(clock.with_timezone("UTC"), 0).is_ok());
    }
}
