//! [`ErrorFacts`]: what can be read out of an error text.
//!
//! Layer 0. Flight SQL errors are a gRPC code and a text; the texts are those of
//! SQLite (<https://www.sqlite.org/rescode.html>), DuckDB and PostgreSQL
//! (<https://www.postgresql.org/docs/current/errcodes-appendix.html>), which other engines copy.

use sqlx_core::error::ErrorKind;

#[cfg(test)]
mod tests;

/// What a dialect read out of a server's error.
///
/// Fields may be added: start from [`ErrorFacts::default`] or [`ErrorFacts::from_text`].
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorFacts {
    /// The SQLSTATE, when the text names one.
    pub sqlstate: Option<String>,
    /// Which constraint was violated, if any.
    pub kind: ErrorKind,
    /// The constraint's name.
    pub constraint: Option<String>,
    /// The table it happened on.
    pub table: Option<String>,
    /// Whether the same statement, or its transaction, may succeed when run again.
    pub retryable: bool,
    /// Whether the session is gone, so that the connection must be given up.
    pub session_lost: bool,
}

impl Default for ErrorFacts {
    /// Nothing is known.
    fn default() -> Self {
        ErrorFacts {
            sqlstate: None,
            kind: ErrorKind::Other,
            constraint: None,
            table: None,
            retryable: false,
            session_lost: false,
        }
    }
}

impl ErrorFacts {
    /// Reads the texts of SQLite, DuckDB and PostgreSQL. `UNAVAILABLE` and `ABORTED` are retryable,
    /// `UNAUTHENTICATED` means that the session is gone.
    pub fn from_text(code: &str, message: &str) -> Self {
        let is = |name: &str| code.eq_ignore_ascii_case(name);
        let mut facts = ErrorFacts {
            sqlstate: sqlstate(message).map(str::to_owned),
            retryable: is("UNAVAILABLE") || is("ABORTED"),
            session_lost: is("UNAUTHENTICATED"),
            ..ErrorFacts::default()
        };
        facts.kind = kind_of_state(facts.sqlstate.as_deref());
        if let Some((kind, after)) = kind_of_text(message) {
            facts.kind = kind;
            facts.read_names(message, after);
        }
        facts
    }

    /// The kind, which is not `Clone` in SQLx.
    pub fn kind(&self) -> ErrorKind {
        match self.kind {
            ErrorKind::UniqueViolation => ErrorKind::UniqueViolation,
            ErrorKind::ForeignKeyViolation => ErrorKind::ForeignKeyViolation,
            ErrorKind::NotNullViolation => ErrorKind::NotNullViolation,
            ErrorKind::CheckViolation => ErrorKind::CheckViolation,
            ErrorKind::ExclusionViolation => ErrorKind::ExclusionViolation,
            _ => ErrorKind::Other,
        }
    }

    /// Constraint and table; `after` is what follows the phrase that told the kind.
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
        if self.kind == ErrorKind::CheckViolation {
            self.constraint = first_line(list);
        } else if let Some(index) = list.strip_prefix("index ") {
            self.constraint = first_name(index);
        } else {
            let column = list.split([',', ' ', '\n']).next().unwrap_or_default();
            self.table = column.rsplit_once('.').map(|(table, _)| table.to_owned());
        }
    }
}

/// `ErrorKind` is not `Copy`.
type Kind = fn() -> ErrorKind;

/// The phrase that tells the kind, and the text behind it.
fn kind_of_text(message: &str) -> Option<(ErrorKind, &str)> {
    let phrases: [(&str, Kind); 12] = [
        ("UNIQUE constraint", || ErrorKind::UniqueViolation),
        ("PRIMARY KEY constraint", || ErrorKind::UniqueViolation),
        ("NOT NULL constraint", || ErrorKind::NotNullViolation),
        ("FOREIGN KEY constraint", || ErrorKind::ForeignKeyViolation),
        ("CHECK constraint", || ErrorKind::CheckViolation),
        ("violates unique constraint", || ErrorKind::UniqueViolation),
        ("violates primary key constraint", || {
            ErrorKind::UniqueViolation
        }),
        ("violates not-null constraint", || {
            ErrorKind::NotNullViolation
        }),
        ("iolates foreign key constraint", || {
            ErrorKind::ForeignKeyViolation
        }),
        ("still referenced by a foreign key", || {
            ErrorKind::ForeignKeyViolation
        }),
        ("violates check constraint", || ErrorKind::CheckViolation),
        ("violates exclusion constraint", || {
            ErrorKind::ExclusionViolation
        }),
    ];
    phrases.into_iter().find_map(|(phrase, kind)| {
        let after = message.split_once(phrase)?.1;
        // `CHECK constraint` alone may be a parser talking about syntax; SQLite says `failed`.
        let is_upper = phrase.starts_with(|c: char| c.is_ascii_uppercase());
        (!is_upper || after.starts_with(" failed")).then(|| (kind(), after))
    })
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>, class 23.
fn kind_of_state(sqlstate: Option<&str>) -> ErrorKind {
    match sqlstate {
        Some("23502") => ErrorKind::NotNullViolation,
        Some("23503") => ErrorKind::ForeignKeyViolation,
        Some("23505") => ErrorKind::UniqueViolation,
        Some("23514") => ErrorKind::CheckViolation,
        Some("23P01") => ErrorKind::ExclusionViolation,
        _ => ErrorKind::Other,
    }
}

/// The five characters behind the word `SQLSTATE`, as in `(SQLSTATE 23505)`, `SQLSTATE: 23505` or
/// `SQLSTATE[23505]`.
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
