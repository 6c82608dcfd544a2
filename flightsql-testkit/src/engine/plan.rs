//! A statement made ready: its parameters, and the columns of its result.
//!
//! Layer: engine. A column's type comes from its declaration, its cast or literal, or, failing those, from the first
//! rows of the result; a bare placeholder is an echo of the bound column.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use rusqlite::types::Type;
use rusqlite::{Connection, Row, Statement};

use super::catalog::{self, Table, TableColumn};
use super::error::Result;
use super::infer;
use super::params::{Bound, Params, Placeholder};
use super::shape::{self, Item, Shape, Source};
use super::sql::{Sql, Verb};
use super::types::ColType;

/// Rows looked at for the type of a column that has none.
const PEEK_ROWS: usize = 1_000;

/// A statement SQLite has accepted.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) sql: Sql,
    /// The text SQLite runs.
    pub(crate) text: String,
    pub(crate) params: Params,
    /// It changes nothing.
    pub(crate) readonly: bool,
    /// The database's schema version it was made for.
    version: i64,
    columns: Vec<PlanColumn>,
}

#[derive(Debug, Clone)]
struct PlanColumn {
    field: Field,
    source: Origin,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Typed(ColType),
    Echo(usize),
    Unknown,
}

/// The columns of a result about to be read, every type settled.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Vec<OutputColumn>,
}

/// How one column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputColumn {
    Value(ColType),
    /// The bound parameter of this index, repeated.
    Echo(usize),
}

impl Plan {
    /// Lets SQLite check a statement and reads its shape. `catalog` is `conn`, or another connection where reading the
    /// catalog on `conn` would open its snapshot.
    pub(crate) fn new(
        conn: &Connection,
        catalog: &Connection,
        sql: Sql,
        style: Placeholder,
    ) -> Result<Self> {
        let text = sql.for_sqlite();
        let version = version(catalog)?;
        let statement = conn.prepare(&text)?;
        let mut params = Params::new(&sql, &statement, style)?;
        let shape = shape::shape(&sql);
        if !params.list().is_empty() {
            let tables = load(conn, catalog, infer::tables_named(&sql))?;
            infer::infer(&sql, &mut params, &shape, &tables);
        }
        let columns = columns(conn, catalog, &statement, &shape, &params)?;
        // SQLite answers for the statement that is explained.
        let readonly = statement.readonly() || sql.is(0, "EXPLAIN");
        drop(statement);
        Ok(Self {
            sql,
            text,
            params,
            readonly,
            version,
            columns,
        })
    }

    /// Whether tables changed since the plan was made.
    pub(crate) fn is_stale(&self, catalog: &Connection) -> Result<bool> {
        Ok(version(catalog)? != self.version)
    }

    /// Whether it answers rows.
    pub(crate) fn has_rows(&self) -> bool {
        !self.columns.is_empty()
    }

    /// It is run for what it does, not only for its rows.
    pub(crate) fn acts(&self) -> bool {
        !self.readonly || self.sql.acts()
    }

    /// It changes data and answers no rows.
    pub(crate) fn is_change(&self) -> bool {
        self.sql.verb() == Verb::Change && !self.has_rows()
    }

    /// The schema before anything is bound: unknown types are `Null`.
    pub(crate) fn dataset_schema(&self) -> Schema {
        Schema::new(
            self.columns
                .iter()
                .map(|column| column.field.clone())
                .collect::<Vec<_>>(),
        )
    }

    /// Settles every column's type for these bound values; runs the statement up to its first rows if it has to.
    pub(crate) fn output(&self, conn: &Connection, bound: &Bound) -> Result<Output> {
        let unknown: Vec<usize> = (0..self.columns.len())
            .filter(|index| self.columns[*index].source == Origin::Unknown)
            .collect();
        let mut peeked = vec![ColType::Null; self.columns.len()];
        if !unknown.is_empty() && !self.acts() {
            self.peek(conn, bound, &unknown, &mut peeked)?;
        }
        Ok(self.settle(bound, peeked))
    }

    /// The same with the first row at hand, for a statement that must not run twice.
    pub(crate) fn output_of_row(&self, bound: &Bound, row: Option<&Row<'_>>) -> Result<Output> {
        let mut peeked = vec![ColType::Null; self.columns.len()];
        if let Some(row) = row {
            for (index, ty) in peeked.iter_mut().enumerate() {
                *ty = of_value(row.get_ref(index)?.data_type());
            }
        }
        Ok(self.settle(bound, peeked))
    }

    fn settle(&self, bound: &Bound, peeked: Vec<ColType>) -> Output {
        let settled = self
            .columns
            .iter()
            .zip(peeked)
            .map(|(column, peeked)| column.settle(bound, peeked));
        let (fields, columns): (Vec<Field>, Vec<OutputColumn>) = settled.unzip();
        Output {
            schema: Arc::new(Schema::new(fields)),
            columns,
        }
    }

    fn peek(
        &self,
        conn: &Connection,
        bound: &Bound,
        unknown: &[usize],
        peeked: &mut [ColType],
    ) -> Result<()> {
        let mut statement = conn.prepare(&self.text)?;
        self.params.apply(&mut statement, bound)?;
        let mut rows = statement.raw_query();
        for _ in 0..PEEK_ROWS {
            let Some(row) = rows.next()? else {
                return Ok(());
            };
            for index in unknown {
                if peeked[*index] == ColType::Null {
                    peeked[*index] = of_value(row.get_ref(*index)?.data_type());
                }
            }
            if unknown.iter().all(|index| peeked[*index] != ColType::Null) {
                return Ok(());
            }
        }
        Ok(())
    }
}

impl PlanColumn {
    fn settle(&self, bound: &Bound, peeked: ColType) -> (Field, OutputColumn) {
        match self.source {
            Origin::Typed(ty) => (self.field.clone(), OutputColumn::Value(ty)),
            Origin::Echo(param) => match bound.echo.get(param) {
                Some((field, _)) => (
                    field
                        .clone()
                        .with_name(self.field.name())
                        .with_nullable(true),
                    OutputColumn::Echo(param),
                ),
                None => (self.field.clone(), OutputColumn::Value(ColType::Null)),
            },
            Origin::Unknown => {
                let typed = peeked.field(self.field.name(), true);
                let mut metadata = self.field.metadata().clone();
                metadata.extend(typed.metadata().clone());
                (typed.with_metadata(metadata), OutputColumn::Value(peeked))
            }
        }
    }
}

/// The schema version, and the connection's own copy of the schema brought up to it: preparing alone trusts the copy, which
/// another connection may have made stale.
fn version(conn: &Connection) -> Result<i64> {
    conn.query_row(
        "SELECT max(rowid) FROM (SELECT rowid FROM sqlite_schema LIMIT 1)",
        [],
        |_| Ok(()),
    )?;
    Ok(conn.query_row("PRAGMA schema_version", [], |row| row.get(0))?)
}

fn of_value(ty: Type) -> ColType {
    match ty {
        Type::Null => ColType::Null,
        Type::Integer => ColType::Int64,
        Type::Real => ColType::Float64,
        Type::Text => ColType::Text,
        Type::Blob => ColType::Blob,
    }
}

fn load(
    conn: &Connection,
    catalog: &Connection,
    names: impl IntoIterator<Item = String>,
) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for name in names {
        // A temporary table hides another one of its name, and only its own connection sees it.
        let own = match std::ptr::eq(conn, catalog) {
            true => None,
            false => Table::load_in(conn, "temp", &name)?,
        };
        tables.extend(match own {
            Some(table) => Some(table),
            None => Table::load(catalog, &name)?,
        });
    }
    Ok(tables)
}

fn columns(
    conn: &Connection,
    catalog: &Connection,
    statement: &Statement<'_>,
    shape: &Shape,
    params: &Params,
) -> Result<Vec<PlanColumn>> {
    let count = statement.column_count();
    if count == 0 {
        return Ok(Vec::new());
    }
    let names: Vec<String> = shape
        .sources
        .iter()
        .map(|source| source.table.clone())
        .collect();
    let tables = load(conn, catalog, names)?;
    let items = expand(shape, &tables, count);
    let declared = statement.columns();
    let columns = declared.iter().zip(items).map(|(column, item)| {
        let decl = column.decl_type().unwrap_or_default();
        plan_column(column.name(), decl, &item, shape, &tables, params)
    });
    Ok(columns.collect())
}

/// One item per result column. When a star cannot be expanded, the items after it are lost.
fn expand(shape: &Shape, tables: &[Table], count: usize) -> Vec<Item> {
    let known = tables.len() == shape.sources.len();
    let mut items = Vec::with_capacity(count);
    for item in &shape.items {
        let Item::Star(qualifier) = item else {
            items.push(item.clone());
            continue;
        };
        if !known {
            break;
        }
        for (source, table) in shape.sources.iter().zip(tables) {
            if qualifier
                .as_ref()
                .is_none_or(|name| source.alias.eq_ignore_ascii_case(name))
            {
                let column = |column: &TableColumn| Item::Column {
                    qualifier: Some(source.alias.clone()),
                    name: column.name.clone(),
                };
                items.extend(table.columns.iter().map(column));
            }
        }
    }
    // JOIN … USING merges columns: then the count differs and positions prove nothing.
    if known && items.len() != count {
        items.clear();
    }
    items.resize(count, Item::Other);
    items
}

fn plan_column(
    name: &str,
    decl: &str,
    item: &Item,
    shape: &Shape,
    tables: &[Table],
    params: &Params,
) -> PlanColumn {
    let column = |field: Field, source| PlanColumn { field, source };
    match item {
        Item::Placeholder(token) => match params.of_token(*token) {
            Some(param) => column(Field::new(name, DataType::Null, true), Origin::Echo(param)),
            None => column(Field::new(name, DataType::Null, true), Origin::Unknown),
        },
        Item::Typed { ty, nullable } => column(ty.field(name, *nullable), Origin::Typed(*ty)),
        other => {
            let origin = match other {
                Item::Column { qualifier, name } => {
                    resolve(qualifier.as_deref(), name, shape, tables)
                }
                _ => None,
            };
            let decl = origin.map_or(decl, |(_, column)| column.decl.as_str());
            let nullable = shape.outer || origin.is_none_or(|(_, column)| !column.not_null);
            let origin = origin.map(|(table, column)| (table.name.as_str(), column));
            let (field, source) = match ColType::from_decl(decl) {
                Some(ty) => (ty.field(name, nullable), Origin::Typed(ty)),
                None => (Field::new(name, DataType::Null, true), Origin::Unknown),
            };
            column(catalog::describe(field, decl, origin), source)
        }
    }
}

/// The column a plain reference means, if exactly one table has it.
fn resolve<'a>(
    qualifier: Option<&str>,
    name: &str,
    shape: &Shape,
    tables: &'a [Table],
) -> Option<(&'a Table, &'a TableColumn)> {
    if tables.len() != shape.sources.len() {
        return None;
    }
    let matches =
        |source: &Source| qualifier.is_none_or(|wanted| source.alias.eq_ignore_ascii_case(wanted));
    let mut found = shape
        .sources
        .iter()
        .zip(tables)
        .filter(|(source, _)| matches(source))
        .filter_map(|(_, table)| table.column(name).map(|column| (table, column)));
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}
