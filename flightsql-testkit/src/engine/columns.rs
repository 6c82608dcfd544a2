//! The columns of a result: their types and fields.
//!
//! Layer: engine, above `derive`. A column's type is derived from the SQL. If that is not possible, all values of the
//! column determine its type ([`Seen`]). A bare placeholder returns the bound column.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use rusqlite::types::Type;
use rusqlite::{Rows, Statement};

use super::catalog;
use super::derive::{Expr, Form, Origin};
use super::error::Result;
use super::params::{Bound, Params};
use super::types::ColType;

/// Maximum number of rows that determine the type of an untyped column, because statements may be endless. A later value of
/// another type is an error that names the column.
const LOOK_ROWS: usize = 100_000;

/// The columns of a statement, in order.
#[derive(Debug, Clone)]
pub(crate) struct Columns(Vec<Column>);

#[derive(Debug, Clone)]
struct Column {
    field: Field,
    source: Source,
    /// Whether a value may be NULL, in a column of unknown type.
    nullable: bool,
}

/// Source of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Typed(ColType),
    Echo(usize),
    Unknown,
}

/// The columns of a result with their final types.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) schema: SchemaRef,
    pub(crate) columns: Vec<OutputColumn>,
}

/// The source of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputColumn {
    Value(ColType),
    /// Repeats the bound parameter of this index.
    Echo(usize),
}

impl Columns {
    /// Returns the columns of a prepared statement. `derived` is empty if the SQL could not be parsed.
    pub(crate) fn new(statement: &Statement<'_>, derived: Vec<Expr>, params: &Params) -> Self {
        let declared = statement.columns();
        let known = derived.len() == declared.len();
        let mut derived = derived.into_iter();
        let column = |column: &rusqlite::Column<'_>| {
            let decl = column.decl_type().unwrap_or_default();
            let mut expr: Expr = derived
                .next()
                .filter(|_| known)
                .unwrap_or_else(Expr::unknown);
            // SQLite reports the column of a name reliably, except for a compound, also in a view: it reports that of one arm.
            let other = |origin: &Origin| !origin.column().decl.eq_ignore_ascii_case(decl);
            if !decl.is_empty() && matches!(&expr.form, Form::Column(origin) if other(origin)) {
                expr = Expr::unknown();
            }
            Column::new(column.name(), decl, expr, params)
        };
        Self(declared.iter().map(column).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns `true` if the types of some columns depend on their values.
    pub(crate) fn is_untyped(&self) -> bool {
        self.0.iter().any(|column| column.source == Source::Unknown)
    }

    /// Returns the schema before binding. Unknown types are `Null`.
    pub(crate) fn schema(&self) -> Schema {
        let fields = self.0.iter().map(|column| column.field.clone());
        Schema::new(fields.collect::<Vec<_>>())
    }

    pub(crate) fn unseen(&self) -> Seen {
        Seen(vec![Kinds::default(); self.0.len()])
    }

    /// Determines the type of every column.
    pub(crate) fn settle(&self, bound: &Bound, seen: &Seen) -> Output {
        let columns = self.0.iter().zip(&seen.0);
        let settled = columns.map(|(column, seen)| column.settle(bound, seen.ty()));
        let (fields, columns): (Vec<Field>, Vec<OutputColumn>) = settled.unzip();
        Output {
            schema: Arc::new(Schema::new(fields)),
            columns,
        }
    }
}

impl Column {
    fn new(name: &str, decl: &str, expr: Expr, params: &Params) -> Self {
        let untyped = || Field::new(name, DataType::Null, true);
        let (ty, nullable, form) = (expr.ty, expr.nullable, expr.form);
        if let Form::Placeholder(token) = form
            && let Some(param) = params.of_token(token)
        {
            return Self {
                field: untyped(),
                source: Source::Echo(param),
                nullable: true,
            };
        }
        let origin = match &form {
            Form::Column(origin) => Some((origin.table.name.as_str(), origin.column())),
            _ => None,
        };
        let decl = match origin {
            Some((_, column)) => column.decl.as_str(),
            None if ColType::from_decl(decl) == ty => decl,
            None => "",
        };
        let field = ty.map_or_else(untyped, |ty| ty.field(name, nullable));
        Self {
            field: catalog::describe(field, decl, origin),
            source: ty.map_or(Source::Unknown, Source::Typed),
            nullable,
        }
    }

    fn settle(&self, bound: &Bound, seen: ColType) -> (Field, OutputColumn) {
        match self.source {
            Source::Typed(ty) => (self.field.clone(), OutputColumn::Value(ty)),
            Source::Echo(param) => match bound.echo.get(param) {
                Some((field, _)) => (
                    field
                        .clone()
                        .with_name(self.field.name())
                        .with_nullable(true),
                    OutputColumn::Echo(param),
                ),
                None => (self.field.clone(), OutputColumn::Value(ColType::Null)),
            },
            Source::Unknown => {
                let nullable = self.nullable || seen == ColType::Null;
                let typed = seen.field(self.field.name(), nullable);
                let mut metadata = self.field.metadata().clone();
                metadata.extend(typed.metadata().clone());
                (typed.with_metadata(metadata), OutputColumn::Value(seen))
            }
        }
    }
}

/// The storage classes of the values in each column.
#[derive(Debug, Clone)]
pub(crate) struct Seen(Vec<Kinds>);

#[derive(Debug, Clone, Copy, Default)]
struct Kinds {
    integer: bool,
    real: bool,
    text: bool,
    blob: bool,
}

impl Seen {
    /// Records the values of all rows.
    pub(crate) fn look(&mut self, rows: &mut Rows<'_>) -> Result<()> {
        for _ in 0..LOOK_ROWS {
            let Some(row) = rows.next()? else {
                return Ok(());
            };
            for column in 0..self.0.len() {
                self.add(column, row.get_ref(column)?.data_type());
            }
        }
        Ok(())
    }

    pub(crate) fn add(&mut self, column: usize, class: Type) {
        let kinds = &mut self.0[column];
        match class {
            Type::Null => {}
            Type::Integer => kinds.integer = true,
            Type::Real => kinds.real = true,
            Type::Text => kinds.text = true,
            Type::Blob => kinds.blob = true,
        }
    }
}

impl Kinds {
    /// Returns a type for all values: binary for text and bytes, text for text and numbers. No type fits numbers and bytes, so
    /// reading such a column is an error.
    fn ty(self) -> ColType {
        match self {
            Self { blob: true, .. } => ColType::Blob,
            Self { text: true, .. } => ColType::Text,
            Self { real: true, .. } => ColType::Float64,
            Self { integer: true, .. } => ColType::Int64,
            _ => ColType::Null,
        }
    }
}
