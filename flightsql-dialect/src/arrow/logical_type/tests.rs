//! Tests of text forms, patterns and targets of logical types.
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, TimeUnit};

use super::{
    BOOL8_EXTENSION, JSON_EXTENSION, LogicalType, OFFSET_EXTENSION, TYPE_NAME_KEY, UUID_EXTENSION,
};

const EXTENSION: &str = "ARROW:extension:name";

fn parsed(text: &str) -> LogicalType {
    text.parse().unwrap()
}

fn field(data_type: DataType, metadata: &[(&str, &str)]) -> Field {
    let metadata = metadata
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    Field::new("c", data_type, true).with_metadata(metadata.collect())
}

fn resolved(target: &str, sent: &Field) -> Option<DataType> {
    let field = parsed(target).resolve(sent)?;
    Some(field.data_type().clone())
}

#[test]
fn text_is_read_back() {
    for text in [
        "any",
        "null",
        "bool",
        "int8",
        "uint64",
        "float32",
        "decimal",
        "decimal(12,2)",
        "decimal(38,-2)",
        "text",
        "json",
        "uuid",
        "binary",
        "binary(16)",
        "date",
        "time",
        "time(ms)",
        "timestamp",
        "timestamp(ns)",
        "timestamptz",
        "timestamptz(us)",
        "duration(s)",
        "interval",
        "list",
        "struct",
        "map",
        "union",
        "Decimal256(76, 0)",
        "Utf8View",
    ] {
        assert_eq!(parsed(text).to_string(), text);
    }
    assert_eq!(parsed("timestamp(µs)"), parsed("timestamp(us)"));
    assert_eq!(parsed("decimal( 12 , 2 )"), parsed("decimal(12,2)"));
}

#[test]
fn rejects_other_text() {
    for text in [
        "",
        "varchar",
        "Varchar",
        "decimal(99999,-7)",
        "decimal(77,0)",
        "decimal(0,0)",
        "decimal(5,6)",
        "decimal(1",
        "binary(-1)",
        "time(h)",
        "int8(3)",
        "Decimal256(",
    ] {
        let error = text.parse::<LogicalType>().unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("unknown type {text:?}; use one of any, ")),
            "{error}"
        );
    }
    assert!("x".repeat(5_000).parse::<LogicalType>().is_err());
}

#[test]
fn fields_have_one_logical_type_whatever_their_encoding() {
    let dictionary = |value| DataType::Dictionary(Box::new(DataType::Int8), Box::new(value));
    let offset = DataType::Struct(Fields::from(vec![
        Field::new(
            "timestamp",
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            true,
        ),
        Field::new("offset_minutes", DataType::Int16, true),
    ]));
    for (data_type, extension, expected) in [
        (DataType::Utf8View, "", "text"),
        (dictionary(DataType::LargeUtf8), "", "text"),
        (DataType::FixedSizeBinary(16), UUID_EXTENSION, "uuid"),
        (DataType::FixedSizeBinary(16), "", "binary(16)"),
        (DataType::Utf8, JSON_EXTENSION, "json"),
        (DataType::Int8, BOOL8_EXTENSION, "bool"),
        (offset, OFFSET_EXTENSION, "timestamptz(ms)"),
        (DataType::Decimal32(5, 2), "", "decimal(5,2)"),
        (
            DataType::Timestamp(TimeUnit::Second, Some("Europe/Paris".into())),
            "",
            "timestamptz(s)",
        ),
        (DataType::Date64, "", "date"),
        (DataType::Float16, "", "Float16"),
    ] {
        let sent = match extension {
            "" => field(data_type, &[]),
            name => field(data_type, &[(EXTENSION, name)]),
        };
        assert_eq!(LogicalType::of(&sent).to_string(), expected);
        assert!(parsed(expected).matches(&sent), "{expected}");
        assert!(LogicalType::Any.matches(&sent));
    }
    assert!(parsed("decimal").matches(&field(DataType::Decimal256(50, 3), &[])));
    assert!(!parsed("decimal(50,2)").matches(&field(DataType::Decimal256(50, 3), &[])));
    assert!(parsed("Utf8View").matches(&field(DataType::Utf8View, &[])));
    assert!(!parsed("Utf8View").matches(&field(DataType::Utf8, &[])));
    assert!(parsed("text").covers(&parsed("Utf8View")));
    assert!(!parsed("Utf8View").covers(&parsed("text")));
}

#[test]
fn a_target_takes_its_parameters_from_the_column() {
    let named = |name| field(DataType::Utf8, &[(TYPE_NAME_KEY, name)]);
    let cases = [
        (
            "decimal",
            named("DECIMAL(12,3)"),
            Some(DataType::Decimal128(12, 3)),
        ),
        (
            "decimal",
            named("NUMERIC(50)"),
            Some(DataType::Decimal256(50, 0)),
        ),
        ("decimal", named("DECIMAL(99999,-7)"), None),
        ("decimal", named("DECIMAL"), None),
        (
            "decimal(39,0)",
            named("LARGEINT"),
            Some(DataType::Decimal256(39, 0)),
        ),
        (
            "decimal",
            field(
                DataType::Utf8,
                &[
                    ("ARROW:FLIGHT:SQL:PRECISION", "9"),
                    ("ARROW:FLIGHT:SQL:SCALE", "2"),
                ],
            ),
            Some(DataType::Decimal128(9, 2)),
        ),
        (
            "decimal",
            field(DataType::Decimal64(9, 2), &[]),
            Some(DataType::Decimal128(9, 2)),
        ),
        (
            "timestamp",
            named("x"),
            Some(DataType::Timestamp(TimeUnit::Microsecond, None)),
        ),
        (
            "timestamptz",
            field(DataType::Timestamp(TimeUnit::Nanosecond, None), &[]),
            Some(DataType::Timestamp(
                TimeUnit::Nanosecond,
                Some("UTC".into()),
            )),
        ),
        ("timestamptz", field(DataType::Int64, &[]), None),
        (
            "timestamptz(ms)",
            field(DataType::Int64, &[]),
            Some(DataType::Timestamp(
                TimeUnit::Millisecond,
                Some("UTC".into()),
            )),
        ),
        (
            "time(ms)",
            named("x"),
            Some(DataType::Time32(TimeUnit::Millisecond)),
        ),
        (
            "json",
            field(DataType::Utf8View, &[]),
            Some(DataType::Utf8View),
        ),
        ("json", field(DataType::Int64, &[]), None),
        (
            "json",
            field(DataType::Timestamp(TimeUnit::Second, None), &[]),
            None,
        ),
        ("list", field(DataType::Utf8, &[]), None),
        ("any", field(DataType::Utf8, &[]), None),
    ];
    for (target, sent, expected) in cases {
        assert_eq!(resolved(target, &sent), expected, "{target} of {sent:?}");
    }
}

#[test]
fn a_target_keeps_metadata_and_replaces_the_extension() {
    let sent = field(
        DataType::Utf8,
        &[
            (TYPE_NAME_KEY, "UUID"),
            ("k", "v"),
            (EXTENSION, JSON_EXTENSION),
        ],
    );
    let meant = LogicalType::Uuid.resolve(&sent).unwrap();
    assert_eq!(meant.extension_type_name(), Some(UUID_EXTENSION));
    assert_eq!(meant.metadata()[TYPE_NAME_KEY], "UUID");
    assert_eq!(meant.metadata()["k"], "v");
    let plain = LogicalType::Text.resolve(&sent).unwrap();
    assert_eq!(plain.extension_type_name(), None);

    let opaque = field(
        DataType::FixedSizeBinary(16),
        &[
            (EXTENSION, "arrow.opaque"),
            (
                "ARROW:extension:metadata",
                r#"{"type_name":"uhugeint","vendor_name":"DuckDB"}"#,
            ),
        ],
    );
    let meant = parsed("decimal(39,0)").resolve(&opaque).unwrap();
    assert_eq!(meant.metadata()[TYPE_NAME_KEY], "uhugeint");
    assert_eq!(meant.extension_type_name(), None);
    assert_eq!(Arc::new(meant).data_type(), &DataType::Decimal256(39, 0));
}
