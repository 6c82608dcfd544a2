//! Schemas that arrow would panic on, or read wrong: each is refused with the reason.

use arrow_flight::FlightData;
use arrow_ipc::convert::IpcSchemaEncoder;
use arrow_ipc::*;
use arrow_schema::{DataType, Field as ArrowField, Schema as ArrowSchema};

use super::parts::schema_message;
use super::{ValidatorLimits, check, limits};

/// A flatbuffer builder; arrow-ipc does not export its type, so what uses it are macros.
macro_rules! flatbuffer {
    () => {{
        let mut buffer = IpcSchemaEncoder::new().schema_to_fb(&ArrowSchema::empty());
        buffer.reset();
        buffer
    }};
}

/// A field of the type `$tag`, whose table is made by `$table` from these settings.
macro_rules! field {
    ($buffer:ident, $tag:ident, $table:ident { $($set:ident: $value:expr),* }) => {
        field!($buffer, $tag, $table { $($set: $value),* }, none(|| FieldBuilder::new(&mut $buffer).finish()), |_field| {})
    };
    ($buffer:ident, $tag:ident, $table:ident { $($set:ident: $value:expr),* }, $children:expr) => {
        field!($buffer, $tag, $table { $($set: $value),* }, $children, |_field| {})
    };
    ($buffer:ident, $tag:ident, $table:ident { $($set:ident: $value:expr),* }, $children:expr, |$field:ident| $more:expr) => {{
        #[allow(unused_mut, reason = "not all types have parameters")]
        let mut table = $table::new(&mut $buffer);
        $(table.$set($value);)*
        let table = table.finish();
        let children = Vec::from($children);
        let children = (!children.is_empty()).then(|| $buffer.create_vector(&children));
        let name = $buffer.create_string("amount");
        let mut $field = FieldBuilder::new(&mut $buffer);
        $field.add_name(name);
        $field.add_type_type(Type::$tag);
        $field.add_type_(table.as_union_value());
        if let Some(children) = children {
            $field.add_children(children);
        }
        $more;
        $field.finish()
    }};
}

/// An empty list of children, with the type of the closure's result.
fn none<T>(_: impl FnOnce() -> T) -> Vec<T> {
    Vec::new()
}

/// A schema message of one field.
macro_rules! schema {
    ($buffer:ident, $field:expr) => {
        schema!($buffer, $field, Endianness::Little, MetadataVersion::V5)
    };
    ($buffer:ident, $field:expr, $endian:expr, $version:expr) => {{
        let field = $field;
        let fields = $buffer.create_vector(&[field]);
        let mut schema = SchemaBuilder::new(&mut $buffer);
        schema.add_endianness($endian);
        schema.add_fields(fields);
        let schema = schema.finish();
        let mut message = MessageBuilder::new(&mut $buffer);
        message.add_version($version);
        message.add_header_type(MessageHeader::Schema);
        message.add_header(schema.as_union_value());
        let message = message.finish();
        $buffer.finish(message, None);
        FlightData::new().with_data_header($buffer.finished_data().to_vec())
    }};
}

/// Asserts that a schema of this field is refused, with this text.
macro_rules! refused {
    ($text:expr, |$buffer:ident| $field:expr) => {{
        let mut $buffer = flatbuffer!();
        let field = $field;
        refused($text, schema!($buffer, field));
    }};
}

fn refused(text: &str, message: FlightData) {
    let error = check(limits(), &[message]).expect_err(text).to_string();
    assert!(error.contains(text), "{error:?} does not say {text:?}");
}

#[test]
fn a_plain_field_passes() {
    let mut buffer = flatbuffer!();
    let message = schema!(buffer, field!(buffer, Int, IntBuilder { add_bitWidth: 32 }));
    check(limits(), &[message]).unwrap();
}

#[test]
fn data_that_is_not_little_endian_is_refused() {
    for endian in [Endianness::Big, Endianness(7)] {
        let mut buffer = flatbuffer!();
        let field = field!(buffer, Bool, BoolBuilder {});
        refused(
            "its schema is not little-endian",
            schema!(buffer, field, endian, MetadataVersion::V5),
        );
    }
}

#[test]
fn other_versions_are_refused() {
    for (version, name) in [(MetadataVersion::V3, "V3"), (MetadataVersion(9), "unknown")] {
        let mut buffer = flatbuffer!();
        let field = field!(buffer, Bool, BoolBuilder {});
        refused(
            &format!("cannot be read: Arrow metadata version {name}"),
            schema!(buffer, field, Endianness::Little, version),
        );
    }
}

#[test]
fn parameters_that_are_not_legal_are_refused() {
    refused!(
        "malformed Arrow message: field \"amount\": its type Int has illegal parameters",
        |b| field!(b, Int, IntBuilder { add_bitWidth: 24 })
    );
    refused!("FloatingPoint has illegal parameters", |b| {
        field!(
            b,
            FloatingPoint,
            FloatingPointBuilder {
                add_precision: Precision(3)
            }
        )
    });
    refused!("FixedSizeBinary has illegal parameters", |b| {
        field!(
            b,
            FixedSizeBinary,
            FixedSizeBinaryBuilder { add_byteWidth: -1 }
        )
    });
    for (bits, precision, scale) in [
        (128, 0, 0),
        (128, 39, 39),
        (128, 300, 0),
        (128, 5, 6),
        (256, 77, 77),
        (256, 76, -200),
        (32, -1, 0),
        (64, 256, 0),
        (96, 5, 0),
    ] {
        refused!("Decimal has illegal parameters", |b| {
            field!(
                b,
                Decimal,
                DecimalBuilder {
                    add_bitWidth: bits,
                    add_precision: precision,
                    add_scale: scale
                }
            )
        });
    }
    refused!("its type an unknown type has illegal parameters", |b| {
        field!(
            b,
            Bool,
            BoolBuilder {},
            none(|| FieldBuilder::new(&mut b).finish()),
            |field| field.add_type_type(Type(99))
        )
    });
}

#[test]
fn times_that_are_not_legal_are_refused() {
    let none = TimeUnit(4);
    refused!("Date has illegal parameters", |b| {
        field!(
            b,
            Date,
            DateBuilder {
                add_unit: DateUnit(2)
            }
        )
    });
    for (bits, unit) in [
        (64, TimeUnit::SECOND),
        (32, TimeUnit::NANOSECOND),
        (16, none),
    ] {
        refused!("Time has illegal parameters", |b| {
            field!(
                b,
                Time,
                TimeBuilder {
                    add_bitWidth: bits,
                    add_unit: unit
                }
            )
        });
    }
    refused!("Timestamp has illegal parameters", |b| {
        field!(b, Timestamp, TimestampBuilder { add_unit: none })
    });
    refused!("Duration has illegal parameters", |b| {
        field!(b, Duration, DurationBuilder { add_unit: none })
    });
    refused!("Interval has illegal parameters", |b| {
        field!(
            b,
            Interval,
            IntervalBuilder {
                add_unit: IntervalUnit(3)
            }
        )
    });
}

#[test]
fn missing_children_are_refused() {
    refused!("List has illegal children", |b| field!(
        b,
        List,
        ListBuilder {}
    ));
    refused!("ListView has illegal children", |b| field!(
        b,
        ListView,
        ListViewBuilder {}
    ));
    refused!("Map has illegal children", |b| field!(
        b,
        Map,
        MapBuilder {}
    ));
    refused!("RunEndEncoded has illegal children", |b| {
        field!(b, RunEndEncoded, RunEndEncodedBuilder {})
    });
    refused!("Union has illegal children", |b| field!(
        b,
        Union,
        UnionBuilder {}
    ));
    refused!("FixedSizeList has illegal children", |b| {
        field!(b, FixedSizeList, FixedSizeListBuilder { add_listSize: 1 })
    });
    refused!("LargeList has illegal children", |b| {
        let one = field!(b, Bool, BoolBuilder {});
        let two = field!(b, Bool, BoolBuilder {});
        field!(b, LargeList, LargeListBuilder {}, [one, two])
    });
}

#[test]
fn children_of_a_wrong_type_are_refused() {
    refused!("FixedSizeList has illegal parameters", |b| {
        let item = field!(b, Bool, BoolBuilder {});
        field!(
            b,
            FixedSizeList,
            FixedSizeListBuilder { add_listSize: -1 },
            [item]
        )
    });
    refused!("the entries of a map are not key and value", |b| {
        let entries = field!(b, Bool, BoolBuilder {});
        field!(b, Map, MapBuilder {}, [entries])
    });
    refused!("the entries of a map are not key and value", |b| {
        let key = field!(b, Bool, BoolBuilder {});
        let entries = field!(b, Struct_, Struct_Builder {}, [key]);
        field!(b, Map, MapBuilder {}, [entries])
    });
    for (bits, signed) in [(8, true), (32, false)] {
        refused!("RunEndEncoded has illegal run ends", |b| {
            let ends = field!(
                b,
                Int,
                IntBuilder {
                    add_bitWidth: bits,
                    add_is_signed: signed
                }
            );
            let values = field!(b, Bool, BoolBuilder {});
            field!(b, RunEndEncoded, RunEndEncodedBuilder {}, [ends, values])
        });
    }
}

#[test]
fn unions_that_are_not_legal_are_refused() {
    for ids in [[0, 0], [-1, 0], [128, 0], [256, 0]] {
        refused!("Union has illegal type ids", |b| {
            let children = [
                field!(b, Bool, BoolBuilder {}),
                field!(b, Bool, BoolBuilder {}),
            ];
            let ids = b.create_vector(&ids);
            field!(b, Union, UnionBuilder { add_typeIds: ids }, children)
        });
    }
    refused!("Union has illegal type ids", |b| {
        let children = [field!(b, Bool, BoolBuilder {})];
        let ids = b.create_vector(&[0, 1]);
        field!(b, Union, UnionBuilder { add_typeIds: ids }, children)
    });
    refused!("Union has illegal mode", |b| {
        let children = [field!(b, Bool, BoolBuilder {})];
        field!(
            b,
            Union,
            UnionBuilder {
                add_mode: UnionMode(2)
            },
            children
        )
    });
    refused!("Union has illegal children", |b| {
        let mut children = Vec::new();
        for _ in 0..129 {
            children.push(field!(b, Bool, BoolBuilder {}));
        }
        field!(b, Union, UnionBuilder {}, children)
    });
}

#[test]
fn dictionaries_that_are_not_legal_are_refused() {
    refused!("its dictionary does not say the type of its keys", |b| {
        let dictionary = DictionaryEncodingBuilder::new(&mut b).finish();
        field!(
            b,
            Utf8,
            Utf8Builder {},
            none(|| FieldBuilder::new(&mut b).finish()),
            |field| field.add_dictionary(dictionary)
        )
    });
    refused!("Utf8 has illegal dictionary keys", |b| {
        let mut key = IntBuilder::new(&mut b);
        key.add_bitWidth(12);
        let key = key.finish();
        let mut dictionary = DictionaryEncodingBuilder::new(&mut b);
        dictionary.add_indexType(key);
        let dictionary = dictionary.finish();
        field!(
            b,
            Utf8,
            Utf8Builder {},
            none(|| FieldBuilder::new(&mut b).finish()),
            |field| field.add_dictionary(dictionary)
        )
    });
    refused!("dictionary 0 is used with two types", |b| {
        let mut children = Vec::new();
        for tag in [Type::Utf8, Type::Bool] {
            let mut key = IntBuilder::new(&mut b);
            key.add_bitWidth(8);
            let key = key.finish();
            let mut dictionary = DictionaryEncodingBuilder::new(&mut b);
            dictionary.add_indexType(key);
            let dictionary = dictionary.finish();
            children.push(field!(
                b,
                Utf8,
                Utf8Builder {},
                none(|| FieldBuilder::new(&mut b).finish()),
                |field| {
                    field.add_dictionary(dictionary);
                    field.add_type_type(tag);
                }
            ));
        }
        field!(b, Struct_, Struct_Builder {}, children)
    });
}

#[test]
fn limits_of_the_schema_name_their_option() {
    let pair = |item: DataType| {
        DataType::Struct(
            (0..2)
                .map(|_| ArrowField::new("f", item.clone(), true))
                .collect(),
        )
    };
    let wide = schema_message(vec![pair(pair(DataType::Int8))]);
    let few = ValidatorLimits {
        max_schema_fields: 6,
        ..limits()
    };
    let error = check(few, std::slice::from_ref(&wide)).unwrap_err();
    assert_eq!(error.option(), Some("max_schema_fields"));
    assert_eq!(
        error.to_string(),
        "the server sent 7 schema fields, more than the option max_schema_fields=6 allows"
    );
    let flat = ValidatorLimits {
        max_nesting: 2,
        ..limits()
    };
    let error = check(flat, &[wide]).unwrap_err();
    assert_eq!(error.option(), Some("max_nesting"));
    assert_eq!(
        error.to_string(),
        "the server sent 3 levels of nesting, more than the option max_nesting=2 allows"
    );
}
