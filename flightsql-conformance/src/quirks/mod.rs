//! [`Quirks`]: the SQL in which an engine differs from the standard.

mod presets;
mod sql;
use std::collections::BTreeMap;

/// The differences between the SQL of an engine and standard SQL.
///
/// [`Quirks::default`] is for an engine with standard SQL and `?` placeholders, and [`Quirks::named`] returns the quirks of
/// known engines. [`skip`](Self::skip) excludes behaviors.
///
/// ```
/// use flightsql_conformance::Quirks;
///
/// let quirks = Quirks::default()
///     .placeholder("${n}")
///     .rows("SELECT value AS n FROM generate_series(1, {n}) AS s(value)")
///     .literal("u8", "CAST(200 AS UTINYINT)")
///     .skip("transactions", "a read-only engine");
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Quirks {
    url_keys: Vec<String>,
    detected: String,
    one: One,
    number: Option<String>,
    wrong: String,
    empty: String,
    rows: String,
    mid_stream: Option<String>,
    placeholder: String,
    bind_from: String,
    binds: BTreeMap<String, String>,
    written: BTreeMap<String, String>,
    create_table: Result<String, String>,
    drop_table: String,
    columns: Vec<(String, String, bool)>,
    keyed: Option<Vec<String>>,
    existing: Option<ExistingTable>,
    literals: BTreeMap<String, Literal>,
    skipped: BTreeMap<String, String>,
    refusals: Vec<String>,
}

/// A query for one row and column, with the text of its value.
#[derive(Debug, Clone)]
pub(crate) struct One {
    sql: String,
    value: String,
}

impl One {
    pub(crate) fn sql(&self) -> &str {
        &self.sql
    }

    pub(crate) fn value(&self) -> &str {
        &self.value
    }
}

/// An expression of a type, with the text of its value if it differs from the usual one.
#[derive(Debug, Clone)]
pub(crate) struct Literal {
    pub(crate) expression: String,
    pub(crate) shown: Option<String>,
}

/// An existing table of a server, for catalog metadata; see [`Quirks::existing`].
#[derive(Debug, Clone)]
pub struct ExistingTable {
    pub(crate) name: String,
    pub(crate) columns: Vec<(String, String, bool)>,
}

impl ExistingTable {
    /// Describes a table with these columns: name, the driver's name of the SQL type, and the reported nullability.
    #[must_use]
    pub fn new(name: &str, columns: &[(&str, &str, bool)]) -> Self {
        Self {
            name: name.to_owned(),
            columns: owned(columns),
        }
    }
}

impl Quirks {
    /// Sets a URL key for every connection, such as `dialect=datafusion`. The last value of a key counts.
    #[must_use]
    pub fn url_key(mut self, key: &str) -> Self {
        let name = |key: &str| key.split('=').next().unwrap_or_default().to_owned();
        self.url_keys.retain(|known| name(known) != name(key));
        self.url_keys.push(key.to_owned());
        self
    }

    /// Sets the dialect that `dialect=auto` detects. Defaults to `ansi`: the server does not identify itself.
    #[must_use]
    pub fn detected(mut self, dialect: &str) -> Self {
        dialect.clone_into(&mut self.detected);
        self
    }

    pub(crate) fn detected_dialect(&self) -> &str {
        &self.detected
    }

    /// Removes the URL keys, as for a user without knowledge of the engine's dialect.
    #[must_use]
    pub fn without_url_keys(mut self) -> Self {
        self.url_keys.clear();
        self
    }

    /// Sets the simplest query: one row, whose first column has the text `value`. Defaults to `SELECT 1 AS v`.
    #[must_use]
    pub fn one(mut self, sql: &str, value: &str) -> Self {
        self.one = One {
            sql: sql.to_owned(),
            value: value.to_owned(),
        };
        self
    }

    /// Sets a query that returns the number `{n}`; `None` for servers without SQL, which get the simplest query instead.
    /// Defaults to `SELECT {n} AS v`.
    #[must_use]
    pub fn number(mut self, sql: Option<&str>) -> Self {
        self.number = sql.map(str::to_owned);
        self
    }

    /// Sets a statement that the server rejects. Defaults to `SELEC 1`.
    #[must_use]
    pub fn wrong(mut self, sql: &str) -> Self {
        sql.clone_into(&mut self.wrong);
        self
    }

    /// Sets a query that returns one column and no rows. Defaults to `SELECT 1 AS v WHERE 1 = 0`.
    #[must_use]
    pub fn empty(mut self, sql: &str) -> Self {
        sql.clone_into(&mut self.empty);
        self
    }

    /// Sets a query for the integers 1 to `{n}` in one column `n`, for up to 100 000 of them. Defaults to a product of five
    /// lists of digits.
    #[must_use]
    pub fn rows(mut self, sql: &str) -> Self {
        sql.clone_into(&mut self.rows);
        self
    }

    /// Sets a query that returns rows and then fails. There is no default.
    #[must_use]
    pub fn mid_stream(mut self, sql: &str) -> Self {
        self.mid_stream = Some(sql.to_owned());
        self
    }

    /// Sets the placeholder, in which `{n}` is the number of the parameter. Defaults to `?`.
    #[must_use]
    pub fn placeholder(mut self, template: &str) -> Self {
        template.clone_into(&mut self.placeholder);
        self
    }

    /// Sets an expression that returns the parameter `{}`. `kind` is `int` (64 bits), `text`, `float` (64 bits), `bool`,
    /// `date` (2024-05-01) or `timestamp` (2024-05-01 12:34:56.123456). Defaults to `CAST({} AS BIGINT)` and so on.
    #[must_use]
    pub fn bind(mut self, kind: &str, expression: &str) -> Self {
        self.binds.insert(kind.to_owned(), expression.to_owned());
        self
    }

    /// Sets the `FROM` clause of one row for the expressions of [`bind`](Self::bind). Defaults to none.
    #[must_use]
    pub fn bind_from(mut self, from: &str) -> Self {
        from.clone_into(&mut self.bind_from);
        self
    }

    /// Sets the expression for a value that `binds=literal` writes into the SQL. In addition to the kinds of
    /// [`bind`](Self::bind), `kind` is `null` (of an integer), `unsigned` (64 bits), `decimal`, `bytes`, `time`,
    /// `timestamptz` or `interval`. Defaults to the bare literal, `{}`.
    #[must_use]
    pub fn written(mut self, kind: &str, expression: &str) -> Self {
        self.written.insert(kind.to_owned(), expression.to_owned());
        self
    }

    /// Sets the SQL that creates `{table}`, with an integer column `id` and a text column `name`. Defaults to
    /// `CREATE TABLE {table} (id BIGINT NOT NULL, name VARCHAR)`.
    #[must_use]
    pub fn create_table(mut self, sql: &str) -> Self {
        self.create_table = Ok(sql.to_owned());
        self
    }

    /// States that no table can be created, with the reason. Behaviors that need a table are not tried.
    #[must_use]
    pub fn no_tables(mut self, reason: &str) -> Self {
        self.create_table = Err(reason.to_owned());
        self
    }

    /// SQL that drops `{table}`. Defaults to `DROP TABLE {table}`.
    #[must_use]
    pub fn drop_table(mut self, sql: &str) -> Self {
        sql.clone_into(&mut self.drop_table);
        self
    }

    /// Sets the columns that the catalog lists for a table of [`create_table`](Self::create_table): name, the driver's name
    /// of the SQL type, and whether it is nullable. Defaults to `BIGINT` not nullable and `VARCHAR` nullable.
    #[must_use]
    pub fn columns(mut self, columns: &[(&str, &str, bool)]) -> Self {
        self.columns = owned(columns);
        self
    }

    /// Sets the SQL that creates the tables `{parent}`, with the primary key `id`, and `{child}`, whose column `parent`
    /// references it; `None` if the engine has no keys. Defaults to standard SQL.
    #[must_use]
    pub fn keyed(mut self, statements: Option<&[&str]>) -> Self {
        self.keyed = statements.map(|all| all.iter().map(|sql| (*sql).to_owned()).collect());
        self
    }

    /// Sets a table to find in the catalog, if the server cannot create tables or does not list new ones. There is no default.
    #[must_use]
    pub fn existing(mut self, table: ExistingTable) -> Self {
        self.existing = Some(table);
        self
    }

    /// Sets the expression for the value of a type, by the name of the behavior without `types.`: `list` for `types.list`.
    #[must_use]
    pub fn literal(mut self, name: &str, expression: &str) -> Self {
        let literal = Literal {
            expression: expression.to_owned(),
            shown: None,
        };
        self.literals.insert(name.to_owned(), literal);
        self
    }

    /// Sets an expression like [`literal`](Self::literal), for a value with another text, because the engine has no such type.
    #[must_use]
    pub fn literal_shown(mut self, name: &str, expression: &str, shown: &str) -> Self {
        let literal = Literal {
            expression: expression.to_owned(),
            shown: Some(shown.to_owned()),
        };
        self.literals.insert(name.to_owned(), literal);
        self
    }

    /// Skips a behavior (`binds.date`) or a group (`binds`), with the reason. A behavior of a skipped group can have its own
    /// reason.
    #[must_use]
    pub fn skip(mut self, behavior: &str, reason: &str) -> Self {
        self.skipped.insert(behavior.to_owned(), reason.to_owned());
        self
    }

    /// Sets a part of the message with which the server reports a missing feature, if it does not reply `UNIMPLEMENTED`.
    #[must_use]
    pub fn refusal(mut self, text: &str) -> Self {
        self.refusals.push(text.to_owned());
        self
    }
}

fn owned(columns: &[(&str, &str, bool)]) -> Vec<(String, String, bool)> {
    let columns = columns.iter();
    columns
        .map(|(name, ty, nullable)| ((*name).to_owned(), (*ty).to_owned(), *nullable))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Quirks;
    use crate::verdict::Stop;

    #[test]
    fn every_parameter_has_its_own_placeholder_and_column() {
        let quirks = Quirks::default().bind("int", "{} + 0");
        assert_eq!(
            quirks.echo(["int", "text"]).unwrap(),
            "SELECT ? + 0 AS c1, CAST(? AS VARCHAR) AS c2"
        );
        let quirks = quirks.placeholder("${n}").bind_from("FROM one");
        assert_eq!(
            quirks.echo(["int", "int"]).unwrap(),
            "SELECT $1 + 0 AS c1, $2 + 0 AS c2 FROM one"
        );
        let unknown = Quirks::default().echo(["color"]).unwrap_err();
        assert!(matches!(unknown, Stop::NotTried(why) if why.contains("`color`")));
    }

    #[test]
    fn a_behavior_is_skipped_for_its_own_reason_or_its_groups() {
        let quirks = Quirks::default()
            .skip("binds", "no binds")
            .skip("binds.date", "no dates");
        assert_eq!(quirks.reason_to_skip("binds.int"), Some("no binds"));
        assert_eq!(quirks.reason_to_skip("binds.date"), Some("no dates"));
        assert_eq!(quirks.reason_to_skip("bind.int"), None);
    }

    #[test]
    fn without_tables_there_is_a_reason_and_nothing_to_drop() {
        let quirks = Quirks::default();
        assert_eq!(quirks.drop_table_sql("t").unwrap(), "DROP TABLE t");
        assert!(
            quirks
                .create_table_sql("t")
                .unwrap()
                .starts_with("CREATE TABLE t (")
        );
        let quirks = quirks.no_tables("read-only");
        assert_eq!(quirks.drop_table_sql("t"), None);
        let stop = quirks.keyed_tables("p", "c").unwrap_err();
        assert!(matches!(stop, Stop::NotTried(why) if why == "read-only"));
    }

    #[test]
    fn presets_are_found_by_their_names() {
        let names: Vec<_> = Quirks::names().collect();
        assert!(names.is_sorted());
        assert!(names.iter().all(|name| Quirks::named(name).is_some()));
        assert!(Quirks::named("oracle").is_none());
    }
}
