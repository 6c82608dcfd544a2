//! Cases of type maps: columns as sent, the rules that apply, and the meant types.

use std::sync::Arc;

use flightsql::arrow::array::builder::{
    FixedSizeBinaryBuilder, ListBuilder, MapBuilder, StringBuilder,
};
use flightsql::arrow::array::{
    Array, ArrayRef, BinaryArray, DictionaryArray, Int8Array, Int64Array, RecordBatch, StringArray,
    StringViewArray, StructArray, TimestampMillisecondArray, types::Int8Type,
};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::dialect::{Encoding, LogicalType, TypeRule};
use flightsql_testkit::arrow_flight::{IpcMessage, SchemaAsIpc};

const TYPE_NAME: &str = "ARROW:FLIGHT:SQL:TYPE_NAME";
const EXTENSION: &str = "ARROW:extension:name";

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) rules: Vec<TypeRule>,
    pub(super) sent: Field,
    pub(super) array: ArrayRef,
    /// The type as `Debug` of the type info shows it.
    pub(super) meant: &'static str,
    /// The values as text; a refused value as sent.
    pub(super) shown: &'static [&'static str],
    /// The row of a value that the meant type cannot hold.
    pub(super) refused: Option<usize>,
}

pub(super) fn logical(text: &str) -> LogicalType {
    text.parse().unwrap()
}

pub(super) fn rule(sent: &str, sql_type: &str, means: &str) -> TypeRule {
    let rule = TypeRule::new(logical(sent), logical(means));
    match sql_type {
        "" => rule,
        name => rule.with_sql_type(name),
    }
}

pub(super) fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// A nullable field that has a type name of the server.
pub(super) fn named(array: &ArrayRef, sql_type: &str) -> Field {
    let metadata = match sql_type {
        "" => [].into(),
        name => [(TYPE_NAME.to_owned(), name.to_owned())].into(),
    };
    Field::new("c", array.data_type().clone(), true).with_metadata(metadata)
}

impl Case {
    fn new(
        name: &'static str,
        rule: TypeRule,
        array: ArrayRef,
        sql_type: &str,
        meant: &'static str,
        shown: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            rules: vec![rule],
            sent: named(&array, sql_type),
            array,
            meant,
            shown,
            refused: None,
        }
    }

    fn refused(mut self, row: usize) -> Self {
        self.refused = Some(row);
        self
    }

    fn sent(mut self, change: impl FnOnce(Field) -> Field) -> Self {
        self.sent = change(self.sent);
        self
    }

    pub(super) fn schema(&self) -> Arc<Schema> {
        Arc::new(Schema::new(vec![self.sent.clone()]))
    }

    pub(super) fn batch(&self) -> RecordBatch {
        RecordBatch::try_new(self.schema(), vec![Arc::clone(&self.array)]).unwrap()
    }

    /// Returns the case without its rejected value.
    pub(super) fn valid(&self) -> RecordBatch {
        let rows = self.refused.unwrap_or(self.array.len());
        self.batch().slice(0, rows)
    }
}

const A: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

pub(super) fn all() -> Vec<Case> {
    let mut all = plain();
    all.extend(nested());
    all
}

fn plain() -> Vec<Case> {
    let uuids = || texts(&[Some(A), None, Some("not one")]);
    let flags: ArrayRef = Arc::new(Int8Array::from(vec![Some(1), Some(0), None, Some(2)]));
    let instants: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![Some(1_500), None]));
    let counts: ArrayRef = Arc::new(Int64Array::from(vec![Some(1_500), None]));
    let mut by_column = TypeRule::new(logical("any"), logical("bool"));
    by_column.column = Some("c*".to_owned());
    let mut by_extension = TypeRule::new(logical("text"), logical("uuid"));
    by_extension.extension = Some("quarry.uuid".to_owned());
    vec![
        Case::new(
            "text to uuid",
            rule("text", "UUID", "uuid"),
            uuids(),
            "uuid",
            "uuid (FixedSizeBinary(16), arrow.uuid)",
            &[A, "NULL", "not one"],
        )
        .refused(2),
        Case::new(
            "a view of text to uuid",
            rule("text", "UUID", "uuid"),
            Arc::new(StringViewArray::from(vec![Some(A), None])),
            "UUID",
            "UUID (FixedSizeBinary(16), arrow.uuid)",
            &[A, "NULL"],
        ),
        Case::new(
            "a dictionary of text to uuid",
            rule("text", "UUID", "uuid"),
            Arc::new(
                [Some(A), None, Some("x"), Some(A)]
                    .into_iter()
                    .collect::<DictionaryArray<Int8Type>>(),
            ),
            "UUID",
            "UUID (FixedSizeBinary(16), arrow.uuid)",
            &[A, "NULL", "x", A],
        )
        .refused(2),
        Case::new(
            "text to json",
            rule("text", "JSON", "json"),
            texts(&[Some("{\"a\":1}"), None]),
            "JSON",
            "JSON (Utf8, arrow.json)",
            &["{\"a\":1}", "NULL"],
        ),
        Case::new(
            "text to decimal, digits by name",
            rule("text", "DECIMAL", "decimal"),
            texts(&[Some("12.5"), None, Some("-0.01"), Some("12.345")]),
            "DECIMAL(12,2)",
            "DECIMAL(12,2) (Decimal128(12, 2))",
            &["12.50", "NULL", "-0.01", "12.345"],
        )
        .refused(3),
        Case::new(
            "text to a decimal of 39 digits",
            rule("text", "LARGEINT", "decimal(39,0)"),
            texts(&[Some("170141183460469231731687303715884105727"), Some("NaN")]),
            "LARGEINT",
            "LARGEINT (Decimal256(39, 0))",
            &["170141183460469231731687303715884105727", "NaN"],
        )
        .refused(1),
        Case::new(
            "int8 to bool",
            rule("int8", "BOOL*", "bool"),
            flags.clone(),
            "BOOLEAN",
            "BOOLEAN (Boolean)",
            &["true", "false", "NULL", "2"],
        )
        .refused(3),
        Case::new(
            "by column",
            by_column,
            flags,
            "",
            "BOOLEAN (Boolean)",
            &["true", "false", "NULL", "2"],
        )
        .refused(3),
        Case::new(
            "by extension",
            by_extension,
            uuids(),
            "",
            "UUID (FixedSizeBinary(16), arrow.uuid)",
            &[A, "NULL", "not one"],
        )
        .refused(2)
        .sent(|field| {
            field.with_metadata([(EXTENSION.to_owned(), "quarry.uuid".to_owned())].into())
        }),
        Case::new(
            "timestamp to timestamptz",
            rule("timestamp", "", "timestamptz"),
            instants,
            "DATETIME",
            "DATETIME (Timestamp(ms, \"UTC\"))",
            &["1970-01-01T00:00:01.500Z", "NULL"],
        ),
        Case::new(
            "int64 to timestamptz",
            rule("int64", "EPOCH", "timestamptz(ms)"),
            counts,
            "EPOCH",
            "EPOCH (Timestamp(ms, \"UTC\"))",
            &["1970-01-01T00:00:01.500Z", "NULL"],
        ),
        Case::new(
            "text to date",
            rule("text", "DATE", "date"),
            texts(&[Some("2024-02-29"), Some("2023-02-29")]),
            "DATE",
            "DATE (Date32)",
            &["2024-02-29", "2023-02-29"],
        )
        .refused(1),
        Case::new(
            "text to int64",
            rule("text", "BIGINT", "int64"),
            texts(&[Some("-7"), None, Some("7.5")]),
            "BIGINT",
            "BIGINT (Int64)",
            &["-7", "NULL", "7.5"],
        )
        .refused(2),
        opaque(
            "uhugeint",
            Encoding::LittleEndian,
            {
                let mut bytes = FixedSizeBinaryBuilder::new(16);
                bytes.append_value(5_u128.to_le_bytes()).unwrap();
                bytes.append_null();
                bytes.append_value(u128::MAX.to_le_bytes()).unwrap();
                Arc::new(bytes.finish())
            },
            "uhugeint (Decimal256(39, 0))",
            &["5", "NULL", "340282366920938463463374607431768211455"],
        ),
        opaque(
            "bignum",
            Encoding::DuckdbBignum,
            Arc::new(BinaryArray::from_opt_vec(vec![
                Some(&[0x80, 0, 1, 7][..]),
                None,
                Some(&[0x7f, 0xff, 0xfe, 0xf8]),
            ])),
            "bignum (Decimal256(39, 0))",
            &["7", "NULL", "-7"],
        ),
    ]
}

/// A type without an Arrow type, as DuckDB sends it.
fn opaque(
    name: &'static str,
    encoding: Encoding,
    array: ArrayRef,
    meant: &'static str,
    shown: &'static [&'static str],
) -> Case {
    let rule = rule("binary", name, "decimal(39,0)").with_encoding(encoding);
    let description = format!(r#"{{"type_name":"{name}","vendor_name":"DuckDB"}}"#);
    Case::new(name, rule, array, "", meant, shown).sent(|field| {
        let metadata = [
            (EXTENSION.to_owned(), "arrow.opaque".to_owned()),
            ("ARROW:extension:metadata".to_owned(), description),
        ];
        field.with_metadata(metadata.into())
    })
}

fn nested() -> Vec<Case> {
    let mut items = ListBuilder::new(StringBuilder::new());
    items.append_value([Some(A), None]);
    items.append_null();
    items.append_value([Some(A), Some("no")]);
    let items = items.finish();
    let item = Field::new("item", DataType::Utf8, true)
        .with_metadata([(TYPE_NAME.to_owned(), "UUID".to_owned())].into());
    let (_, offsets, values, nulls) = items.into_parts();
    let list: ArrayRef = Arc::new(
        flightsql::arrow::array::ListArray::try_new(Arc::new(item), offsets, values, nulls)
            .unwrap(),
    );

    let id = named(&texts(&[]), "UUID").with_name("id");
    let ok = Field::new("ok", DataType::Int8, true);
    let record: ArrayRef = Arc::new(StructArray::from(vec![
        (Arc::new(id), texts(&[Some(A), Some(A), Some("no")])),
        (
            Arc::new(ok),
            Arc::new(Int8Array::from(vec![Some(1), None, Some(1)])) as ArrayRef,
        ),
    ]));

    let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    map.keys().append_value("a");
    map.values().append_value("7");
    map.append(true).unwrap();
    map.append(false).unwrap();
    map.keys().append_value("b");
    map.values().append_value("x");
    map.append(true).unwrap();
    let map: ArrayRef = Arc::new(map.finish());
    let mut values = TypeRule::new(logical("text"), logical("int64"));
    values.column = Some("values".to_owned());

    let mut flags = rule("int8", "", "bool");
    flags.column = Some("ok".to_owned());
    let mut record = Case::new(
        "fields of a struct",
        rule("text", "UUID", "uuid"),
        record,
        "",
        "ROW(id BINARY(16), ok BOOLEAN) (Struct(",
        &[
            "{id: 67e55044-10b1-426f-9247-bb680e5fe0c8, ok: true}",
            "{id: 67e55044-10b1-426f-9247-bb680e5fe0c8, ok: NULL}",
            "{id: no, ok: 1}",
        ],
    )
    .refused(2);
    record.rules.push(flags);
    vec![
        Case::new(
            "items of a list",
            rule("text", "UUID", "uuid"),
            list,
            "",
            "BINARY(16) ARRAY (List(FixedSizeBinary(16)))",
            &[
                "[67e55044-10b1-426f-9247-bb680e5fe0c8, NULL]",
                "NULL",
                "[67e55044-10b1-426f-9247-bb680e5fe0c8, no]",
            ],
        )
        .refused(2),
        record,
        Case::new(
            "values of a map",
            values,
            map,
            "",
            "MAP(VARCHAR, BIGINT) (Map)",
            &["{a: 7}", "NULL", "{b: x}"],
        )
        .refused(2),
    ]
}

/// A listing of one table with the schema of its columns.
pub(super) fn tables(name: &str, columns: &Schema) -> RecordBatch {
    let options = Default::default();
    let message: IpcMessage = SchemaAsIpc::new(columns, &options).try_into().unwrap();
    let text = |value: &str| -> ArrayRef { Arc::new(StringArray::from(vec![value])) };
    RecordBatch::try_from_iter([
        ("catalog_name", text("main")),
        ("db_schema_name", text("public")),
        ("table_name", text(name)),
        ("table_type", text("TABLE")),
        (
            "table_schema",
            Arc::new(BinaryArray::from_vec(vec![&message.0])) as ArrayRef,
        ),
    ])
    .unwrap()
}
