//! The meaning of the rows of metadata responses.
//!
//! Columns as in [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto), `CommandGet…`.

use std::sync::Arc;

use arrow_schema::{Field, SchemaRef};
use prost::bytes::Bytes;

use super::row::CatalogRow;
use crate::arrow::cell::Cell;
use crate::catalog::{
    DbSchema, Filter, ForeignKeyColumn, Nullable, PrimaryKeyColumn, ReferentialAction, Searchable,
    SqlInfoValue, Table, TableColumn, TableName, XdbcType,
};
use crate::dialect::{Dialect, Place};
use crate::error::{Error, Result};
use crate::protocol::schema;
use crate::result_schema::meant;
use crate::session::Session;

/// The inputs of a reader in addition to its row.
pub(super) struct Context<'a> {
    pub(super) filter: &'a Filter,
    pub(super) session: &'a Session,
}

/// Reads one row, and returns what the filter wants of it.
pub(super) type Read<T> = fn(CatalogRow<'_>, &Context<'_>) -> Result<Vec<T>>;

pub(super) fn catalog(row: CatalogRow<'_>, _: &Context<'_>) -> Result<Vec<String>> {
    let row = row.named(&["catalog_name"]);
    // Deephaven has one catalog without a name, and NULL for it.
    Ok(vec![row.text("catalog_name").unwrap_or_default()])
}

pub(super) fn table_type(row: CatalogRow<'_>, _: &Context<'_>) -> Result<Vec<String>> {
    Ok(vec![row.named(&["table_type"]).needed("table_type")?])
}

pub(super) fn db_schema(row: CatalogRow<'_>, context: &Context<'_>) -> Result<Vec<DbSchema>> {
    let row = row.named(&["catalog_name", "db_schema_name"]);
    let schema = DbSchema {
        catalog: row.text("catalog_name"),
        name: row.text("db_schema_name").unwrap_or_default(),
    };
    let is_wanted = context.filter.wants_schema(&schema);
    Ok(is_wanted.then_some(schema).into_iter().collect())
}

const TABLE: &[&str] = &[
    "catalog_name",
    "db_schema_name",
    "table_name",
    "table_type",
    "table_schema",
];

pub(super) fn table(row: CatalogRow<'_>, context: &Context<'_>) -> Result<Vec<Table>> {
    let listed = listed_table(row, context)?.into_iter();
    let with_schema = |(table, schema): (Table, Result<_>)| {
        let schema = schema.unwrap_or_else(|error| {
            let error = context.session.masked(error);
            log::warn!("a table is listed without its columns: {error}");
            None
        });
        Table { schema, ..table }
    };
    Ok(listed.map(with_schema).collect())
}

/// Reads a table, and its columns, which may not be readable.
pub(super) fn listed_table(
    row: CatalogRow<'_>,
    context: &Context<'_>,
) -> Result<Vec<(Table, Result<Option<SchemaRef>>)>> {
    let row = row.named(TABLE);
    let table = Table {
        name: table_name(row, OWN)?,
        table_type: row.text("table_type").unwrap_or_default(),
        schema: None,
    };
    if !context.filter.wants_table(&table) {
        return Ok(Vec::new());
    }
    let schema = table_schema(row, &table.name, context);
    Ok(vec![(table, schema)])
}

/// The columns with the name of the table itself.
const OWN: [&str; 3] = ["catalog_name", "db_schema_name", "table_name"];

fn table_name(
    row: CatalogRow<'_>,
    [catalog, schema, name]: [&'static str; 3],
) -> Result<TableName> {
    let name = row.needed(name)?;
    Ok(TableName::with(row.text(catalog), row.text(schema), name))
}

fn table_schema(
    row: CatalogRow<'_>,
    table: &TableName,
    context: &Context<'_>,
) -> Result<Option<SchemaRef>> {
    let Some(bytes) = row.bytes("table_schema") else {
        return Ok(None);
    };
    schema::read(
        "DoGet",
        &Bytes::from(bytes),
        &context.session.options().limits,
    )
    .map_err(|error| Error::protocol("DoGet", format!("the columns of table `{table}`: {error}")))
}

pub(super) fn columns(row: CatalogRow<'_>, context: &Context<'_>) -> Result<Vec<TableColumn>> {
    let mut found = Vec::new();
    for (table, schema) in listed_table(row, context)? {
        let Some(schema) = schema? else {
            return Err(Error::unsupported(format!(
                "this server lists table `{}` without its columns; use `columns_of` for one table",
                table.name
            )));
        };
        found.extend(columns_of(&table.name, &schema, context.session.dialect()));
    }
    Ok(found)
}

pub(super) fn columns_of(
    table: &TableName,
    schema: &SchemaRef,
    dialect: &dyn Dialect,
) -> Vec<TableColumn> {
    let column = |(ordinal, field): (usize, &Arc<Field>)| {
        let mapped = meant(field, Place::Table, dialect).field;
        TableColumn::new(table.clone(), ordinal, Arc::clone(field), mapped)
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
    row: CatalogRow<'_>,
    context: &Context<'_>,
) -> Result<Vec<PrimaryKeyColumn>> {
    let row = row.named(PRIMARY_KEY);
    let column = PrimaryKeyColumn {
        table: table_name(row, OWN)?,
        column: row.needed("column_name")?,
        sequence: row.int("key_sequence").unwrap_or_default(),
        key: row.text("key_name").filter(|name| !name.is_empty()),
    };
    let is_wanted = context.filter.wants_name(&column.table);
    Ok(is_wanted.then_some(column).into_iter().collect())
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

/// Reads a key of the referencing table.
pub(super) fn imported_key(
    row: CatalogRow<'_>,
    context: &Context<'_>,
) -> Result<Vec<ForeignKeyColumn>> {
    let key = foreign_key(row)?;
    let is_wanted = context.filter.wants_name(&key.foreign_table);
    Ok(is_wanted.then_some(key).into_iter().collect())
}

/// Reads a key of the referenced table.
pub(super) fn exported_key(
    row: CatalogRow<'_>,
    context: &Context<'_>,
) -> Result<Vec<ForeignKeyColumn>> {
    let key = foreign_key(row)?;
    let is_wanted = context.filter.wants_name(&key.primary_table);
    Ok(is_wanted.then_some(key).into_iter().collect())
}

fn foreign_key(row: CatalogRow<'_>) -> Result<ForeignKeyColumn> {
    let row = row.named(FOREIGN_KEY);
    let name = |column| row.text(column).filter(|name| !name.is_empty());
    let action = |column| row.number(column).and_then(ReferentialAction::from_wire);
    Ok(ForeignKeyColumn {
        primary_table: table_name(
            row,
            ["pk_catalog_name", "pk_db_schema_name", "pk_table_name"],
        )?,
        primary_column: row.needed("pk_column_name")?,
        foreign_table: table_name(
            row,
            ["fk_catalog_name", "fk_db_schema_name", "fk_table_name"],
        )?,
        foreign_column: row.needed("fk_column_name")?,
        sequence: row.int("key_sequence").unwrap_or_default(),
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

pub(super) fn xdbc_type(row: CatalogRow<'_>, context: &Context<'_>) -> Result<Vec<XdbcType>> {
    let row = row.named(XDBC);
    let name = row.needed("type_name")?;
    Ok(vec![XdbcType {
        logical_type: context.session.dialect().named_type(&name),
        name,
        data_type: row.int("data_type").unwrap_or_default(),
        column_size: row.int("column_size"),
        literal_prefix: row.text("literal_prefix"),
        literal_suffix: row.text("literal_suffix"),
        create_params: row.texts("create_params"),
        nullable: Nullable::from_wire(row.number("nullable")),
        case_sensitive: row.flag("case_sensitive").unwrap_or_default(),
        searchable: Searchable::from_wire(row.number("searchable")),
        unsigned: row.flag("unsigned_attribute"),
        fixed_precision_scale: row.flag("fixed_prec_scale").unwrap_or_default(),
        auto_increment: row.flag("auto_increment"),
        local_name: row.text("local_type_name"),
        minimum_scale: row.int("minimum_scale"),
        maximum_scale: row.int("maximum_scale"),
        num_prec_radix: row.int("num_prec_radix"),
    }])
}

/// Reads a row of `CommandGetSqlInfo`. Omits a value whose type is not part of the protocol.
pub(super) fn sql_info(row: CatalogRow<'_>, _: &Context<'_>) -> Result<Vec<(u32, SqlInfoValue)>> {
    let row = row.named(&["info_name", "value"]);
    let id = row.number("info_name").and_then(|id| id.try_into().ok());
    let value = row.cell("value").and_then(sql_info_value);
    Ok(id.zip(value).into_iter().collect())
}

fn sql_info_value(cell: Cell<'_>) -> Option<SqlInfoValue> {
    let int = || i64::try_from(cell.integer()?).ok();
    None.or_else(|| cell.boolean().map(SqlInfoValue::Bool))
        .or_else(|| int().map(SqlInfoValue::Int))
        .or_else(|| cell.text().map(SqlInfoValue::Text))
        .or_else(|| cell.texts().map(SqlInfoValue::TextList))
        .or_else(|| cell.int_lists().map(SqlInfoValue::IntLists))
}
