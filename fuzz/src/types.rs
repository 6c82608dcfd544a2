//! Arrow fields of any type from the bytes of an input.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{
    DataType, Field, FieldRef, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode,
};

use crate::input::Input;

/// The depth of a type that has other types inside.
const DEPTH: u8 = 3;

/// Creates a field of any type, some with an extension type.
pub(crate) fn field(input: &mut Input<'_>, name: &str) -> Field {
    const EXTENSIONS: [&str; 6] = [
        "arrow.json",
        "arrow.uuid",
        "arrow.bool8",
        "arrow.timestamp_with_offset",
        "arrow.opaque",
        "fuzz.unknown",
    ];
    let extension = match input.below(4) {
        0 => Some(input.one_of(&EXTENSIONS)),
        _ => None,
    };
    let data_type = match extension {
        Some("arrow.uuid") => DataType::FixedSizeBinary(16),
        Some("arrow.bool8") => DataType::Int8,
        Some("arrow.json") => DataType::Utf8,
        Some("arrow.timestamp_with_offset") => with_offset(input),
        _ => data_type(input, DEPTH),
    };
    with_extension(Field::new(name, data_type, true), extension)
}

pub(crate) fn with_extension(field: Field, extension: Option<&str>) -> Field {
    match extension {
        None => field,
        Some(extension) => field.with_metadata(HashMap::from([(
            "ARROW:extension:name".to_owned(),
            extension.to_owned(),
        )])),
    }
}

/// The storage of instants with their original offset.
fn with_offset(input: &mut Input<'_>) -> DataType {
    let timestamp = DataType::Timestamp(unit(input), Some("UTC".into()));
    DataType::Struct(Fields::from(vec![
        Field::new("timestamp", timestamp, true),
        Field::new("offset_minutes", DataType::Int16, true),
    ]))
}

fn unit(input: &mut Input<'_>) -> TimeUnit {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    input.one_of(&[Second, Millisecond, Microsecond, Nanosecond])
}

fn data_type(input: &mut Input<'_>, depth: u8) -> DataType {
    use DataType as T;
    let scale = |input: &mut Input<'_>, max: u8| {
        let precision = 1 + input.byte() % max;
        let scale = i8::from_le_bytes(input.array()) % 80;
        (precision, scale.min(i8::try_from(precision).unwrap_or(0)))
    };
    let known = match depth {
        0 => 34,
        _ => 46,
    };
    match input.below(known) {
        0 => T::Null,
        1 => T::Boolean,
        2 => T::Int8,
        3 => T::Int16,
        4 => T::Int32,
        5 => T::Int64,
        6 => T::UInt8,
        7 => T::UInt16,
        8 => T::UInt32,
        9 => T::UInt64,
        10 => T::Float16,
        11 => T::Float32,
        12 => T::Float64,
        13 => {
            let (precision, scale) = scale(input, 9);
            T::Decimal32(precision, scale)
        }
        14 => {
            let (precision, scale) = scale(input, 18);
            T::Decimal64(precision, scale)
        }
        15 => {
            let (precision, scale) = scale(input, 38);
            T::Decimal128(precision, scale)
        }
        16 => {
            let (precision, scale) = scale(input, 76);
            T::Decimal256(precision, scale)
        }
        17 => T::Utf8,
        18 => T::LargeUtf8,
        19 => T::Utf8View,
        20 => T::Binary,
        21 => T::LargeBinary,
        22 => T::BinaryView,
        23 => T::FixedSizeBinary(1 + i32::from(input.byte() % 17)),
        24 => T::Date32,
        25 => T::Date64,
        26 => T::Time32(input.one_of(&[TimeUnit::Second, TimeUnit::Millisecond])),
        27 => T::Time64(input.one_of(&[TimeUnit::Microsecond, TimeUnit::Nanosecond])),
        28 => T::Timestamp(unit(input), None),
        29 => T::Timestamp(unit(input), Some(zone(input).into())),
        30 => T::Duration(unit(input)),
        31 => T::Interval(IntervalUnit::YearMonth),
        32 => T::Interval(IntervalUnit::DayTime),
        33 => T::Interval(IntervalUnit::MonthDayNano),
        34 => T::List(item(input, depth)),
        35 => T::LargeList(item(input, depth)),
        36 => T::ListView(item(input, depth)),
        37 => T::LargeListView(item(input, depth)),
        38 => T::FixedSizeList(item(input, depth), i32::from(input.byte() % 4)),
        39 | 40 => T::Struct(fields(input, depth)),
        41 => {
            let key = Field::new("key", data_type(input, 0), false);
            let value = Field::new("value", data_type(input, depth - 1), true);
            let entries = T::Struct(Fields::from(vec![key, value]));
            T::Map(Arc::new(Field::new("entries", entries, false)), false)
        }
        42 | 43 => {
            let key = input.one_of(&[&T::Int8, &T::Int32, &T::UInt16, &T::UInt64]);
            T::Dictionary(Box::new(key.clone()), Box::new(data_type(input, depth - 1)))
        }
        44 => {
            let ends = input.one_of(&[&T::Int16, &T::Int32, &T::Int64]);
            let values = Field::new("values", data_type(input, depth - 1), true);
            T::RunEndEncoded(
                Arc::new(Field::new("run_ends", ends.clone(), false)),
                Arc::new(values),
            )
        }
        _ => {
            let variants = fields(input, depth);
            let ids = (0..i8::try_from(variants.len()).unwrap_or(0)).map(|id| 3 * id);
            let variants = ids.zip(variants.iter().cloned()).collect::<UnionFields>();
            T::Union(
                variants,
                input.one_of(&[UnionMode::Sparse, UnionMode::Dense]),
            )
        }
    }
}

fn zone(input: &mut Input<'_>) -> String {
    const ZONES: [&str; 8] = [
        "UTC",
        "Z",
        "+00:00",
        "-08:30",
        "Europe/Paris",
        "+23:59",
        "Middle/Earth",
        "",
    ];
    match input.below(10) {
        9 => input.text(),
        index => ZONES[index % ZONES.len()].to_owned(),
    }
}

fn item(input: &mut Input<'_>, depth: u8) -> FieldRef {
    Arc::new(Field::new("item", data_type(input, depth - 1), true))
}

fn fields(input: &mut Input<'_>, depth: u8) -> Fields {
    let count = 1 + input.below(3);
    let field = |index| Field::new(format!("f{index}"), data_type(input, depth - 1), true);
    (0..count).map(field).collect()
}
