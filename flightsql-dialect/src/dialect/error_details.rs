//! [`ErrorDetails`]: what a dialect reads in an error message.
//!
//! Flight SQL errors are a gRPC code and a message; the messages are those of SQLite (<https://www.sqlite.org/rescode.html>),
//! DuckDB and PostgreSQL (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), which other engines copy.

#[cfg(test)]
mod tests;

/// Kind of a violated constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// A unique or primary key constraint.
    Unique,
    /// A foreign key constraint.
    ForeignKey,
    /// A not-null constraint.
    NotNull,
    /// A check constraint.
    Check,
    /// An exclusion constraint.
    Exclusion,
}

/// Details that a dialect reads in an error message of the server.
///
/// Fields may be added: start from [`ErrorDetails::default`] or [`ErrorDetails::from_text`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorDetails {
    /// SQLSTATE, if the text contains one.
    pub sqlstate: Option<String>,
    /// Kind of the violated constraint, if any.
    pub violation: Option<Violation>,
    /// Name of the violated constraint; its columns (`t.a, t.b`) if the text lists them instead of a name.
    pub constraint: Option<String>,
    /// Table of the violated constraint.
    pub table: Option<String>,
    /// Whether the same statement, or its transaction, may succeed if it runs again.
    pub retryable: bool,
    /// Whether the session has ended, so that the driver closes the connection.
    pub session_lost: bool,
}

impl ErrorDetails {
    /// Reads the messages of SQLite, DuckDB and PostgreSQL. `UNAVAILABLE` and `ABORTED` are retryable,
    /// `UNAUTHENTICATED` means that the session has ended.
    pub fn from_text(code: &str, message: &str) -> Self {
        let is = |name: &str| code.eq_ignore_ascii_case(name);
        let mut details = ErrorDetails {
            sqlstate: sqlstate(message).map(str::to_owned),
            retryable: is("UNAVAILABLE") || is("ABORTED"),
            session_lost: is("UNAUTHENTICATED"),
            ..ErrorDetails::default()
        };
        details.violation = violation_of_state(details.sqlstate.as_deref());
        if let Some((violation, after)) = violation_of_text(message) {
            details.violation = Some(violation);
            details.read_names(message, after);
        }
        details
    }

    /// Reads constraint and table; `after` follows the phrase of the violation.
    fn read_names(&mut self, message: &str, after: &str) {
        if let Some(list) = after.strip_prefix(" failed") {
            self.read_failed(list);
            return;
        }
        self.constraint = quoted(after);
        self.table = [" on table ", " of relation ", " for relation "]
            .iter()
            .find_map(|phrase| quoted(message.split_once(phrase)?.1));
    }

    /// SQLite and DuckDB: `… constraint failed: t.a, t.b`, `CHECK constraint failed: name`,
    /// `UNIQUE constraint failed: index 'name'`, `CHECK constraint failed on table t with …`.
    fn read_failed(&mut self, list: &str) {
        if let Some(table) = list.strip_prefix(" on table ") {
            self.table = first_name(table);
            return;
        }
        let Some(list) = list.strip_prefix(": ") else {
            return;
        };
        if self.violation == Some(Violation::Check) {
            self.constraint = first_line(list);
        } else if let Some(index) = list.strip_prefix("index ") {
            self.constraint = first_name(index);
        } else {
            let column = list.split([',', ' ', '\n']).next().unwrap_or_default();
            self.table = column.rsplit_once('.').map(|(table, _)| table.to_owned());
            // Such a constraint is identified by its columns; the SQLite of Go appends its code to them.
            let columns = list.rsplit_once(" (").map_or(list, |(columns, _)| columns);
            self.constraint = first_line(columns);
        }
    }
}

/// Phrases that identify a violation.
const PHRASES: [(&str, Violation); 12] = [
    ("UNIQUE constraint", Violation::Unique),
    ("PRIMARY KEY constraint", Violation::Unique),
    ("NOT NULL constraint", Violation::NotNull),
    ("FOREIGN KEY constraint", Violation::ForeignKey),
    ("CHECK constraint", Violation::Check),
    ("violates unique constraint", Violation::Unique),
    ("violates primary key constraint", Violation::Unique),
    ("violates not-null constraint", Violation::NotNull),
    ("iolates foreign key constraint", Violation::ForeignKey),
    ("still referenced by a foreign key", Violation::ForeignKey),
    ("violates check constraint", Violation::Check),
    ("violates exclusion constraint", Violation::Exclusion),
];

/// Returns the violation, and the text after the phrase that identifies it.
fn violation_of_text(message: &str) -> Option<(Violation, &str)> {
    PHRASES.into_iter().find_map(|(phrase, violation)| {
        let after = message.split_once(phrase)?.1;
        // `CHECK constraint` alone may be a parser talking about syntax; SQLite says `failed`.
        let is_upper = phrase.starts_with(|c: char| c.is_ascii_uppercase());
        (!is_upper || after.starts_with(" failed")).then_some((violation, after))
    })
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>, class 23.
fn violation_of_state(sqlstate: Option<&str>) -> Option<Violation> {
    Some(match sqlstate? {
        "23502" => Violation::NotNull,
        "23503" => Violation::ForeignKey,
        "23505" => Violation::Unique,
        "23514" => Violation::Check,
        "23P01" => Violation::Exclusion,
        _ => return None,
    })
}

/// Returns the five characters after the word `SQLSTATE`, as in `(SQLSTATE 23505)`, `SQLSTATE: 23505` or `SQLSTATE[23505]`.
fn sqlstate(message: &str) -> Option<&str> {
    let after = message
        .split_once("SQLSTATE")?
        .1
        .trim_start_matches([' ', ':', '=', '[', '\'', '"']);
    let end = after
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(after.len());
    let state = &after[..end];
    let valid = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
    (state.len() == 5 && state.chars().all(valid)).then_some(state)
}

/// The name in quotes that `text` begins with, after white space.
fn quoted(text: &str) -> Option<String> {
    let text = text.trim_start();
    let quote = text
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`'))?;
    let (name, _) = text[1..].split_once(quote)?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The first name of `text`, in quotes or not.
fn first_name(text: &str) -> Option<String> {
    quoted(text).or_else(|| {
        let name = text
            .split([' ', ',', '\n'])
            .next()
            .filter(|name| !name.is_empty())?;
        Some(name.to_owned())
    })
}

fn first_line(text: &str) -> Option<String> {
    text.lines()
        .next()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
}
