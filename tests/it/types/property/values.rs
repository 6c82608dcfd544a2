//! A table of every Rust type of the mapping with any of its values, which runs against every backend.
//!
//! The parent module has the backend: its `any_value_comes_back` binds values and reads them.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::time::Duration;

use flightsql::types::{FlightSqlInterval, i256};
use flightsql::{Decode, Encode, FlightSql, Type};
use proptest::collection::{btree_map, hash_map, vec};
use proptest::prelude::*;

use super::any_value_comes_back;

/// Bounds of a type that is read and bound.
pub(crate) trait Value:
    for<'r> Decode<'r, FlightSql>
    + for<'q> Encode<'q, FlightSql>
    + Type<FlightSql>
    + Same
    + Clone
    + Debug
    + Send
    + Sync
    + Unpin
    + 'static
{
}

impl<T> Value for T where
    T: for<'r> Decode<'r, FlightSql>
        + for<'q> Encode<'q, FlightSql>
        + Type<FlightSql>
        + Same
        + Clone
        + Debug
        + Send
        + Sync
        + Unpin
        + 'static
{
}

/// Equality that distinguishes the two zeros and treats NaN as equal to NaN.
pub(crate) trait Same {
    fn same(&self, other: &Self) -> bool;
}

macro_rules! same_by_eq {
    ($($(#[$meta:meta])* $type:ty,)*) => {$(
        $(#[$meta])*
        impl Same for $type {
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

macro_rules! same_by_bits {
    ($($type:ty,)*) => {$(
        impl Same for $type {
            fn same(&self, other: &Self) -> bool {
                self.to_bits() == other.to_bits() || (self.is_nan() && other.is_nan())
            }
        }
    )*};
}

macro_rules! properties {
    ($($(#[$meta:meta])* $name:ident: $values:expr;)*) => {$(
        $(#[$meta])*
        #[test]
        fn $name() {
            any_value_comes_back($values);
        }
    )*};
}

same_by_eq! {
    bool, i8, i16, i32, i64, i128, u8, u16, u32, u64, String, [u8; 4],
    #[cfg(feature = "chrono")] flightsql::types::chrono::NaiveDate,
    #[cfg(feature = "chrono")] flightsql::types::chrono::NaiveTime,
    #[cfg(feature = "chrono")] flightsql::types::chrono::NaiveDateTime,
    #[cfg(feature = "chrono")] flightsql::types::chrono::DateTime<flightsql::types::chrono::Utc>,
    #[cfg(feature = "rust_decimal")] flightsql::types::Decimal,
    #[cfg(feature = "bigdecimal")] flightsql::types::BigDecimal,
    #[cfg(feature = "uuid")] flightsql::types::Uuid,
    #[cfg(feature = "json")] flightsql::types::JsonValue,
    #[cfg(feature = "json")] flightsql::types::Json<BTreeMap<String, Vec<Option<f64>>>>,
    #[cfg(feature = "time")] flightsql::types::time::Date,
    #[cfg(feature = "time")] flightsql::types::time::Time,
    #[cfg(feature = "time")] flightsql::types::time::PrimitiveDateTime,
    #[cfg(feature = "time")] flightsql::types::time::OffsetDateTime,
}
same_by_bits! { f32, f64, }

impl<T: Same> Same for Vec<T> {
    fn same(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a.same(b))
    }
}

impl<T: Same> Same for Option<T> {
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(a), Some(b)) => a.same(b),
            (a, b) => a.is_none() && b.is_none(),
        }
    }
}

same_by_eq! {
    u128, i256, [u8; 7], Duration, FlightSqlInterval, bytes::Bytes, Point, Mood,
    BTreeMap<String, Option<i64>>, HashMap<i32, Vec<bool>>, [i16; 3], (i64, Option<String>, (bool,)),
    #[cfg(feature = "half")] half::f16,
    #[cfg(feature = "chrono")] chrono::TimeDelta,
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::FixedOffset>,
    #[cfg(feature = "time")] time::Duration,
    #[cfg(feature = "jiff")] jiff::civil::Date,
    #[cfg(feature = "jiff")] jiff::civil::Time,
    #[cfg(feature = "jiff")] jiff::civil::DateTime,
    #[cfg(feature = "jiff")] jiff::Timestamp,
    #[cfg(feature = "jiff")] jiff::Zoned,
    #[cfg(feature = "jiff")] jiff::SignedDuration,
}

#[derive(Debug, Clone, PartialEq, Type)]
struct Point {
    x: Option<i64>,
    label: String,
    mood: Mood,
}

#[derive(Debug, Clone, Copy, PartialEq, Type)]
#[sqlx(rename_all = "kebab-case")]
enum Mood {
    VeryGood,
    Bad,
}

const HOSTILE: &[&str] = &[
    "'", "''", "\\", "\\'", "\"", "`", "--", "/*", "*/", "#", ";", "$$", "?", "$1", ":a", "@a",
    "\n", "E'", "X'", "(", ")", " OR 1=1 ", "\u{2019}", "é", "🦀", "NULL", "\u{1}", "[", "%", "{}",
];

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![Just(Mood::VeryGood), Just(Mood::Bad)]
}

properties! {
    booleans: any::<bool>();
    int8: any::<i8>();
    int16: any::<i16>();
    int32: any::<i32>();
    int64: any::<i64>();
    uint16: any::<u16>();
    uint32: any::<u32>();
    uint64: any::<u64>();
    // Of 38 digits, the most that Arrow's 128-bit decimals hold.
    int128: -(10_i128.pow(38) - 1)..10_i128.pow(38);
    uint128: any::<u128>();
    int256: (any::<i128>(), any::<u64>()).prop_map(|(high, low)| {
        i256::from_i128(high / 4) * i256::from_i128(1 << 64) + i256::from_i128(low.into())
    });
    float32: any::<f32>();
    float64: any::<f64>();
    strings: any::<String>();
    // What ends strings, opens comments or looks like a placeholder.
    hostile_strings: vec(proptest::sample::select(HOSTILE), 0..12).prop_map(|pieces| pieces.concat());
    bytes: vec(any::<u8>(), 0..40);
    fixed_bytes: any::<[u8; 7]>();
    shared_bytes: vec(any::<u8>(), 0..40).prop_map(bytes::Bytes::from);
    // As many seconds as 64 bits of nanoseconds count.
    durations: (0..9_000_000_000_u64, 0..1_000_000_000_u32).prop_map(|(s, ns)| Duration::new(s, ns));
    intervals: any::<(i32, i32, i64)>().prop_map(|(months, days, nanoseconds)| {
        FlightSqlInterval { months, days, nanoseconds }
    });
    lists: vec(any::<i64>(), 0..5);
    lists_of_lists: vec(vec(any::<Option<String>>(), 0..3), 0..3);
    arrays: any::<[i16; 3]>();
    tuples: any::<(i64, Option<String>, (bool,))>();
    maps: btree_map(any::<String>(), any::<Option<i64>>(), 0..4);
    hash_maps: hash_map(any::<i32>(), vec(any::<bool>(), 0..3), 0..4);
    structs: (any::<Option<i64>>(), any::<String>(), mood())
        .prop_map(|(x, label, mood)| Point { x, label, mood });
    enums: mood();
    #[cfg(feature = "half")]
    half_floats: any::<u16>().prop_map(half::f16::from_bits).prop_filter("NaN", |half| !half.is_nan());
    #[cfg(feature = "uuid")]
    uuids: any::<[u8; 16]>().prop_map(flightsql::types::Uuid::from_bytes);
    #[cfg(feature = "json")]
    json: vec((any::<String>(), vec(any::<Option<i32>>(), 0..3)), 0..3)
        .prop_map(flightsql::types::JsonValue::from_iter);
    #[cfg(feature = "rust_decimal")]
    decimals: (any::<[u8; 12]>(), any::<bool>(), 0..=28_u32).prop_map(|(bytes, negative, scale)| {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        flightsql::types::Decimal::from_parts(word(0), word(4), word(8), negative, scale)
    });
    // In a list, all have the scale of the longest fraction, and 76 digits must do.
    #[cfg(feature = "bigdecimal")]
    big_decimals: (any::<i64>(), 0..57_i64).prop_map(|(digits, scale)| {
        flightsql::types::BigDecimal::new(digits.into(), scale)
    });
}

/// Seconds of the years 1 to 9999, and nanoseconds.
#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
pub(crate) fn instant() -> impl Strategy<Value = (i64, u32)> {
    // Nanoseconds of 64 bits reach from 1677 to 2262; outside, a value must be of microseconds.
    let fine = (-9_000_000_000_i64..9_000_000_000, 0..1_000_000_000_u32);
    let wide = (-62_135_596_800_i64..253_402_200_000, 0..1_000_000_u32)
        .prop_map(|(s, us)| (s, us * 1_000));
    prop_oneof![fine, wide]
}

#[cfg(any(feature = "chrono", feature = "time", feature = "jiff"))]
fn nanos() -> impl Strategy<Value = i64> {
    any::<i64>()
}

#[cfg(feature = "chrono")]
mod with_chrono {
    use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, TimeDelta};

    use super::*;

    // One list has one type: all its values fit nanoseconds, or none has them.
    properties! {
        dates: any::<i32>().prop_map(|days| {
            NaiveDate::from_epoch_days(days / 32).unwrap()
        });
        times: (0..86_400_u32, 0..1_000_000_000_u32).prop_map(|(s, ns)| {
            NaiveTime::from_num_seconds_from_midnight_opt(s, ns).unwrap()
        });
        timestamps: fine().prop_map(|(s, ns)| DateTime::from_timestamp(s, ns).unwrap().naive_utc());
        instants: fine().prop_map(|(s, ns)| DateTime::from_timestamp(s, ns).unwrap());
        offsets: (fine(), -50_000..50_000_i32).prop_map(|((s, ns), offset)| {
            let zone = FixedOffset::east_opt(offset).unwrap();
            DateTime::from_timestamp(s, ns).unwrap().with_timezone(&zone)
        });
        deltas: nanos().prop_map(TimeDelta::nanoseconds);
    }

    fn fine() -> impl Strategy<Value = (i64, u32)> {
        (-9_000_000_000_i64..9_000_000_000, 0..1_000_000_000_u32)
    }
}

#[cfg(feature = "time")]
mod with_time {
    use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

    use super::*;

    fn at((s, ns): (i64, u32)) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(s)
            .unwrap()
            .replace_nanosecond(ns)
            .unwrap()
    }

    fn micros() -> impl Strategy<Value = (i64, u32)> {
        (-62_135_596_800_i64..253_402_200_000, 0..1_000_000_u32).prop_map(|(s, us)| (s, us * 1_000))
    }

    properties! {
        dates: (-719_162..2_932_896_i32).prop_map(|days| Date::from_julian_day(days + 2_440_588).unwrap());
        times: (0..86_400_i64, 0..1_000_000_000_i64).prop_map(|(s, ns)| {
            Time::MIDNIGHT + time::Duration::new(s, i32::try_from(ns).unwrap())
        });
        timestamps: micros().prop_map(at).prop_map(|at| PrimitiveDateTime::new(at.date(), at.time()));
        instants: micros().prop_map(at);
        durations: nanos().prop_map(time::Duration::nanoseconds);
    }
}

#[cfg(feature = "jiff")]
mod with_jiff {
    use jiff::tz::TimeZone;
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn at((s, ns): (i64, u32)) -> Timestamp {
        Timestamp::new(s, i32::try_from(ns).unwrap()).unwrap()
    }

    fn micros() -> impl Strategy<Value = (i64, u32)> {
        (-62_135_596_800_i64..253_402_200_000, 0..1_000_000_u32).prop_map(|(s, us)| (s, us * 1_000))
    }

    properties! {
        dates: micros().prop_map(|at_| TimeZone::UTC.to_datetime(at(at_)).date());
        times: instant().prop_map(|at_| TimeZone::UTC.to_datetime(at(at_)).time());
        timestamps: micros().prop_map(|at_| TimeZone::UTC.to_datetime(at(at_)));
        instants: micros().prop_map(at);
        zoned: micros().prop_map(|at_| at(at_).to_zoned(TimeZone::UTC));
        durations: nanos().prop_map(SignedDuration::from_nanos);
    }
}
