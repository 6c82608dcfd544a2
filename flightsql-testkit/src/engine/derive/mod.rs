//! The columns of a result, derived from the SQL and the declared types of its tables.
//!
//! Layer: engine, below `columns`. Grammar: <https://www.sqlite.org/lang_select.html>, <https://www.sqlite.org/lang_expr.html>.
//! `select` reads queries, `from` their tables, `expr` expressions, `functions` contains SQLite's functions, and `unify`
//! combines two types. No rows are read, so a result has the same types with and without rows. If an expression cannot
//! be typed here, `columns` reads its values.

mod expr;
mod from;
mod functions;
mod select;
mod unify;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

use self::from::Scope;
use self::select::Env;
use super::catalog::{Table, TableColumn};
use super::sql::{Sql, Verb};
use super::types::ColType;

/// Maximum number of steps for one statement, because nested views could multiply the work.
const STEPS: usize = 200_000;
/// Maximum nesting of expressions, queries and views.
const DEPTH: usize = 100;

/// Facts about the values of an expression.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    /// The type; `None` if it depends on the values.
    pub(crate) ty: Option<ColType>,
    pub(crate) nullable: bool,
    pub(crate) form: Form,
}

/// The forms of an expression that need more than a type.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    Other,
    /// A constant, which takes the type of its neighbor if that type can represent it.
    Literal(Value),
    /// A stored column.
    Column(Origin),
    /// A bare placeholder, with the index of its token.
    Placeholder(usize),
}

/// A column of a table.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) table: Arc<Table>,
    index: usize,
}

impl Origin {
    pub(crate) fn column(&self) -> &TableColumn {
        &self.table.columns[self.index]
    }
}

impl Expr {
    fn new(ty: Option<ColType>, nullable: bool) -> Self {
        Self {
            ty,
            nullable,
            form: Form::Other,
        }
    }

    fn of(ty: ColType, nullable: bool) -> Self {
        Self::new(Some(ty), nullable)
    }

    /// Returns an unknown expression.
    pub(crate) fn unknown() -> Self {
        Self::new(None, true)
    }

    fn literal(ty: ColType, value: Value) -> Self {
        Self {
            ty: Some(ty),
            nullable: value == Value::Null,
            form: Form::Literal(value),
        }
    }

    fn column(table: &Arc<Table>, index: usize) -> Self {
        let column = &table.columns[index];
        Self {
            ty: column.ty(),
            nullable: !column.not_null,
            form: Form::Column(Origin {
                table: Arc::clone(table),
                index,
            }),
        }
    }

    /// Returns the values under another name. A constant is then no longer a constant.
    fn computed(mut self) -> Self {
        self.form = Form::Other;
        self
    }

    /// Returns the values with this nullability.
    fn nullable(mut self, nullable: bool) -> Self {
        self.nullable |= nullable;
        self
    }
}

/// The named columns of a query.
type Columns = Vec<(String, Expr)>;

/// The columns of a statement's result, in order; `None` if their number is unknown.
pub(crate) fn derive(catalog: &Catalog<'_>, sql: &Sql) -> Option<Vec<Expr>> {
    let reader = Reader {
        sql,
        catalog,
        home: None,
        recursed: Cell::new(false),
    };
    let end = sql.tokens().len();
    let columns = match sql.verb() {
        Verb::Select | Verb::Values => reader.query(0, end, &Env::default(), &Scope::default()),
        Verb::Change => reader.returning(end),
        _ => None,
    }?;
    Some(columns.into_iter().map(|(_, expr)| expr).collect())
}

/// SQLite's two schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Home {
    Main,
    Temp,
}

impl Home {
    fn of(schema: &str) -> Option<Self> {
        match schema.to_ascii_lowercase().as_str() {
            "main" => Some(Self::Main),
            "temp" => Some(Self::Temp),
            _ => None,
        }
    }
}

/// A table or view with its schema.
type Found = Option<(Home, Arc<Table>)>;

/// Tables and views of the database, read once for each name.
#[derive(Debug)]
pub(crate) struct Catalog<'c> {
    /// The connection that runs the statement and has its temporary tables.
    own: &'c Connection,
    /// The connection that reads the other tables. It differs if reading would open a snapshot.
    main: &'c Connection,
    tables: RefCell<HashMap<(Option<Home>, String), Found>>,
    steps: Cell<usize>,
    depth: Cell<usize>,
}

impl<'c> Catalog<'c> {
    pub(crate) fn new(own: &'c Connection, main: &'c Connection) -> Self {
        Self {
            own,
            main,
            tables: RefCell::default(),
            steps: Cell::new(STEPS),
            depth: Cell::new(0),
        }
    }

    /// Returns a table or view, of one schema if it is named.
    pub(crate) fn table(&self, schema: Option<&str>, name: &str) -> Option<Arc<Table>> {
        let home = match schema {
            Some(schema) => Some(Home::of(schema)?),
            None => None,
        };
        self.find(home, name).map(|(_, table)| table)
    }

    /// Returns a table or view, of one schema if it is named. Preparing the statement reports any error of SQLite.
    fn find(&self, home: Option<Home>, name: &str) -> Found {
        let key = (home, name.to_ascii_lowercase());
        if let Some(known) = self.tables.borrow().get(&key) {
            return known.clone();
        }
        // A temporary table hides a table with the same name.
        let temp = || Table::load_in(self.own, "temp", name).ok().flatten();
        let main = || Table::load_in(self.main, "main", name).ok().flatten();
        let temp = temp().filter(|_| home != Some(Home::Main));
        let found = match temp {
            Some(table) => Some((Home::Temp, table)),
            None if home == Some(Home::Temp) => None,
            None => main().map(|table| (Home::Main, table)),
        };
        let found = found.map(|(home, table)| (home, Arc::new(table)));
        self.tables.borrow_mut().insert(key, found.clone());
        found
    }

    /// Returns the statement that created a view.
    fn view(&self, home: Home, name: &str) -> Option<Sql> {
        let (conn, schema) = match home {
            Home::Main => (self.main, "main"),
            Home::Temp => (self.own, "temp"),
        };
        let text = format!(
            "SELECT sql FROM {schema}.sqlite_schema WHERE type = 'view' AND name = ?1 COLLATE NOCASE"
        );
        let row: rusqlite::Result<String> = conn.query_row(&text, [name], |row| row.get(0));
        Sql::parse(&row.optional().ok().flatten()?).ok()
    }

    /// Counts a step. Returns `None` if there were too many.
    fn enter(&self) -> Option<Depth<'_>> {
        self.steps.set(self.steps.get().checked_sub(1)?);
        let depth = self.depth.get() + 1;
        (depth <= DEPTH).then(|| {
            self.depth.set(depth);
            Depth(&self.depth)
        })
    }
}

/// A level of nesting, left when dropped.
struct Depth<'d>(&'d Cell<usize>);

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Parses the SQL of the statement or of a view.
struct Reader<'r> {
    sql: &'r Sql,
    catalog: &'r Catalog<'r>,
    /// The schema of the view, in which its names are resolved.
    home: Option<Home>,
    /// Whether a recursive table was used before its first rows were known.
    recursed: Cell<bool>,
}
