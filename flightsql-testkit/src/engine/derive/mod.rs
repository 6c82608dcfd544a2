//! The columns of a result, derived from the text of the statement and the declared types of its tables.
//!
//! Layer: engine, below `columns`. Grammar: <https://www.sqlite.org/lang_select.html>, <https://www.sqlite.org/lang_expr.html>.
//! `select` reads queries, `from` their tables, `expr` expressions, `functions` knows SQLite's functions, and `unify`
//! finds one type for two. No row is looked at, so a result has the same types with and without rows. An expression
//! that cannot be typed has no type here: `columns` then looks at its values.

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

/// Steps spent on one statement. Views that read views could otherwise multiply the work.
const STEPS: usize = 200_000;
/// The deepest nesting of expressions, queries and views that is read.
const DEPTH: usize = 100;

/// What is known of the values of an expression.
#[derive(Debug, Clone)]
pub(crate) struct Expr {
    /// `None` when only the values can tell.
    pub(crate) ty: Option<ColType>,
    pub(crate) nullable: bool,
    pub(crate) form: Form,
}

/// The forms of an expression that need more than a type.
#[derive(Debug, Clone)]
pub(crate) enum Form {
    Other,
    /// A constant, which takes the type of what it stands beside if that type holds it.
    Literal(Value),
    /// A column as it is stored.
    Column(Origin),
    /// A bare placeholder; the index of its token.
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

    /// An expression of which nothing is known.
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

    /// The same values under another name: a constant is one no more.
    fn computed(mut self) -> Self {
        self.form = Form::Other;
        self
    }

    /// The same values, of which some may be missing.
    fn nullable(mut self, nullable: bool) -> Self {
        self.nullable |= nullable;
        self
    }
}

/// The named columns of a query.
type Columns = Vec<(String, Expr)>;

/// The columns of a statement's result, in order; `None` when their number cannot be told.
pub(crate) fn derive(catalog: &Catalog<'_>, sql: &Sql) -> Option<Vec<Expr>> {
    let reader = Reader {
        sql,
        catalog,
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

/// What the database knows, read once for each name.
#[derive(Debug)]
pub(crate) struct Catalog<'c> {
    /// The connection that runs the statement: only it sees its temporary tables.
    own: &'c Connection,
    /// The connection that reads the rest; the same, or another one where reading would open a snapshot.
    main: &'c Connection,
    tables: RefCell<HashMap<String, Option<Arc<Table>>>>,
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

    /// A table or view. An error of SQLite is one of the statement too, and shows when it is prepared.
    pub(crate) fn table(&self, name: &str) -> Option<Arc<Table>> {
        let key = name.to_ascii_lowercase();
        if let Some(known) = self.tables.borrow().get(&key) {
            return known.clone();
        }
        // A temporary table hides another one of its name.
        let own = match std::ptr::eq(self.own, self.main) {
            true => None,
            false => Table::load_in(self.own, "temp", name).ok().flatten(),
        };
        let table = own.or_else(|| Table::load(self.main, name).ok().flatten());
        let table = table.map(Arc::new);
        self.tables.borrow_mut().insert(key, table.clone());
        table
    }

    /// The statement that made a view.
    fn view(&self, name: &str) -> Option<Sql> {
        let find = |conn: &Connection, schema: &str| -> Option<String> {
            let text = format!(
                "SELECT sql FROM {schema}.sqlite_schema WHERE type = 'view' AND name = ?1 COLLATE NOCASE"
            );
            let row = conn.query_row(&text, [name], |row| row.get(0));
            row.optional().ok().flatten()
        };
        Sql::parse(&find(self.own, "temp").or_else(|| find(self.main, "main"))?).ok()
    }

    /// Counts a step down; `None` when there were too many.
    fn enter(&self) -> Option<Depth<'_>> {
        self.steps.set(self.steps.get().checked_sub(1)?);
        let depth = self.depth.get() + 1;
        (depth <= DEPTH).then(|| {
            self.depth.set(depth);
            Depth(&self.depth)
        })
    }
}

/// One level of nesting, left when dropped.
struct Depth<'d>(&'d Cell<usize>);

impl Drop for Depth<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Reads one text: that of the statement or of a view.
struct Reader<'r> {
    sql: &'r Sql,
    catalog: &'r Catalog<'r>,
    /// A recursive table was named before its first rows were known.
    recursed: Cell<bool>,
}
