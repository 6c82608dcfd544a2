//! For every Rust type: any value is bound, echoed by the server and decoded to itself; alone, as `Some`, beside a NULL,
//! as an item of a list with NULLs, and through `FromArrow`.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

use flightsql::types::{FlightSqlHasArrayType, FlightSqlInterval, i256};
use flightsql::{Encode, FlightSql, FlightSqlConnection, Type, query};
use flightsql_testkit::TestServer;
use proptest::collection::{btree_map, hash_map, vec};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Runtime;

use super::{Same, Value, echo};
use crate::common::connect;

/// Values of each type. A list of them is bound too, so that is some thousand values for all.
const CASES: u32 = 40;

fn any_value_comes_back<T>(values: impl Strategy<Value = T>)
where
    T: Value + FlightSqlHasArrayType,
    for<'q> Vec<Option<T>>: Encode<'q, FlightSql> + Type<FlightSql>,
{
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::sqlite()).unwrap();
    let connection = Mutex::new(runtime.block_on(connect(&server)));
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    let lists = vec(proptest::option::weighted(0.8, values), 1..6);
    runner
        .run(&lists, |list| {
            let mut connection = connection.lock().unwrap();
            runtime.block_on(async {
                let values: Vec<T> = list.iter().flatten().take(1).cloned().collect();
                echo(&mut connection, &values).await;
                list_comes_back(&mut connection, list).await;
            });
            Ok(())
        })
        .unwrap();
}

async fn list_comes_back<T>(connection: &mut FlightSqlConnection, list: Vec<Option<T>>)
where
    T: Value + FlightSqlHasArrayType,
{
    let all: Vec<(Vec<Option<T>>,)> = connection
        .fetch_all_as(query("SELECT ?").bind(list.clone()))
        .await
        .unwrap_or_else(|error| panic!("{error}: {list:?}"));
    let [(back,)] = &*all else {
        panic!("{all:?}");
    };
    assert_eq!(back.len(), list.len());
    for (back, value) in back.iter().zip(&list) {
        let same = match (back, value) {
            (Some(back), Some(value)) => back.same(value),
            (back, value) => back.is_none() && value.is_none(),
        };
        assert!(same, "{value:?} came back as {back:?}");
    }
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

macro_rules! same_by_eq {
    ($($(#[$meta:meta])* $type:ty;)*) => {$(
        $(#[$meta])*
        impl Same for $type {
            fn same(&self, other: &Self) -> bool {
                self == other
            }
        }
    )*};
}

same_by_eq! {
    u128; i256; [u8; 7]; Duration; FlightSqlInterval; bytes::Bytes; Point; Mood;
    BTreeMap<String, Option<i64>>; HashMap<i32, Vec<bool>>; [i16; 3]; (i64, Option<String>, (bool,));
    #[cfg(feature = "half")] half::f16;
    #[cfg(feature = "chrono")] chrono::TimeDelta;
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::FixedOffset>;
    #[cfg(feature = "time")] time::Duration;
    #[cfg(feature = "jiff")] jiff::civil::Date;
    #[cfg(feature = "jiff")] jiff::civil::Time;
    #[cfg(feature = "jiff")] jiff::civil::DateTime;
    #[cfg(feature = "jiff")] jiff::Timestamp;
    #[cfg(feature = "jiff")] jiff::Zoned;
    #[cfg(feature = "jiff")] jiff::SignedDuration;
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
fn instant() -> impl Strategy<Value = (i64, u32)> {
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

    #[test]
    fn timestamps_far_away() {
        let runtime = Runtime::new().unwrap();
        let server = runtime.block_on(TestServer::sqlite()).unwrap();
        let connection = Mutex::new(runtime.block_on(connect(&server)));
        let mut runner = TestRunner::new(Config {
            cases: CASES,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&instant(), |(s, ns)| {
                let instant = DateTime::from_timestamp(s, ns).unwrap();
                let mut connection = connection.lock().unwrap();
                runtime.block_on(echo(&mut connection, &[instant]));
                runtime.block_on(echo(&mut connection, &[instant.naive_utc()]));
                Ok(())
            })
            .unwrap();
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
