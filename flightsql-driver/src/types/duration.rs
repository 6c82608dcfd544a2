//! `std::time::Duration`. Arrow's durations are signed and std's are unsigned: reading a negative one is an error.

use std::time::Duration;

use arrow_schema::{DataType, TimeUnit};

use crate::arrow::scalar::Scalar;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::read;

#[inline]
pub(super) fn holds_durations(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Duration(_))
}

pub(super) fn duration_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Duration(TimeUnit::Microsecond))
}

sql_types! {
    Duration: duration_type(), holds_durations;
}

encoded_columns! {
    Duration;
}

scalars! {
    Duration: |value| Scalar::Duration(i128::try_from(value.as_nanos())?);
}

decodes! {
    Duration as "std::time::Duration": |value, rust|
        match u128::try_from(read::duration(value, rust)?) {
            // Arrow counts seconds in 64 bits, too.
            Ok(nanos) => Ok(Self::from_nanos_u128(nanos)),
            Err(_) => Err(format!(
                "a negative duration cannot be read as `{rust}`, which has no sign"
            )
            .into()),
        };
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use arrow_array::DurationSecondArray;
    use arrow_schema::{DataType, IntervalUnit, TimeUnit};

    use crate::types::tests::{bind, read, round_trip};

    #[test]
    fn durations_round_trip() {
        let units = [
            DataType::Duration(TimeUnit::Second),
            DataType::Duration(TimeUnit::Millisecond),
            DataType::Duration(TimeUnit::Microsecond),
            DataType::Duration(TimeUnit::Nanosecond),
        ];
        round_trip(&Duration::from_secs(90), &units);
        round_trip(&Duration::from_nanos(1), &units[3..]);
        // Beyond 64 bits of microseconds.
        round_trip(&Duration::from_secs(10_000_000_000_000), &units[..1]);
    }

    #[test]
    fn what_cannot_be_held_is_refused() {
        let error = read::<Duration>(DurationSecondArray::from(vec![-1]), 0)
            .unwrap_err()
            .to_string();
        for part in ["\"c\"", "negative", "std::time::Duration"] {
            assert!(error.contains(part), "{error}");
        }
        let bind = |value, wanted| bind(value, Some(wanted)).unwrap_err().to_string();
        let error = bind(
            Duration::from_millis(1_500),
            DataType::Duration(TimeUnit::Second),
        );
        assert!(error.contains("lose precision"), "{error}");
        let error = bind(
            Duration::from_secs(u64::MAX),
            DataType::Duration(TimeUnit::Nanosecond),
        );
        assert!(error.contains("out of range"), "{error}");
    }

    #[test]
    fn a_duration_is_an_interval_without_months_and_days() {
        for unit in [IntervalUnit::MonthDayNano, IntervalUnit::DayTime] {
            let array = bind(Duration::from_millis(1_500), Some(DataType::Interval(unit))).unwrap();
            let row = crate::types::tests::row_of(array, 0);
            let interval: crate::types::FlightSqlInterval = sqlx_core::row::Row::get(&row, 0);
            assert_eq!((interval.months, interval.days), (0, 0));
            assert_eq!(interval.nanoseconds, 1_500_000_000);
        }
        let wanted = DataType::Interval(IntervalUnit::YearMonth);
        assert!(bind(Duration::from_secs(1), Some(wanted)).is_err());
    }
}
