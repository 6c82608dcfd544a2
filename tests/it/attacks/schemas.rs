//! Schemas of streams: too many fields, too deep, not legal, or not the same twice.

use std::collections::HashMap;
use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use flightsql::arrow::schema::{DataType, Field, Fields, Schema};
use flightsql_testkit::{Reply, raw};

use super::Attack;
use super::ipc::result;
use super::perform::{Act, ints};

fn schema(name: &'static str, schema: impl Fn() -> Schema + Send + Sync + 'static) -> Attack {
    result(name, move || vec![raw::schema(&schema())])
}

fn one(data_type: DataType) -> Schema {
    Schema::new(vec![Field::new("n", data_type, true)])
}

fn nested(levels: usize, outer: impl Fn(Field) -> DataType) -> Schema {
    let mut deep = DataType::Int64;
    for _ in 0..levels {
        deep = outer(Field::new("item", deep, true));
    }
    one(deep)
}

/// A flatbuffer in which one field with 1 MiB of metadata is the field of each of 10 000 columns.
///
/// arrow writes each field apart, so the offsets of a written schema are set to one field.
fn shared_fields() -> Vec<u8> {
    let metadata = HashMap::from([("k".to_owned(), "x".repeat(1 << 20))]);
    let mut fields = vec![Field::new("big", DataType::Int64, true).with_metadata(metadata)];
    fields.extend((1..5000).map(|_| Field::new("c", DataType::Int64, true)));
    let mut header = raw::schema(&Schema::new(fields)).data_header.to_vec();
    // The vector of fields: its length, then an offset for each, relative to its own place.
    let length = 5000_u32.to_le_bytes();
    let at = header.windows(4).position(|bytes| bytes == length).unwrap();
    let first = u32::from_le_bytes(header[at + 4..at + 8].try_into().unwrap());
    for field in 1..5000_u32 {
        let place = at + 4 + 4 * usize::try_from(field).unwrap();
        let offset = first - 4 * field;
        header[place..place + 4].copy_from_slice(&offset.to_le_bytes());
    }
    header
}

pub(super) fn attacks() -> Vec<Attack> {
    const FIELDS: &str = "max_schema_fields=10000";
    const DEEP: &str = "max_nesting=64";
    vec![
        schema("schema_of_ten_thousand_and_one_fields", || {
            let field = Arc::new(Field::new("c", DataType::Int64, true));
            Schema::new(vec![field; 10_001])
        })
        .says(FIELDS)
        .memory(),
        schema("schema_of_300_thousand_fields", || {
            let field = Arc::new(Field::new("c", DataType::Int64, true));
            Schema::new(vec![field; 300_000])
        })
        .memory(),
        schema("struct_of_twenty_thousand_fields", || {
            let field = Arc::new(Field::new("c", DataType::Int64, true));
            one(DataType::Struct(Fields::from(vec![field; 20_000])))
        })
        .says(FIELDS),
        result("ten_thousand_columns_of_one_field_of_1_mib", || {
            vec![raw::message(shared_fields(), Vec::new())]
        })
        .memory(),
        schema("lists_65_levels_deep", || {
            nested(65, |item| DataType::List(Arc::new(item)))
        })
        .says(DEEP),
        schema("structs_90_levels_deep", || {
            nested(90, |item| DataType::Struct(Fields::from(vec![item])))
        })
        .says(DEEP),
        schema("fixed_lists_200_levels_deep", || {
            nested(200, |item| DataType::FixedSizeList(Arc::new(item), 1))
        }),
        schema("fixed_lists_of_2_to_the_31", || {
            nested(8, |item| DataType::FixedSizeList(Arc::new(item), i32::MAX))
        })
        .harmless(),
        result("fixed_lists_that_multiply", || {
            let schema = nested(8, |item| DataType::FixedSizeList(Arc::new(item), 1_000_000));
            let mut messages = vec![raw::schema(&schema)];
            messages.extend(raw::batch(&ints([1])).unwrap());
            messages
        }),
        schema("fixed_binary_of_a_negative_width", || {
            one(DataType::FixedSizeBinary(-1))
        }),
        schema("fixed_list_of_a_negative_size", || {
            one(DataType::FixedSizeList(
                Arc::new(Field::new("item", DataType::Int64, true)),
                -5,
            ))
        }),
        schema("decimal_of_no_digits", || one(DataType::Decimal128(0, 0))),
        schema("decimal_of_a_large_scale", || {
            one(DataType::Decimal128(10, 100))
        }),
        schema("union_without_children", || {
            one(DataType::Union(
                flightsql::arrow::schema::UnionFields::empty(),
                flightsql::arrow::schema::UnionMode::Dense,
            ))
        }),
        schema("map_without_entries", || {
            one(DataType::Map(
                Arc::new(Field::new("entries", DataType::Int64, false)),
                false,
            ))
        }),
        schema("run_ends_of_text", || {
            one(DataType::RunEndEncoded(
                Arc::new(Field::new("run_ends", DataType::Utf8, false)),
                Arc::new(Field::new("values", DataType::Utf8, true)),
            ))
        }),
        schema("zone_that_is_not_one", || {
            let unit = flightsql::arrow::schema::TimeUnit::Microsecond;
            one(DataType::Timestamp(unit, Some("Mars/\u{1b}[31m".into())))
        })
        .harmless(),
        result("schema_and_another_schema", || {
            let other = one(DataType::Utf8);
            vec![raw::schema(&ints([]).schema()), raw::schema(&other)]
        }),
        result("schema_of_2_mb_of_metadata", || {
            let schema = one(DataType::Int64);
            let metadata = (0..20_000).map(|n| (format!("k{n}"), "x".repeat(100)));
            vec![raw::schema(&schema.with_metadata(metadata.collect()))]
        })
        .harmless()
        .memory(),
        result("batch_of_more_columns_than_the_schema", || {
            let text: ArrayRef = Arc::new(StringArray::from(vec!["a"]));
            let two = RecordBatch::try_from_iter([
                ("n", Arc::new(Int64Array::from(vec![1])) as ArrayRef),
                ("m", text),
            ]);
            let mut messages = vec![raw::schema(&ints([]).schema())];
            messages.extend(raw::batch(&two.unwrap()).unwrap());
            messages
        }),
        result("batch_of_fewer_columns_than_the_schema", || {
            let two = Schema::new(vec![
                Field::new("a", DataType::Int64, true),
                Field::new("b", DataType::Utf8, true),
            ]);
            let mut messages = vec![raw::schema(&two)];
            messages.extend(raw::batch(&ints([1])).unwrap());
            messages
        }),
        Attack {
            target: super::Target::Script(Box::new(|| {
                let schema = raw::schema(&ints([]).schema());
                flightsql_testkit::Script::new()
                    .get_flight_info(Reply::ticket(ints([]).schema(), "t"))
                    .do_get(Reply::raw([schema]).then_repeat())
            })),
            ..schema("schema_without_end", || one(DataType::Int64))
        }
        .act(Act::Batches)
        .options("fetch_timeout=500ms")
        .fails("io TimedOut", "fetch_timeout")
        .memory(),
    ]
}
