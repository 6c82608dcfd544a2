//! An SQL statement as tokens: its kind, and the SQL that SQLite runs.
//!
//! Layer: engine, pure. Grammar: <https://www.sqlite.org/lang.html>. It is not a full parser: SQLite handles
//! everything that it does not recognize.

use super::error::{Kind, Result, SqliteError};
use super::lexer::{Token, TokenKind, tokenize};
use super::types::ColType;
use super::write;

/// Maximum length of a statement in bytes, as in SQLite.
pub(crate) const MAX_SQL: usize = 1_000_000;
/// Maximum nesting of parentheses. SQLite rejects deeper expressions too.
const MAX_DEPTH: usize = 1_000;

/// The functions whose values belong to a connection of SQLite (<https://www.sqlite.org/lang_corefunc.html>).
pub(crate) const NUMBERS: [&str; 3] = ["last_insert_rowid", "changes", "total_changes"];

/// A single statement.
#[derive(Debug, Clone)]
pub(crate) struct Sql {
    text: String,
    tokens: Vec<Token>,
    /// For each token that opens a parenthesis, the index after the closing one.
    closes: Vec<usize>,
    verb: Verb,
    /// Index of the main verb, after a `WITH` clause.
    main: usize,
}

/// The kind of a statement, by its main verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// `SELECT`, also after `WITH`.
    Select,
    /// `VALUES`.
    Values,
    /// `INSERT`, `REPLACE`, `UPDATE`, `DELETE`.
    Change,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`.
    Savepoint,
    /// `BEGIN`, `COMMIT`, `END`, `ROLLBACK`.
    Transaction,
    /// `PRAGMA`.
    Pragma,
    /// `CREATE TEMP …`.
    Temporary,
    /// Anything else: DDL, `EXPLAIN`, `VACUUM` and so on.
    Other,
}

/// The connection that a statement needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Any connection.
    Nothing,
    /// The connection of its session, if it has one, which stores the numbers of the last change.
    Changes,
    /// The connection of its session, because the statement uses state of a connection.
    Session,
}

impl Sql {
    /// Parses one statement. A `;` at the end is dropped.
    ///
    /// # Errors
    /// Returns an error for no statement or several, for SQL that is too long or contains NUL, and for a statement that uses
    /// other files.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.len() > MAX_SQL {
            return Err(SqliteError::new(
                Kind::Exhausted,
                format!("the SQL text is longer than {MAX_SQL} bytes"),
            ));
        }
        if text.contains('\0') {
            return Err(SqliteError::invalid("the SQL text holds a NUL character"));
        }
        let mut sql = Self {
            text: text.to_owned(),
            tokens: tokenize(text),
            closes: Vec::new(),
            verb: Verb::Other,
            main: 0,
        };
        while sql
            .tokens
            .last()
            .is_some_and(|token| sql.text[token.start..token.end] == *";")
        {
            sql.tokens.pop();
        }
        if sql.tokens.is_empty() {
            return Err(SqliteError::invalid("the SQL text holds no statement"));
        }
        sql.single()?;
        sql.pair()?;
        sql.main = sql.find_main();
        sql.verb = sql.find_verb();
        sql.inside()?;
        Ok(sql)
    }

    pub(crate) fn verb(&self) -> Verb {
        self.verb
    }

    /// Returns the connection that the statement needs.
    pub(crate) fn need(&self) -> Need {
        if self.acts() || self.numbers().next().is_some() {
            Need::Session
        } else if self.verb == Verb::Change {
            Need::Changes
        } else {
            Need::Nothing
        }
    }

    /// Returns the called functions whose values belong to a connection.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &'static str> {
        let asks = matches!(self.verb, Verb::Select | Verb::Values | Verb::Change);
        let calls = move |name: &&str| {
            let called = |at: usize| self.at(at + 1) == "(" && self.is_named(at, name);
            (0..self.tokens.len()).any(called)
        };
        NUMBERS.into_iter().filter(move |name| asks && calls(name))
    }

    /// Returns `true` if the statement affects its connection or transaction, which SQLite reports as read-only.
    pub(crate) fn acts(&self) -> bool {
        match self.verb {
            Verb::Transaction | Verb::Savepoint | Verb::Temporary => true,
            Verb::Pragma => self.sets_pragma(),
            _ => false,
        }
    }

    /// Returns `true` for a `PRAGMA` that changes a setting of its connection.
    pub(crate) fn sets_pragma(&self) -> bool {
        /// Pragmas whose argument is a query, or a setting of the database and not of a connection.
        const OTHERS: [&str; 21] = [
            "application_id",
            "auto_vacuum",
            "data_version",
            "encoding",
            "foreign_key_check",
            "foreign_key_list",
            "incremental_vacuum",
            "index_info",
            "index_list",
            "index_xinfo",
            "integrity_check",
            "journal_mode",
            "optimize",
            "page_size",
            "quick_check",
            "schema_version",
            "table_info",
            "table_list",
            "table_xinfo",
            "user_version",
            "wal_checkpoint",
        ];
        // PRAGMA [schema .] name = value, or name ( value ).
        let name = if self.at(2) == "." { 3 } else { 1 };
        self.verb == Verb::Pragma
            && matches!(self.at(name + 1), "=" | "(")
            && !self.is_any(name, &OTHERS)
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// Returns the index of the main verb.
    pub(crate) fn main(&self) -> usize {
        self.main
    }

    pub(crate) fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    /// Returns the text of a token, which is empty after the end.
    pub(crate) fn at(&self, at: usize) -> &str {
        self.tokens
            .get(at)
            .map_or("", |token| &self.text[token.start..token.end])
    }

    /// Returns `true` if a token is this bare word, in any case.
    pub(crate) fn is(&self, at: usize, word: &str) -> bool {
        self.kind(at) == Some(TokenKind::Word) && self.at(at).eq_ignore_ascii_case(word)
    }

    /// Returns `true` if a token is this name, bare or quoted, in any case.
    fn is_named(&self, at: usize, name: &str) -> bool {
        self.name(at)
            .is_some_and(|found| found.eq_ignore_ascii_case(name))
    }

    pub(crate) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// Returns the name of a word or quoted identifier.
    pub(crate) fn name(&self, at: usize) -> Option<String> {
        let text = self.at(at);
        match self.kind(at)? {
            TokenKind::Word => Some(text.to_owned()),
            TokenKind::Quoted => {
                let open = text.chars().next()?;
                let close = if open == '[' { ']' } else { open };
                let inner = text.strip_prefix(open)?.strip_suffix(close)?;
                Some(if open == '[' {
                    inner.to_owned()
                } else {
                    inner.replace(&format!("{open}{open}"), &open.to_string())
                })
            }
            _ => None,
        }
    }

    /// Returns the index after the parenthesis that closes the one at `open`, or the end.
    pub(crate) fn close(&self, open: usize) -> usize {
        self.closes.get(open).copied().unwrap_or(self.tokens.len())
    }

    /// Iterates over the indexes from `from` outside nested parentheses, up to the closing one.
    pub(crate) fn top_level(&self, from: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut at = from;
        while at < self.tokens.len() {
            match self.at(at) {
                "(" => {
                    found.push(at);
                    at = self.close(at);
                    continue;
                }
                ")" => break,
                _ => found.push(at),
            }
            at += 1;
        }
        found
    }

    /// Returns the SQL for SQLite. `CAST(x AS T)` becomes `(x)` if SQLite has no such `T` (see [`ColType::is_logical`]),
    /// because its cast would convert a date to its year. A text literal is converted to the stored form of such a value,
    /// so that it compares correctly.
    pub(crate) fn for_sqlite(&self) -> String {
        let mut cuts: Vec<(usize, usize, String)> = Vec::new();
        for at in 0..self.tokens.len() {
            let Some((ty, as_at, end)) = self.cast(at) else {
                continue;
            };
            if ty.is_some_and(ColType::is_logical) {
                let spelled = match self.kind(at + 2) {
                    Some(TokenKind::Text) if as_at == at + 3 => {
                        ty.and_then(|ty| write::literal(self.at(at + 2).trim_matches('\''), ty))
                    }
                    _ => None,
                };
                let token = |at: usize| self.tokens[at];
                cuts.push((token(at).start, token(at).end, String::new()));
                if let Some(text) = spelled {
                    let literal = token(at + 2);
                    cuts.push((literal.start, literal.end, text));
                }
                cuts.push((token(as_at).start, token(end - 1).start, String::new()));
            }
        }
        cuts.sort_unstable();
        let end = self.tokens.last().map_or(0, |token| token.end);
        let mut text = String::with_capacity(end);
        let mut from = 0;
        for (start, stop, instead) in cuts {
            text.push_str(&self.text[from..start]);
            text.push_str(&instead);
            from = stop;
        }
        text.push_str(&self.text[from..end]);
        text
    }

    /// Parses a cast at this token. Returns its type, the index of its `AS`, and the index after its `)`.
    pub(crate) fn cast(&self, at: usize) -> Option<(Option<ColType>, usize, usize)> {
        if !self.is(at, "CAST") || self.at(at + 1) != "(" {
            return None;
        }
        let end = self.close(at + 1);
        let as_at = self
            .top_level(at + 2)
            .into_iter()
            .rev()
            .find(|index| self.is(*index, "AS"))?;
        if self.at(end - 1) != ")" || as_at + 1 >= end - 1 {
            return None;
        }
        let decl = &self.text[self.tokens[as_at + 1].start..self.tokens[end - 2].end];
        Some((ColType::from_decl(decl), as_at, end))
    }

    /// Returns the ranges between the commas of the outermost level.
    pub(crate) fn split(&self, start: usize, end: usize) -> Vec<(usize, usize)> {
        let mut parts = Vec::new();
        let mut from = start;
        for at in self.top_level(start).into_iter().filter(|at| *at < end) {
            if self.at(at) == "," {
                parts.push((from, at));
                from = at + 1;
            }
        }
        parts.push((from, end));
        parts
    }

    /// Returns the index of the table name in `schema.table`.
    pub(crate) fn qualified(&self, at: usize) -> usize {
        if self.at(at + 1) == "." { at + 2 } else { at }
    }

    /// Returns the table that an `INSERT`, `UPDATE` or `DELETE` changes.
    pub(crate) fn target(&self) -> Option<String> {
        self.name(self.qualified(self.target_at()?))
    }

    /// Returns the index at which the name of the changed table begins, with its schema.
    pub(crate) fn target_at(&self) -> Option<usize> {
        let after = |word: &str| {
            self.top_level(self.main)
                .into_iter()
                .find(|at| self.is(*at, word))
                .map(|at| at + 1)
        };
        match self.at(self.main).to_ascii_uppercase().as_str() {
            "INSERT" | "REPLACE" => after("INTO"),
            "DELETE" => after("FROM"),
            "UPDATE" => Some(self.main + if self.is(self.main + 1, "OR") { 3 } else { 1 }),
            _ => None,
        }
    }

    fn single(&self) -> Result<()> {
        // The body of a trigger contains statements.
        let trigger = self.is(0, "CREATE") && (1..3).any(|at| self.is(at, "TRIGGER"));
        if !trigger && (0..self.tokens.len()).any(|at| self.at(at) == ";") {
            return Err(SqliteError::invalid(
                "the text holds more than one statement: send each statement in a request of its own",
            ));
        }
        Ok(())
    }

    fn pair(&mut self) -> Result<()> {
        let mut closes: Vec<usize> = (1..=self.tokens.len()).collect();
        let mut open = Vec::new();
        for at in 0..self.tokens.len() {
            match self.at(at) {
                "(" => open.push(at),
                ")" => {
                    if let Some(start) = open.pop() {
                        closes[start] = at + 1;
                    }
                }
                _ => {}
            }
            if open.len() > MAX_DEPTH {
                return Err(SqliteError::invalid(format!(
                    "the SQL nests parentheses deeper than {MAX_DEPTH}"
                )));
            }
        }
        for start in open {
            closes[start] = self.tokens.len();
        }
        self.closes = closes;
        Ok(())
    }

    fn find_main(&self) -> usize {
        if !self.is(0, "WITH") {
            return 0;
        }
        const MAIN: [&str; 6] = ["SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE"];
        self.top_level(1)
            .into_iter()
            .find(|at| self.is_any(*at, &MAIN))
            .unwrap_or(0)
    }

    fn find_verb(&self) -> Verb {
        match self.at(self.main).to_ascii_uppercase().as_str() {
            "SELECT" => Verb::Select,
            "VALUES" => Verb::Values,
            "INSERT" | "REPLACE" | "UPDATE" | "DELETE" => Verb::Change,
            "SAVEPOINT" | "RELEASE" => Verb::Savepoint,
            "ROLLBACK" if self.is(1, "TO") || self.is(2, "TO") => Verb::Savepoint,
            "BEGIN" | "COMMIT" | "END" | "ROLLBACK" => Verb::Transaction,
            "PRAGMA" => Verb::Pragma,
            "CREATE" if self.is_any(1, &["TEMP", "TEMPORARY"]) || self.in_temp() => Verb::Temporary,
            _ => Verb::Other,
        }
    }

    /// Returns `true` if a `CREATE` names an object of the schema `temp`: CREATE [UNIQUE] [VIRTUAL] TABLE [IF NOT EXISTS]
    /// temp.name.
    fn in_temp(&self) -> bool {
        // SQLite accepts a string as a name here.
        let is_text = |at| self.at(at).eq_ignore_ascii_case("'temp'");
        let temp = |at| self.at(at + 1) == "." && (self.is_named(at, "temp") || is_text(at));
        (2..7).any(temp)
    }

    /// Rejects statements that open or write other files, or change settings unnoticed.
    fn inside(&self) -> Result<()> {
        if self.is_any(0, &["ATTACH", "DETACH"])
            || (self.is(0, "VACUUM") && (1..3).any(|at| self.is(at, "INTO")))
        {
            return Err(SqliteError::new(
                Kind::Unsupported,
                "this server opens no other database files",
            ));
        }
        let explained = if self.is(1, "QUERY") { 3 } else { 1 };
        if self.is(0, "EXPLAIN") && self.is(explained, "PRAGMA") {
            return Err(SqliteError::new(
                Kind::Unsupported,
                "EXPLAIN of a PRAGMA would change the setting: send the PRAGMA itself",
            ));
        }
        Ok(())
    }
}
