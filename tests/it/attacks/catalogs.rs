//! Replies to catalog queries: other columns, lies about schemas, and listings without an end.

use std::sync::Arc;

use flightsql::arrow::array::{
    ArrayRef, BinaryArray, Int32Array, NullArray, RecordBatch, StringArray, UInt32Array,
};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql_testkit::arrow_flight::sql::CommandGetTables;
use flightsql_testkit::{Reply, Rpc, Script};

use super::perform::{Act, ints};
use super::{Attack, attack};

/// The script of a listing: each query of this command has these rows.
fn listing(command: &'static str, rows: &RecordBatch, stream: Reply) -> Script {
    Script::new()
        .on(
            Rpc::GetFlightInfo,
            command,
            Reply::ticket(rows.schema(), "rows"),
        )
        .do_get(stream)
}

/// A case in which a listing has these rows.
fn lists(
    name: &'static str,
    act: Act,
    rows: impl Fn() -> RecordBatch + Send + Sync + 'static,
) -> Attack {
    attack(name, move || {
        let rows = rows();
        let stream = Reply::batches(rows.schema(), [rows.clone()]);
        listing(command(act), &rows, stream)
    })
    .act(act)
}

/// A case in which a listing repeats these rows.
fn floods(
    name: &'static str,
    act: Act,
    rows: impl Fn() -> RecordBatch + Send + Sync + 'static,
) -> Attack {
    attack(name, move || {
        let rows = rows();
        listing(command(act), &rows, Reply::endless(&rows))
    })
    .act(act)
    .options("metadata_timeout=2s")
    .memory()
}

fn command(act: Act) -> &'static str {
    match act {
        Act::Tables | Act::Columns | Act::ColumnsOf => "CommandGetTables",
        Act::Catalogs => "CommandGetCatalogs",
        Act::Schemas => "CommandGetDbSchemas",
        Act::TableTypes => "CommandGetTableTypes",
        Act::Key => "CommandGetPrimaryKeys",
        Act::Keys => "CommandGetImportedKeys",
        Act::CrossReference => "CommandGetCrossReference",
        Act::Types => "CommandGetXdbcTypeInfo",
        _ => "CommandGetSqlInfo",
    }
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn rows<const N: usize>(columns: [(&str, ArrayRef); N]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))
        .unwrap()
}

/// A table `t` with these bytes as its schema.
fn table_schema(schema: &[u8]) -> RecordBatch {
    let schema: ArrayRef = Arc::new(BinaryArray::from(vec![schema]));
    rows([("table_name", texts(&["t"])), ("table_schema", schema)])
}

fn table_of(schema: &Schema) -> RecordBatch {
    let command = CommandGetTables {
        include_schema: true,
        ..CommandGetTables::default()
    };
    let mut tables = command.into_builder();
    tables.append("", "", "t", "TABLE", schema).unwrap();
    tables.build().unwrap()
}

/// A thousand rows of text of 1 KiB in these columns.
fn wide(columns: &[&str]) -> RecordBatch {
    let long = "x".repeat(1024);
    let column = |name: &&str| {
        let text = if *name == "table_name" { "t" } else { &long };
        let values: ArrayRef = Arc::new(StringArray::from(vec![text; 1000]));
        ((*name).to_owned(), values, true)
    };
    RecordBatch::try_from_iter_with_nullable(columns.iter().map(column)).unwrap()
}

pub(super) fn attacks() -> Vec<Attack> {
    [lies(), endless()].into_iter().flatten().collect()
}

fn lies() -> Vec<Attack> {
    vec![
        lists(
            "table_schemas_of_garbage_in_a_listing",
            Act::Columns,
            || table_schema(&[0xff; 500]),
        )
        .says("schema"),
        lists("schemas_without_a_name", Act::Schemas, || {
            let nothing: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>]));
            rows([("db_schema_name", nothing)])
        })
        .harmless(),
        lists("imported_keys_without_columns", Act::Keys, || {
            rows([("x", texts(&["y"]))])
        })
        .says("without a value for `pk_table_name`"),
        lists("tables_without_a_name", Act::Tables, || {
            rows([("catalog_name", texts(&["c"]))])
        })
        .says("table_name"),
        lists("tables_whose_name_is_a_number", Act::Tables, || {
            rows([(
                "table_name",
                Arc::new(Int32Array::from(vec![7])) as ArrayRef,
            )])
        })
        .harmless(),
        lists("table_schema_of_garbage", Act::ColumnsOf, || {
            table_schema(&[0xff; 500])
        })
        .says("schema"),
        lists("table_schema_of_nothing", Act::ColumnsOf, || {
            table_schema(&[])
        })
        .fails("server", ""),
        lists("table_schema_that_claims_2_gib", Act::ColumnsOf, || {
            table_schema(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
        })
        .says("schema"),
        lists("table_of_300_thousand_columns", Act::ColumnsOf, || {
            let field = Arc::new(Field::new("c", DataType::Int64, true));
            table_of(&Schema::new(vec![field; 300_000]))
        })
        .says("more than")
        .memory(),
        lists("table_of_eleven_thousand_columns", Act::ColumnsOf, || {
            let field = Arc::new(Field::new("c", DataType::Int64, true));
            table_of(&Schema::new(vec![field; 11_000]))
        })
        .says("max_schema_fields"),
        lists("table_of_a_deep_type", Act::ColumnsOf, || {
            let mut deep = DataType::Int64;
            for _ in 0..100 {
                deep = DataType::List(Arc::new(Field::new("item", deep, true)));
            }
            table_of(&Schema::new(vec![Field::new("c", deep, true)]))
        })
        .says("max_nesting"),
        lists("table_that_was_not_named", Act::ColumnsOf, || {
            rows([("table_name", texts(&["other"]))])
        })
        .fails("no row", ""),
        lists("two_tables_of_one_name", Act::ColumnsOf, || {
            rows([
                ("table_name", texts(&["t", "t"])),
                ("db_schema_name", texts(&["a", "b"])),
            ])
        })
        .fails("argument", "schema"),
        lists(
            "cross_reference_without_columns",
            Act::CrossReference,
            || rows([("x", texts(&["y"]))]),
        )
        .says("without a value for `pk_table_name`"),
        lists(
            "cross_reference_of_illegal_rules",
            Act::CrossReference,
            || {
                let number = |value: i32| Arc::new(Int32Array::from(vec![value])) as ArrayRef;
                rows([
                    ("pk_table_name", texts(&["t"])),
                    ("pk_column_name", texts(&["a"])),
                    ("fk_table_name", texts(&["u"])),
                    ("fk_column_name", texts(&["b"])),
                    ("key_sequence", number(i32::MIN)),
                    ("update_rule", number(i32::MAX)),
                    ("delete_rule", number(-1)),
                ])
            },
        )
        .harmless(),
        lists("key_of_one_column_twice", Act::Key, || {
            rows([
                ("table_name", texts(&["t", "t"])),
                ("column_name", texts(&["a", "a"])),
            ])
        })
        .harmless(),
        lists("sql_info_of_other_columns", Act::Info, || ints([1, 2, 3])).harmless(),
        lists("sql_info_without_values", Act::Info, || {
            let ids: ArrayRef = Arc::new(UInt32Array::from(vec![0, 1, 0, u32::MAX]));
            rows([
                ("info_name", ids),
                ("value", Arc::new(NullArray::new(4)) as ArrayRef),
            ])
        })
        .harmless(),
        lists("types_of_other_columns", Act::Types, || ints([1])).harmless(),
        lists("catalogs_of_other_columns", Act::Catalogs, || {
            rows([("x", Arc::new(Int32Array::from(vec![1])) as ArrayRef)])
        })
        .harmless(),
        lists("table_types_of_numbers", Act::TableTypes, || {
            rows([(
                "table_type",
                Arc::new(Int32Array::from(vec![1])) as ArrayRef,
            )])
        })
        .harmless(),
        attack("listing_without_endpoints", || {
            Script::new().on(
                Rpc::GetFlightInfo,
                "CommandGetTables",
                Reply::info(Schema::empty(), []),
            )
        })
        .act(Act::Tables)
        .says("neither columns nor rows"),
    ]
}

fn endless() -> Vec<Attack> {
    const MORE: &str = "the server returned more than";
    vec![
        floods("keys_without_end", Act::Key, || {
            wide(&["table_name", "column_name"])
        })
        .says(MORE),
        floods("columns_without_end", Act::ColumnsOf, || {
            wide(&["table_name", "db_schema_name"])
        })
        .says(MORE),
        floods("sql_info_without_end", Act::Info, || {
            let ids: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..1000));
            let values = texts(&["x".repeat(1024).as_str(); 1000]);
            rows([("info_name", ids), ("value", values)])
        })
        .says(MORE),
        floods("dialect_by_sql_info_without_end", Act::Connect, || {
            let ids: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..1000));
            let values = texts(&["x".repeat(1024).as_str(); 1000]);
            rows([("info_name", ids), ("value", values)])
        })
        .options("dialect=auto")
        .says(MORE)
        .after("unconnected"),
        floods("empty_listing_without_end", Act::Catalogs, || {
            rows([("catalog_name", texts(&[]))])
        })
        .options("metadata_timeout=500ms")
        .fails("io TimedOut", "metadata_timeout"),
    ]
}
