//! The columns of a result: their types and fields.
//!
//! Layer: engine, above `derive`. A column's type is derived from the text of the statement. Where it cannot be, the whole
//! column is looked at before its type is chosen ([`Seen`]). A bare placeholder is an echo of the bound column.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use rusqlite::types::Type;
use rusqlite::{Rows, Statement};

use super::catalog;
use super::derive::{Expr, Form, Origin};
use super::error::Result;
use super::params::{Bound, Params};
use super::types::ColType;

/// Rows looked at for the type of a column that has none. Statements without end must be announced too; a value of
/// another type after them is an error that names the column.
const LOOK_ROWS: usize = 100_000;

/// The columns of a statement, in order.
#[derive(Debug, Clone)]
pub(crate) struct Columns(Vec<Column>);

#[derive(Debug, Clone)]
struct Column {
    field: Field,
    source: Source,
    /// Whether a value may be NULL, of a column whose type is not known.
    nullable: bool,
}

/// Source of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
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

/// Reading of one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputColumn {
    Value(ColType),
    /// The bound parameter of this index, repeated.
    Echo(usize),
}

impl Columns {
    /// The columns of a prepared statement. `derived` is empty when its text could not be read.
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
            // SQLite knows the column of a name for sure, but of a compound, also in a view, it tells one arm's.
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

    /// Whether the types of some columns can only be told from their values.
    pub(crate) fn is_untyped(&self) -> bool {
        self.0.iter().any(|column| column.source == Source::Unknown)
    }

    /// The schema before anything is bound: unknown types are `Null`.
    pub(crate) fn schema(&self) -> Schema {
        let fields = self.0.iter().map(|column| column.field.clone());
        Schema::new(fields.collect::<Vec<_>>())
    }

    pub(crate) fn unseen(&self) -> Seen {
        Seen(vec![Kinds::default(); self.0.len()])
    }

    /// Settles every column's type.
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

/// The storage classes that were seen in each column.
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
    /// Looks at the values of all rows.
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
    /// The type that holds all of them: bytes hold text, text shows numbers. Nothing holds numbers and bytes, so reading
    /// such a column is an error.
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
