//! SQL that the quirks define for the behaviors, or the reason for missing SQL.

use super::{ExistingTable, Literal, One, Quirks};
use crate::verdict::Stop;

/// Five digits produce the numbers 1 to 100 000.
const ROWS: &str = "SELECT n FROM (SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d + 1 AS n \
    FROM {digits} AS a(d) CROSS JOIN {digits} AS b(d) CROSS JOIN {digits} AS c(d) \
    CROSS JOIN {digits} AS d(d) CROSS JOIN {digits} AS e(d)) AS t WHERE n <= {n}";
const DIGITS: &str = "(VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";

const BINDS: [(&str, &str); 6] = [
    ("int", "CAST({} AS BIGINT)"),
    ("text", "CAST({} AS VARCHAR)"),
    ("float", "CAST({} AS DOUBLE)"),
    ("bool", "CAST({} AS BOOLEAN)"),
    ("date", "CAST({} AS DATE)"),
    ("timestamp", "CAST({} AS TIMESTAMP)"),
];

/// Additional kinds of literals.
const WRITTEN: [&str; 7] = [
    "null",
    "unsigned",
    "decimal",
    "bytes",
    "time",
    "timestamptz",
    "interval",
];

/// Returns quirks for standard SQL with `?` placeholders.
impl Default for Quirks {
    fn default() -> Self {
        let one = One {
            sql: "SELECT 1 AS v".to_owned(),
            value: "1".to_owned(),
        };
        let binds = BINDS.iter();
        Self {
            url_keys: Vec::new(),
            detected: "ansi".to_owned(),
            one,
            number: Some("SELECT {n} AS v".to_owned()),
            wrong: "SELEC 1".to_owned(),
            empty: "SELECT 1 AS v WHERE 1 = 0".to_owned(),
            rows: ROWS.replace("{digits}", DIGITS),
            mid_stream: None,
            placeholder: "?".to_owned(),
            bind_from: String::new(),
            binds: binds
                .map(|(kind, sql)| ((*kind).to_owned(), (*sql).to_owned()))
                .collect(),
            written: std::collections::BTreeMap::new(),
            create_table: Ok("CREATE TABLE {table} (id BIGINT NOT NULL, name VARCHAR)".to_owned()),
            drop_table: "DROP TABLE {table}".to_owned(),
            columns: super::owned(&[("id", "BIGINT", false), ("name", "VARCHAR", true)]),
            keyed: Some(vec![
                "CREATE TABLE {parent} (id BIGINT NOT NULL, PRIMARY KEY (id))".to_owned(),
                "CREATE TABLE {child} (n BIGINT, parent BIGINT, \
                 FOREIGN KEY (parent) REFERENCES {parent} (id))"
                    .to_owned(),
            ]),
            existing: None,
            literals: std::collections::BTreeMap::new(),
            skipped: std::collections::BTreeMap::new(),
            refusals: Vec::new(),
        }
    }
}

impl Quirks {
    pub(crate) fn url_keys(&self) -> &[String] {
        &self.url_keys
    }

    pub(crate) fn one_query(&self) -> &One {
        &self.one
    }

    /// Returns a query and the text of its value.
    pub(crate) fn number_query(&self, n: u32) -> (String, String) {
        match &self.number {
            Some(sql) => (sql.replace("{n}", &n.to_string()), n.to_string()),
            None => (self.one.sql.clone(), self.one.value.clone()),
        }
    }

    pub(crate) fn wrong_statement(&self) -> &str {
        &self.wrong
    }

    pub(crate) fn empty_query(&self) -> &str {
        &self.empty
    }

    pub(crate) fn rows_query(&self, n: u32) -> String {
        self.rows.replace("{n}", &n.to_string())
    }

    pub(crate) fn mid_stream_query(&self) -> Result<&str, Stop> {
        self.mid_stream.as_deref().ok_or_else(|| {
            Stop::NotTried("the quirks define no query that fails after some rows".to_owned())
        })
    }

    /// Returns the placeholder of parameter `n`, counted from 1.
    pub(crate) fn placeholder_text(&self, n: usize) -> String {
        self.placeholder.replace("{n}", &n.to_string())
    }

    /// Returns a query that returns parameters of these kinds in the columns `c1`, `c2`, …
    pub(crate) fn echo<'k>(
        &self,
        kinds: impl IntoIterator<Item = &'k str>,
    ) -> Result<String, Stop> {
        let mut columns = Vec::new();
        for (index, kind) in kinds.into_iter().enumerate() {
            let expression = self.binds.get(kind).ok_or_else(|| {
                Stop::NotTried(format!(
                    "the quirks define no expression for a parameter of `{kind}`"
                ))
            })?;
            let expression = expression.replace("{}", &self.placeholder_text(index + 1));
            columns.push(format!("{expression} AS c{}", index + 1));
        }
        let query = format!("SELECT {} {}", columns.join(", "), self.bind_from);
        Ok(query.trim_end().to_owned())
    }

    /// With the expressions for literals in the place of those for parameters.
    pub(crate) fn with_literals(&self) -> Self {
        let kinds = BINDS.iter().map(|(kind, _)| *kind).chain(WRITTEN);
        let expression = |kind: &str| match self.written.get(kind) {
            Some(expression) => expression.clone(),
            None => "{}".to_owned(),
        };
        Self {
            binds: kinds
                .map(|kind| (kind.to_owned(), expression(kind)))
                .collect(),
            bind_from: String::new(),
            ..self.clone()
        }
    }

    pub(crate) fn create_table_sql(&self, table: &str) -> Result<String, Stop> {
        match &self.create_table {
            Ok(sql) => Ok(sql.replace("{table}", table)),
            Err(reason) => Err(Stop::NotTried(reason.clone())),
        }
    }

    /// `None` where no table can be made.
    pub(crate) fn drop_table_sql(&self, table: &str) -> Option<String> {
        self.create_table.as_ref().ok()?;
        Some(self.drop_table.replace("{table}", table))
    }

    pub(crate) fn created_columns(&self) -> &[(String, String, bool)] {
        &self.columns
    }

    pub(crate) fn keyed_tables(&self, parent: &str, child: &str) -> Result<Vec<String>, Stop> {
        self.create_table_sql(parent)?;
        let Some(statements) = &self.keyed else {
            return Err(Stop::NotTried("no tables with keys can be made".to_owned()));
        };
        Ok(statements
            .iter()
            .map(|sql| sql.replace("{parent}", parent).replace("{child}", child))
            .collect())
    }

    pub(crate) fn existing_table(&self) -> Option<&ExistingTable> {
        self.existing.as_ref()
    }

    pub(crate) fn literal_of(&self, name: &str) -> Option<&Literal> {
        self.literals.get(name)
    }

    /// The behavior's own reason, else its group's.
    pub(crate) fn reason_to_skip(&self, behavior: &str) -> Option<&str> {
        let group = || behavior.split('.').next();
        let own = self.skipped.get(behavior);
        own.or_else(|| self.skipped.get(group()?))
            .map(String::as_str)
    }

    /// Returns `true` if the error reports a missing feature, by the server's own message or by the protocol's code.
    pub(crate) fn is_unsupported(&self, error: &flightsql::Error) -> bool {
        let text = error.to_string();
        flightsql::is_unsupported(error)
            || self.refusals.iter().any(|refusal| text.contains(refusal))
    }
}
