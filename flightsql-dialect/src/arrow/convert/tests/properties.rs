//! Properties of every pair of the table, in both directions.

use std::cell::Cell;
use std::sync::Arc;

use arrow_array::builder::FixedSizeBinaryBuilder;
use arrow_array::types::*;
use arrow_array::{Array as _, ArrayRef, BinaryArray, BooleanArray, PrimitiveArray, StringArray};
use arrow_buffer::{IntervalMonthDayNano, i256};
use arrow_schema::DataType::{self, *};
use arrow_schema::TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
use arrow_schema::{IntervalUnit, TimeUnit};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::arrow::convert::plain::{kind, pair};
use crate::arrow::convert::{By, CoerceError, convert, converted, view};
use crate::arrow::logical_type::Encoding;

const UNITS: [TimeUnit; 4] = [Second, Millisecond, Microsecond, Nanosecond];

/// The types of one kind each, with more than one where layouts or units differ.
fn types() -> Vec<DataType> {
    let mut types = vec![
        Boolean,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Decimal32(9, 2),
        Decimal64(18, 0),
        Decimal128(38, 2),
        Decimal128(20, -3),
        Decimal256(76, 20),
        Utf8,
        LargeUtf8,
        Utf8View,
        Binary,
        LargeBinary,
        BinaryView,
        FixedSizeBinary(16),
        FixedSizeBinary(4),
        Date32,
        Date64,
        Time32(Second),
        Time32(Millisecond),
        Time64(Microsecond),
        Time64(Nanosecond),
        Interval(IntervalUnit::YearMonth),
        Interval(IntervalUnit::DayTime),
        Interval(IntervalUnit::MonthDayNano),
    ];
    for unit in UNITS {
        types.push(Timestamp(unit, None));
        types.push(Timestamp(unit, Some("UTC".into())));
        types.push(Duration(unit));
    }
    types
}

/// Text in every form that the conversions read, and text in no such form.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|value| value.to_string()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| format!("{value:?}")),
        "[+-]?[0-9]{0,40}(\\.[0-9]{0,20})?(e[+-]?[0-9]{1,3})?",
        "[0-9]{4}-[01][0-9]-[0-3][0-9]",
        "[0-2][0-9]:[0-6][0-9](:[0-6][0-9](\\.[0-9]{1,10})?)?",
        "[0-9]{4}-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])?",
        "[0-9a-fA-F]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "(true|FALSE|t|f|1|0|nan|inf|-Infinity|)",
        ".{0,8}",
    ]
}

fn primitive<T: ArrowPrimitiveType>(value: T::Native, to: &DataType) -> ArrayRef {
    let array = PrimitiveArray::<T>::from_iter_values([value]);
    // The same buffer under the unit, zone or scale of the type.
    let data = array.to_data().into_builder().data_type(to.clone());
    arrow_array::make_array(data.build().unwrap())
}

/// A valid value of a type.
fn value(to: &DataType) -> BoxedStrategy<ArrayRef> {
    let to = to.clone();
    let days = -719_162_i64..=2_932_896;
    match to.clone() {
        Boolean => any::<bool>()
            .prop_map(|value| Arc::new(BooleanArray::from(vec![value])) as ArrayRef)
            .boxed(),
        Int8 => any::<i8>()
            .prop_map(move |value| primitive::<Int8Type>(value, &to))
            .boxed(),
        Int16 => any::<i16>()
            .prop_map(move |value| primitive::<Int16Type>(value, &to))
            .boxed(),
        Int32 => any::<i32>()
            .prop_map(move |value| primitive::<Int32Type>(value, &to))
            .boxed(),
        Int64 => small_i64()
            .prop_map(move |value| primitive::<Int64Type>(value, &to))
            .boxed(),
        UInt8 => any::<u8>()
            .prop_map(move |value| primitive::<UInt8Type>(value, &to))
            .boxed(),
        UInt16 => any::<u16>()
            .prop_map(move |value| primitive::<UInt16Type>(value, &to))
            .boxed(),
        UInt32 => any::<u32>()
            .prop_map(move |value| primitive::<UInt32Type>(value, &to))
            .boxed(),
        UInt64 => any::<u64>()
            .prop_map(move |value| primitive::<UInt64Type>(value, &to))
            .boxed(),
        Float16 => any::<f32>()
            .prop_map(move |value| {
                primitive::<Float16Type>(
                    <Float16Type as ArrowPrimitiveType>::Native::from_f32(value),
                    &to,
                )
            })
            .boxed(),
        Float32 => prop_oneof![
            any::<f32>(),
            (0..99_i16).prop_map(|value| f32::from(value) / 8.0)
        ]
        .prop_map(move |value| primitive::<Float32Type>(value, &to))
        .boxed(),
        Float64 => floats()
            .prop_map(move |value| primitive::<Float64Type>(value, &to))
            .boxed(),
        Decimal32(..) => (-999_999_999..=999_999_999)
            .prop_map(move |value| primitive::<Decimal32Type>(value, &to))
            .boxed(),
        Decimal64(..) => (-999_999_999_999_999_999..=999_999_999_999_999_999_i64)
            .prop_map(move |value| primitive::<Decimal64Type>(value, &to))
            .boxed(),
        Decimal128(precision, _) => {
            let end = 10_i128.pow(precision.into()) - 1;
            prop_oneof![-end..=end, -999_999..=999_999_i128]
                .prop_map(move |value| primitive::<Decimal128Type>(value, &to))
                .boxed()
        }
        Decimal256(..) => (any::<i128>(), 0_u32..38)
            .prop_map(move |(value, power)| {
                let wide = i256::from_i128(value / 10)
                    .wrapping_mul(i256::from_i128(10).wrapping_pow(power));
                primitive::<Decimal256Type>(wide, &to)
            })
            .boxed(),
        Utf8 | LargeUtf8 | Utf8View => text()
            .prop_map(move |value| arrow_cast::cast(&StringArray::from(vec![value]), &to).unwrap())
            .boxed(),
        Binary | LargeBinary | BinaryView => prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..20),
            text().prop_map(String::into_bytes),
        ]
        .prop_map(move |value| arrow_cast::cast(&BinaryArray::from_vec(vec![&value]), &to).unwrap())
        .boxed(),
        FixedSizeBinary(size) => {
            proptest::collection::vec(any::<u8>(), usize::try_from(size).unwrap())
                .prop_map(move |value| {
                    let mut builder = FixedSizeBinaryBuilder::new(size);
                    builder.append_value(value).unwrap();
                    Arc::new(builder.finish()) as ArrayRef
                })
                .boxed()
        }
        Date32 => days
            .prop_map(move |days| primitive::<Date32Type>(i32::try_from(days).unwrap(), &to))
            .boxed(),
        Date64 => days
            .prop_map(move |days| primitive::<Date64Type>(days * 86_400_000, &to))
            .boxed(),
        Time32(unit) => (0..86_400 * per_second(unit))
            .prop_map(move |time| primitive::<Int32Type>(i32::try_from(time).unwrap(), &to))
            .boxed(),
        Time64(unit) => (0..86_400 * per_second(unit))
            .prop_map(move |time| primitive::<Int64Type>(time, &to))
            .boxed(),
        Timestamp(..) | Duration(_) => small_i64()
            .prop_map(move |count| primitive::<Int64Type>(count, &to))
            .boxed(),
        Interval(IntervalUnit::YearMonth) => any::<i32>()
            .prop_map(move |months| primitive::<IntervalYearMonthType>(months, &to))
            .boxed(),
        Interval(IntervalUnit::DayTime) => (any::<i32>(), any::<i32>())
            .prop_map(move |(days, millis)| {
                primitive::<IntervalDayTimeType>(IntervalDayTimeType::make_value(days, millis), &to)
            })
            .boxed(),
        Interval(IntervalUnit::MonthDayNano) => (0..3_i32, 0..2_i32, any::<i64>())
            .prop_map(move |(months, days, nanos)| {
                let value = IntervalMonthDayNano::new(months, days, nanos);
                primitive::<IntervalMonthDayNanoType>(value, &to)
            })
            .boxed(),
        other => panic!("no values of {other}"),
    }
}

fn per_second(unit: TimeUnit) -> i64 {
    crate::arrow::convert::units::per_second(unit)
}

/// Generates integers, including small numbers, which fit more types, and full days.
fn small_i64() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        0..3_i64,
        -1_000..1_000_i64,
        (-100_000..100_000_i64).prop_map(|days| days * 86_400_000)
    ]
}

fn floats() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        (-1_000_000..1_000_000_i64).prop_map(|value| value as f64 / 64.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
    ]
}

fn encodings() -> [By; 7] {
    [
        By::Type,
        By::Truncated,
        By::Rule(Encoding::Value),
        By::Rule(Encoding::LittleEndian),
        By::Rule(Encoding::SignedBigEndian),
        By::Rule(Encoding::BigEndian),
        By::Rule(Encoding::DuckdbBignum),
    ]
}

/// Runs `check` on values of each pair of types that converts; returns the number of cases.
fn each_pair(check: impl Fn(&ArrayRef, &DataType, By)) -> usize {
    let (types, count) = (types(), Cell::new(0));
    let config = Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    };
    for from in &types {
        for to in &types {
            for by in encodings() {
                let binary = matches!(by, By::Rule(encoding) if encoding != Encoding::Value);
                if binary && pair(kind(from).unwrap(), kind(to).unwrap(), by).is_err() {
                    continue;
                }
                let mut runner = TestRunner::new(config.clone());
                let outcome = runner.run(&value(from), |array| {
                    count.set(count.get() + 1);
                    check(&array, to, by);
                    Ok(())
                });
                outcome.unwrap_or_else(|error| panic!("{from} to {to} {by:?}: {error}"));
            }
        }
    }
    println!("{} cases", count.get());
    count.get()
}

/// Compares values. NaN equals itself here; the sign of a zero and the bits of a NaN are not compared.
fn same(a: &ArrayRef, b: &ArrayRef) -> bool {
    let shown = |array: &ArrayRef| format!("{array:?}").replace("-0.0", "0.0");
    a.data_type() == b.data_type() && shown(a) == shown(b)
}

#[test]
fn every_pair_gives_one_value_or_refuses_it_for_a_reason() {
    let count = each_pair(|array, to, by| match converted(array, None, to, by) {
        Err(why) => {
            assert!(
                matches!(
                    why,
                    CoerceError::Type | CoerceError::Instant | CoerceError::NotAnInstant
                ),
                "{why:?}"
            );
        }
        Ok(made) => {
            assert_eq!((made.array.data_type(), made.array.len()), (to, 1));
            made.array.to_data().validate_full().unwrap();
            assert_eq!(made.array.is_null(0), made.refused.is_some());
            assert_ne!(made.why, Some(CoerceError::Type), "the table has the pair");
        }
    });
    assert!(count > 50_000, "{count}");
}

/// A value that is written and read back is unchanged, unless it was refused before it was sent.
#[test]
fn written_values_read_back() {
    let count = each_pair(|array, to, by| {
        let Ok(sent) = converted(array, None, to, by) else {
            return;
        };
        if sent.refused.is_some() || by == By::Truncated {
            return;
        }
        // Text is read back in its canonical form; another property tests that.
        if is_text(array.data_type()) || is_bytes(array.data_type()) {
            return;
        }
        let back = match by {
            By::Type => {
                let extension = (*to == FixedSizeBinary(16)).then_some("arrow.uuid");
                converted(&sent.array, extension, array.data_type(), by)
            }
            by => converted(&sent.array, None, array.data_type(), by),
        };
        let back = back.unwrap();
        assert_eq!(back.why, None, "{array:?} as {:?}", sent.array);
        assert!(
            same(&back.array, array),
            "{array:?} as {:?} back as {:?}",
            sent.array,
            back.array
        );
    });
    assert!(count > 50_000, "{count}");
}

/// A sent value reads as meant and is written back in canonical form, or is refused.
#[test]
fn sent_values_read_as_meant_and_return_canonical() {
    let count = each_pair(|sent, means, by| {
        let By::Rule(encoding) = by else { return };
        let Some(meant) = convert(sent, means, encoding) else {
            return;
        };
        if meant.refused.is_some() {
            return;
        }
        // Bytes of another length do not keep the text of a UUID, and bytes do not keep text in their place.
        let Some(canonical) = convert(&meant.array, sent.data_type(), encoding) else {
            assert!(is_bytes(sent.data_type()), "{sent:?} as {means}");
            return;
        };
        if canonical.refused.is_some() {
            let lossless = !is_text(sent.data_type()) && !is_bytes(sent.data_type());
            assert!(!lossless, "{sent:?} as {:?}", meant.array);
            return;
        }
        // The canonical form means the same, and is its own canonical form.
        let again = convert(&canonical.array, means, encoding).unwrap();
        assert!(
            same(&again.array, &meant.array),
            "{canonical:?} means {again:?}, not {meant:?}"
        );
        let twice = convert(&again.array, sent.data_type(), encoding).unwrap();
        assert!(same(&twice.array, &canonical.array), "{canonical:?}");
    });
    assert!(count > 50_000, "{count}");
}

#[test]
fn a_view_is_its_own_way_back() {
    for from in types() {
        for to in types() {
            let mut runner = TestRunner::new(Config {
                failure_persistence: None,
                ..Config::with_cases(8)
            });
            let outcome = runner.run(&value(&from), |array| {
                if let Some(seen) = view(&array, &to) {
                    let back = view(&seen, &from).unwrap();
                    assert_eq!(back.to_data(), array.to_data());
                }
                Ok(())
            });
            outcome.unwrap();
        }
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, Utf8 | LargeUtf8 | Utf8View)
}

fn is_bytes(data_type: &DataType) -> bool {
    matches!(
        data_type,
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_)
    )
}
