//! From the rows of metadata answers to what they mean (layer 4).
//!
//! Columns as in [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto), `CommandGet…`.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{Field, SchemaRef};
use prost::bytes::Bytes;

use super::cells::{Cells, decode};
use crate::catalog::{
    DbSchema, Filter, ForeignKeyColumn, KeyAction, Nullable, PrimaryKeyColumn, Searchable,
    SqlInfoValue, Table, TableColumn, TableName, XdbcType,
};
use crate::dialect::{Dialect, Place};
use crate::error::{Error, Result};
use crate::options::FlightSqlConnectOptions;
use crate::protocol::schema;
use crate::result_schema::meant;
use crate::row::FlightSqlRow;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::FlightSqlValueRef;

/// What a reader may look at besides its row.
pub(super) struct Context<'a> {
    pub(super) filter: &'a Filter,
    pub(super) options: &'a FlightSqlConnectOptions,
}

/// Reads one row, and adds what is wanted of it.
pub(super) type Read<T> = fn(&FlightSqlRow, &Context<'_>, &mut Vec<T>) -> Result<()>;

pub(super) fn catalog(
    row: &FlightSqlRow,
    _context: &Context<'_>,
    found: &mut Vec<String>,
) -> Result<()> {
    let cells = Cells::new(row, &["catalog_name"]);
    // Deephaven has one catalog without a name, and NULL for it.
    found.push(cells.text("catalog_name").unwrap_or_default());
    Ok(())
}

pub(super) fn table_type(
    row: &FlightSqlRow,
    _context: &Context<'_>,
    found: &mut Vec<String>,
) -> Result<()> {
    found.push(Cells::new(row, &["table_type"]).needed("table_type")?);
    Ok(())
}

pub(super) fn db_schema(
    row: &FlightSqlRow,
    context: &Context<'_>,
    found: &mut Vec<DbSchema>,
) -> Result<()> {
    let cells = Cells::new(row, &["catalog_name", "db_schema_name"]);
    let schema = DbSchema {
        catalog: cells.text("catalog_name"),
        name: cells.text("db_schema_name").unwrap_or_default(),
    };
    if context.filter.wants_schema(&schema) {
        found.push(schema);
    }
    Ok(())
}

const TABLE: &[&str] = &[
    "catalog_name",
    "db_schema_name",
    "table_name",
    "table_type",
    "table_schema",
];

pub(super) fn table(
    row: &FlightSqlRow,
    context: &Context<'_>,
    found: &mut Vec<Table>,
) -> Result<()> {
    let cells = Cells::new(row, TABLE);
    let mut table = Table {
        name: TableName::with(
            cells.text("catalog_name"),
            cells.text("db_schema_name"),
            cells.needed("table_name")?,
        ),
        table_type: cells.text("table_type").unwrap_or_default(),
        schema: None,
    };
    if context.filter.wants_table(&table) {
        table.schema = table_schema(&cells, &table.name, context)?;
        found.push(table);
    }
    Ok(())
}

fn table_schema(
    cells: &Cells<'_>,
    table: &TableName,
    context: &Context<'_>,
) -> Result<Option<SchemaRef>> {
    let Some(bytes) = cells.bytes("table_schema") else {
        return Ok(None);
    };
    schema::read("DoGet", &Bytes::from(bytes), &context.options.limits)
        .map_err(|error| Error::peer("DoGet", format!("the columns of table `{table}`: {error}")))
}

pub(super) fn columns(
    row: &FlightSqlRow,
    context: &Context<'_>,
    found: &mut Vec<TableColumn>,
) -> Result<()> {
    let mut tables = Vec::new();
    table(row, context, &mut tables)?;
    for table in tables {
        let Some(schema) = &table.schema else {
            return Err(Error::unsupported(format!(
                "this server lists table `{}` without its columns; `columns_of` asks for those of one table",
                table.name
            )));
        };
        found.extend(columns_of(&table.name, schema, &*context.options.dialect));
    }
    Ok(())
}

/// The columns that a table's schema says.
pub(super) fn columns_of(
    table: &TableName,
    schema: &SchemaRef,
    dialect: &dyn Dialect,
) -> Vec<TableColumn> {
    let column = |(ordinal, field): (usize, &Arc<Field>)| {
        let info = FlightSqlTypeInfo::from_field(&meant(field, Place::Table, dialect).field);
        TableColumn::new(table.clone(), ordinal, Arc::clone(field), info)
    };
    schema.fields().iter().enumerate().map(column).collect()
}

const PRIMARY_KEY: &[&str] = &[
    "catalog_name",
    "db_schema_name",
    "table_name",
    "column_name",
    "key_name",
    "key_sequence",
];

pub(super) fn primary_key(
    row: &FlightSqlRow,
    context: &Context<'_>,
    found: &mut Vec<PrimaryKeyColumn>,
) -> Result<()> {
    let cells = Cells::new(row, PRIMARY_KEY);
    let column = PrimaryKeyColumn {
        table: TableName::with(
            cells.text("catalog_name"),
            cells.text("db_schema_name"),
            cells.needed("table_name")?,
        ),
        column: cells.needed("column_name")?,
        sequence: cells.int("key_sequence").unwrap_or_default(),
        key: cells.text("key_name").filter(|name| !name.is_empty()),
    };
    if context.filter.wants_name(&column.table) {
        found.push(column);
    }
    Ok(())
}

const FOREIGN_KEY: &[&str] = &[
    "pk_catalog_name",
    "pk_db_schema_name",
    "pk_table_name",
    "pk_column_name",
    "fk_catalog_name",
    "fk_db_schema_name",
    "fk_table_name",
    "fk_column_name",
    "key_sequence",
    "fk_key_name",
    "pk_key_name",
    "update_rule",
    "delete_rule",
];

/// Of the table that refers.
pub(super) fn imported_key(
    row: &FlightSqlRow,
    context: &Context<'_>,
    found: &mut Vec<ForeignKeyColumn>,
) -> Result<()> {
    let key = foreign_key(row)?;
    found.extend(context.filter.wants_name(&key.foreign_table).then_some(key));
    Ok(())
}

/// Of the table that is referred to.
pub(super) fn exported_key(
    row: &FlightSqlRow,
    context: &Context<'_>,
    found: &mut Vec<ForeignKeyColumn>,
) -> Result<()> {
    let key = foreign_key(row)?;
    found.extend(context.filter.wants_name(&key.primary_table).then_some(key));
    Ok(())
}

fn foreign_key(row: &FlightSqlRow) -> Result<ForeignKeyColumn> {
    let cells = Cells::new(row, FOREIGN_KEY);
    let name = |column| cells.text(column).filter(|name| !name.is_empty());
    let action = |column| cells.number(column).and_then(KeyAction::from_wire);
    Ok(ForeignKeyColumn {
        primary_table: TableName::with(
            cells.text("pk_catalog_name"),
            cells.text("pk_db_schema_name"),
            cells.needed("pk_table_name")?,
        ),
        primary_column: cells.needed("pk_column_name")?,
        foreign_table: TableName::with(
            cells.text("fk_catalog_name"),
            cells.text("fk_db_schema_name"),
            cells.needed("fk_table_name")?,
        ),
        foreign_column: cells.needed("fk_column_name")?,
        sequence: cells.int("key_sequence").unwrap_or_default(),
        foreign_key: name("fk_key_name"),
        primary_key: name("pk_key_name"),
        on_update: action("update_rule"),
        on_delete: action("delete_rule"),
    })
}

const XDBC: &[&str] = &[
    "type_name",
    "data_type",
    "column_size",
    "literal_prefix",
    "literal_suffix",
    "create_params",
    "nullable",
    "case_sensitive",
    "searchable",
    "unsigned_attribute",
    "fixed_prec_scale",
    "auto_increment",
    "local_type_name",
    "minimum_scale",
    "maximum_scale",
    "sql_data_type",
    "datetime_subcode",
    "num_prec_radix",
    "interval_precision",
];

pub(super) fn xdbc_type(
    row: &FlightSqlRow,
    context: &Context<'_>,
    found: &mut Vec<XdbcType>,
) -> Result<()> {
    let cells = Cells::new(row, XDBC);
    let name = cells.needed("type_name")?;
    found.push(XdbcType {
        logical_type: context.options.dialect.named_type(&name),
        name,
        data_type: cells.int("data_type").unwrap_or_default(),
        column_size: cells.int("column_size"),
        literal_prefix: cells.text("literal_prefix"),
        literal_suffix: cells.text("literal_suffix"),
        create_params: cells.texts("create_params"),
        nullable: Nullable::from_wire(cells.number("nullable")),
        case_sensitive: cells.flag("case_sensitive").unwrap_or_default(),
        searchable: Searchable::from_wire(cells.number("searchable")),
        unsigned: cells.flag("unsigned_attribute"),
        fixed_precision_scale: cells.flag("fixed_prec_scale").unwrap_or_default(),
        auto_increment: cells.flag("auto_increment"),
        local_name: cells.text("local_type_name"),
        minimum_scale: cells.int("minimum_scale"),
        maximum_scale: cells.int("maximum_scale"),
        num_prec_radix: cells.int("num_prec_radix"),
    });
    Ok(())
}

/// A row of `CommandGetSqlInfo`. A value of a form that the protocol does not have is left out.
pub(super) fn sql_info(
    row: &FlightSqlRow,
    _context: &Context<'_>,
    found: &mut Vec<(u32, SqlInfoValue)>,
) -> Result<()> {
    let cells = Cells::new(row, &["info_name", "value"]);
    let id = cells.number("info_name").and_then(|id| id.try_into().ok());
    let value = cells.value("value").and_then(sql_info_value);
    found.extend(id.zip(value));
    Ok(())
}

fn sql_info_value(value: FlightSqlValueRef<'_>) -> Option<SqlInfoValue> {
    None.or_else(|| decode(value).map(SqlInfoValue::Bool))
        .or_else(|| decode(value).map(SqlInfoValue::Int))
        .or_else(|| decode(value).map(SqlInfoValue::Text))
        .or_else(|| {
            let texts = decode::<Vec<Option<String>>>(value)?;
            Some(SqlInfoValue::TextList(
                texts.into_iter().flatten().collect(),
            ))
        })
        .or_else(|| {
            let lists = decode::<BTreeMap<i32, Vec<i32>>>(value)?;
            Some(SqlInfoValue::IntLists(lists))
        })
}
