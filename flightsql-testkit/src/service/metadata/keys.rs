//! Primary and foreign keys.
//!
//! Layer: service. Messages: `CommandGetPrimaryKeys`, `CommandGetExportedKeys`, `CommandGetImportedKeys`,
//! `CommandGetCrossReference` (<https://arrow.apache.org/docs/format/FlightSql.html>). SQLite has no key names, so they are
//! null.

use std::sync::Arc;

use arrow_array::builder::{Int32Builder, StringBuilder, UInt8Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_flight::sql::{
    CommandGetCrossReference, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, UpdateDeleteRules,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use rusqlite::Connection;

use crate::engine::{CATALOG, ForeignKey, Result, SCHEMA, foreign_keys, primary_key};

pub(crate) fn primary_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("catalog_name", DataType::Utf8, true),
        Field::new("db_schema_name", DataType::Utf8, true),
        Field::new("table_name", DataType::Utf8, false),
        Field::new("column_name", DataType::Utf8, false),
        // The message's comment lists `key_name` first; Arrow's C++, Go and Java servers send, and their clients compare, this order.
        Field::new("key_sequence", DataType::Int32, false),
        Field::new("key_name", DataType::Utf8, true),
    ]))
}

pub(crate) fn foreign_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("pk_catalog_name", DataType::Utf8, true),
        Field::new("pk_db_schema_name", DataType::Utf8, true),
        Field::new("pk_table_name", DataType::Utf8, false),
        Field::new("pk_column_name", DataType::Utf8, false),
        Field::new("fk_catalog_name", DataType::Utf8, true),
        Field::new("fk_db_schema_name", DataType::Utf8, true),
        Field::new("fk_table_name", DataType::Utf8, false),
        Field::new("fk_column_name", DataType::Utf8, false),
        Field::new("key_sequence", DataType::Int32, false),
        Field::new("fk_key_name", DataType::Utf8, true),
        Field::new("pk_key_name", DataType::Utf8, true),
        Field::new("update_rule", DataType::UInt8, false),
        Field::new("delete_rule", DataType::UInt8, false),
    ]))
}

pub(crate) fn primary(conn: &Connection, command: &CommandGetPrimaryKeys) -> Result<RecordBatch> {
    let key = match here(command.catalog.as_deref(), command.db_schema.as_deref()) {
        true => primary_key(conn, &command.table)?,
        false => None,
    };
    let mut text: [StringBuilder; 4] = Default::default();
    let (mut sequence, mut name) = (Int32Builder::new(), StringBuilder::new());
    if let Some((table, columns)) = key {
        for (column, position) in columns {
            for (builder, value) in text.iter_mut().zip([CATALOG, SCHEMA, &table, &column]) {
                builder.append_value(value);
            }
            sequence.append_value(position);
            name.append_null();
        }
    }
    let mut arrays: Vec<ArrayRef> = text
        .iter_mut()
        .map(|builder| Arc::new(builder.finish()) as ArrayRef)
        .collect();
    arrays.push(Arc::new(sequence.finish()));
    arrays.push(Arc::new(name.finish()));
    Ok(RecordBatch::try_new(primary_schema(), arrays)?)
}

/// Returns the keys that reference the table.
pub(crate) fn exported(conn: &Connection, command: &CommandGetExportedKeys) -> Result<RecordBatch> {
    let ours = here(command.catalog.as_deref(), command.db_schema.as_deref());
    let mut keys = matching(conn, ours, |key| {
        key.parent.eq_ignore_ascii_case(&command.table)
    })?;
    keys.sort_by(|a, b| (&a.table, a.id, a.sequence).cmp(&(&b.table, b.id, b.sequence)));
    foreign(&keys)
}

/// Returns the keys of the table that reference others.
pub(crate) fn imported(conn: &Connection, command: &CommandGetImportedKeys) -> Result<RecordBatch> {
    let ours = here(command.catalog.as_deref(), command.db_schema.as_deref());
    let mut keys = matching(conn, ours, |key| {
        key.table.eq_ignore_ascii_case(&command.table)
    })?;
    keys.sort_by(|a, b| (&a.parent, a.id, a.sequence).cmp(&(&b.parent, b.id, b.sequence)));
    foreign(&keys)
}

/// Returns the keys of one table that reference another.
pub(crate) fn crossed(
    conn: &Connection,
    command: &CommandGetCrossReference,
) -> Result<RecordBatch> {
    let ours = here(
        command.pk_catalog.as_deref(),
        command.pk_db_schema.as_deref(),
    ) && here(
        command.fk_catalog.as_deref(),
        command.fk_db_schema.as_deref(),
    );
    let fits = |key: &ForeignKey| {
        key.parent.eq_ignore_ascii_case(&command.pk_table)
            && key.table.eq_ignore_ascii_case(&command.fk_table)
    };
    let mut keys = matching(conn, ours, fits)?;
    keys.sort_by_key(|key| (key.id, key.sequence));
    foreign(&keys)
}

/// Returns `true` if a filter matches the only catalog and schema.
fn here(catalog: Option<&str>, schema: Option<&str>) -> bool {
    catalog.is_none_or(|name| name == CATALOG) && schema.is_none_or(|name| name == SCHEMA)
}

fn matching(
    conn: &Connection,
    ours: bool,
    fits: impl Fn(&ForeignKey) -> bool,
) -> Result<Vec<ForeignKey>> {
    if !ours {
        return Ok(Vec::new());
    }
    Ok(foreign_keys(conn)?.into_iter().filter(fits).collect())
}

fn foreign(keys: &[ForeignKey]) -> Result<RecordBatch> {
    let mut text: [StringBuilder; 8] = Default::default();
    let mut sequence = Int32Builder::new();
    let (mut fk_name, mut pk_name) = (StringBuilder::new(), StringBuilder::new());
    let (mut on_update, mut on_delete) = (UInt8Builder::new(), UInt8Builder::new());
    for key in keys {
        let names = [
            CATALOG,
            SCHEMA,
            &key.parent,
            &key.parent_column,
            CATALOG,
            SCHEMA,
            &key.table,
            &key.column,
        ];
        for (builder, value) in text.iter_mut().zip(names) {
            builder.append_value(value);
        }
        sequence.append_value(key.sequence);
        fk_name.append_null();
        pk_name.append_null();
        on_update.append_value(rule(&key.on_update));
        on_delete.append_value(rule(&key.on_delete));
    }
    let mut arrays: Vec<ArrayRef> = text
        .iter_mut()
        .map(|builder| Arc::new(builder.finish()) as ArrayRef)
        .collect();
    arrays.push(Arc::new(sequence.finish()));
    arrays.push(Arc::new(fk_name.finish()));
    arrays.push(Arc::new(pk_name.finish()));
    arrays.push(Arc::new(on_update.finish()));
    arrays.push(Arc::new(on_delete.finish()));
    Ok(RecordBatch::try_new(foreign_schema(), arrays)?)
}

fn rule(name: &str) -> u8 {
    let rule = match name {
        "CASCADE" => UpdateDeleteRules::Cascade,
        "RESTRICT" => UpdateDeleteRules::Restrict,
        "SET NULL" => UpdateDeleteRules::SetNull,
        "SET DEFAULT" => UpdateDeleteRules::SetDefault,
        _ => UpdateDeleteRules::NoAction,
    };
    u8::try_from(i32::from(rule)).unwrap_or(u8::MAX)
}
