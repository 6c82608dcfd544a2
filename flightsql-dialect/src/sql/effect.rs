//! The effect of a statement on its session, read off its keywords: settings, temporary objects, transactions.
//!
//! The text does not tell of a function that changes the session, such as `set_config('a', 'b', false)`.

use super::StatementClass;
use super::lexer::{Token, TokenKind};

/// The effect of a statement on the session that runs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SessionEffect {
    /// None that the text shows.
    #[default]
    None,
    /// Selects a catalog or schema: `USE`.
    Use {
        /// The number of names, which dots separate.
        names: usize,
    },
    /// Changes settings: `SET`, `RESET`, `PRAGMA … = …`, `ALTER SESSION`.
    Settings,
    /// Leaves objects that live as long as the session: temporary tables, attached databases, cursors. Also selects something
    /// that is neither a catalog nor a schema: `USE ROLE`, `USE BRANCH`.
    Temporary,
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`.
    Commit {
        /// Whether the next transaction begins at once: `AND CHAIN`.
        chains: bool,
    },
    /// `ROLLBACK`, `ABORT`.
    Rollback {
        /// Whether the next transaction begins at once: `AND CHAIN`.
        chains: bool,
    },
    /// `SAVEPOINT name`. Some engines begin a transaction with it.
    Savepoint(Box<str>),
    /// `RELEASE name`.
    Release(Box<str>),
    /// `ROLLBACK TO name`.
    RollbackTo(Box<str>),
}

/// Returns the effect of a statement with these significant tokens.
pub(super) fn effect<'a>(
    tokens: impl Iterator<Item = Token<'a>>,
    class: StatementClass,
    may_change: bool,
) -> SessionEffect {
    let mut tokens = tokens
        .skip_while(|token| token.kind == TokenKind::Semicolon || token.is_symbol("("))
        .take_while(|token| token.kind != TokenKind::Semicolon);
    match class {
        // The only ones that matter on the hot path, and mostly without a change.
        StatementClass::Query if !may_change => pragma_call(&mut tokens),
        StatementClass::Query => of_query(&mut tokens),
        StatementClass::Session => match tokens.next() {
            Some(first) if first.is_word("USE") => of_use(&mut tokens),
            _ => SessionEffect::Settings,
        },
        StatementClass::Transaction => of_transaction(&mut tokens),
        StatementClass::Ddl => of_ddl(&mut tokens),
        StatementClass::Unknown => match tokens.next() {
            Some(first) if is_one(&first, &["PREPARE", "DECLARE", "LISTEN"]) => {
                SessionEffect::Temporary
            }
            Some(first) if first.is_word("UNSET") => SessionEffect::Settings,
            _ => SessionEffect::None,
        },
        StatementClass::Dml | StatementClass::DmlReturning | StatementClass::Empty => {
            SessionEffect::None
        }
    }
}

fn is_one(token: &Token<'_>, words: &[&str]) -> bool {
    words.iter().any(|word| token.is_word(word))
}

/// `USE a.b`, `USE CATALOG a`. `USE ROLE a` and `USE BRANCH a IN b` select something that another `USE` leaves as it is.
fn of_use<'a>(tokens: &mut impl Iterator<Item = Token<'a>>) -> SessionEffect {
    let rest: Vec<Token<'a>> = tokens.collect();
    let has_kind = rest.get(1).is_some_and(|second| !second.is_symbol("."));
    let kinds = ["CATALOG", "DATABASE", "SCHEMA", "NAMESPACE"];
    match has_kind && !is_one(&rest[0], &kinds) {
        true => SessionEffect::Temporary,
        false => SessionEffect::Use {
            names: rest.iter().filter(|token| token.is_symbol(".")).count() + 1,
        },
    }
}

/// `PRAGMA name(value)` sets, except of the names that read: `PRAGMA table_info('t')`.
fn pragma_call<'a>(tokens: &mut impl Iterator<Item = Token<'a>>) -> SessionEffect {
    if !tokens.next().is_some_and(|first| first.is_word("PRAGMA")) {
        return SessionEffect::None;
    }
    let (mut name, mut calls) = ("", false);
    for token in tokens {
        match token.is_symbol("(") {
            true => {
                calls = true;
                break;
            }
            false => name = token.text,
        }
    }
    let name = name.to_ascii_lowercase();
    let reads = ["info", "list", "check", "show"]
        .iter()
        .any(|end| name.ends_with(end));
    match calls && !reads {
        true => SessionEffect::Settings,
        false => SessionEffect::None,
    }
}

/// A query that may change something: `PRAGMA … = …`, `SELECT … INTO TEMP t`.
fn of_query<'a>(tokens: &mut impl Iterator<Item = Token<'a>>) -> SessionEffect {
    let (mut first, mut into) = (true, false);
    for token in tokens {
        if first && token.is_word("PRAGMA") {
            return SessionEffect::Settings;
        }
        if into && is_one(&token, &["TEMP", "TEMPORARY"]) {
            return SessionEffect::Temporary;
        }
        (first, into) = (false, token.is_word("INTO"));
    }
    SessionEffect::None
}

fn of_ddl<'a>(tokens: &mut impl Iterator<Item = Token<'a>>) -> SessionEffect {
    let Some(first) = tokens.next() else {
        return SessionEffect::None;
    };
    if is_one(&first, &["ATTACH", "DETACH", "LOAD"]) {
        return SessionEffect::Temporary;
    }
    if first.is_word("ALTER") {
        return match tokens.next() {
            Some(second) if second.is_word("SESSION") => SessionEffect::Settings,
            _ => SessionEffect::None,
        };
    }
    if !first.is_word("CREATE") {
        return SessionEffect::None;
    }
    // The kind of the object follows its modifiers, and its name follows `IF NOT EXISTS`.
    let before = ["OR", "REPLACE", "GLOBAL", "LOCAL", "UNLOGGED", "RECURSIVE"];
    let kind = tokens.find(|token| !is_one(token, &before));
    if kind.is_some_and(|kind| is_one(&kind, &["TEMP", "TEMPORARY"])) {
        return SessionEffect::Temporary;
    }
    let mut name = tokens.skip_while(|token| is_one(token, &["IF", "NOT", "EXISTS"]));
    let schema = name.next();
    let is_qualified = name.next().is_some_and(|next| next.is_symbol("."));
    match schema {
        Some(schema) if is_qualified && is_one(&schema, &["TEMP", "PG_TEMP"]) => {
            SessionEffect::Temporary
        }
        _ => SessionEffect::None,
    }
}

fn of_transaction<'a>(tokens: &mut impl Iterator<Item = Token<'a>>) -> SessionEffect {
    let Some(first) = tokens.next() else {
        return SessionEffect::None;
    };
    let rest: Vec<Token<'a>> = tokens.collect();
    let second = rest.first();
    if first.is_word("SAVEPOINT") {
        return SessionEffect::Savepoint(name(second));
    }
    if first.is_word("RELEASE") {
        let is_noise = second.is_some_and(|token| token.is_word("SAVEPOINT")) && rest.len() > 1;
        return SessionEffect::Release(name(rest.get(usize::from(is_noise))));
    }
    let is_end = is_one(&first, &["COMMIT", "END"]);
    if !is_end && !is_one(&first, &["ROLLBACK", "ABORT"]) {
        return match second {
            // `START` of something else.
            Some(second) if first.is_word("START") && !second.is_word("TRANSACTION") => {
                SessionEffect::None
            }
            // Also a word of the dialect: an open transaction that is not one is only rolled back in vain.
            _ => SessionEffect::Begin,
        };
    }
    // The second phase of a transaction that this session has left.
    if second.is_some_and(|token| token.is_word("PREPARED")) {
        return SessionEffect::None;
    }
    if let Some(to) = rest.iter().position(|token| token.is_word("TO")) {
        let rest = &rest[to + 1..];
        let is_noise = rest.len() > 1 && rest[0].is_word("SAVEPOINT");
        return SessionEffect::RollbackTo(name(rest.get(usize::from(is_noise))));
    }
    let chains = rest
        .windows(2)
        .any(|pair| pair[0].is_word("AND") && pair[1].is_word("CHAIN"));
    match is_end {
        true => SessionEffect::Commit { chains },
        false => SessionEffect::Rollback { chains },
    }
}

/// The name of a savepoint, for a comparison that ignores case: without its quotes, in lower case.
fn name(token: Option<&Token<'_>>) -> Box<str> {
    let text = token.map_or("", |token| token.text);
    let text = text.trim_matches(['"', '`', '[', ']', '\'']);
    text.to_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::SessionEffect::{self, Begin, None, Settings, Temporary, Use};
    use crate::dialect::{Dialect, presets};

    fn effect(sql: &str) -> SessionEffect {
        let dialect = presets::ansi();
        let dialect: &dyn Dialect = &dialect;
        dialect.parse(sql).unwrap().effect().clone()
    }

    #[test]
    fn reads_effects_off_keywords() {
        let cases: &[(SessionEffect, &[&str])] = &[
            (
                None,
                &[
                    "SELECT 1",
                    "SELECT a INTO t FROM u",
                    "INSERT INTO temp VALUES (1)",
                    "CREATE TABLE t (a int)",
                    "CREATE TABLE temp (a int)",
                    "CREATE OR REPLACE VIEW v AS SELECT 1",
                    "CREATE TABLE t AS SELECT temporary FROM u",
                    "DROP TABLE t",
                    "ALTER TABLE session ADD b int",
                    "PRAGMA user_version",
                    "PRAGMA table_info('t')",
                    "PRAGMA main.foreign_key_list(t)",
                    "START SLAVE",
                    "COMMIT PREPARED 'a'",
                    "ROLLBACK PREPARED 'a'",
                    "CALL f()",
                ],
            ),
            (
                Use { names: 1 },
                &[
                    "USE a",
                    "use catalog \"a.b\"",
                    "USE DATABASE a",
                    "USE catalog",
                ],
            ),
            (Use { names: 2 }, &["USE a.b"]),
            (
                Settings,
                &[
                    "SET a = 1",
                    "RESET a",
                    "/* why */ set transaction read only",
                    "PRAGMA foreign_keys = ON",
                    "PRAGMA foreign_keys(1)",
                    "ALTER SESSION SET a = 1",
                    "UNSET a",
                ],
            ),
            (
                Temporary,
                &[
                    "CREATE TEMP TABLE t (a int)",
                    "create or replace temporary view v as select 1",
                    "CREATE LOCAL TEMPORARY TABLE t (a int)",
                    "CREATE TABLE IF NOT EXISTS temp.t (a int)",
                    "CREATE VIEW temp.v AS SELECT 1",
                    "SELECT a INTO TEMP t FROM u",
                    "ATTACH 'a.db' AS b",
                    "LOAD spatial",
                    "PREPARE p AS SELECT 1",
                    "DECLARE c CURSOR FOR SELECT 1",
                    "USE ROLE admin",
                    "USE WAREHOUSE a.b",
                    "USE BRANCH a IN b",
                ],
            ),
            (
                Begin,
                &["BEGIN", "begin immediate", "START TRANSACTION READ ONLY"],
            ),
        ];
        for (expected, texts) in cases {
            for sql in *texts {
                assert_eq!(effect(sql), *expected, "{sql}");
            }
        }
    }

    #[test]
    fn transactions_end_chain_and_nest() {
        let name = |name: &str| Box::<str>::from(name);
        let cases = [
            ("COMMIT", SessionEffect::Commit { chains: false }),
            ("END TRANSACTION", SessionEffect::Commit { chains: false }),
            ("COMMIT AND CHAIN", SessionEffect::Commit { chains: true }),
            (
                "COMMIT AND NO CHAIN",
                SessionEffect::Commit { chains: false },
            ),
            ("ROLLBACK;", SessionEffect::Rollback { chains: false }),
            ("ABORT", SessionEffect::Rollback { chains: false }),
            (
                "rollback and chain",
                SessionEffect::Rollback { chains: true },
            ),
            ("SAVEPOINT \"A b\"", SessionEffect::Savepoint(name("a b"))),
            ("RELEASE a", SessionEffect::Release(name("a"))),
            ("RELEASE SAVEPOINT A", SessionEffect::Release(name("a"))),
            (
                "RELEASE savepoint",
                SessionEffect::Release(name("savepoint")),
            ),
            ("ROLLBACK TO a", SessionEffect::RollbackTo(name("a"))),
            (
                "ROLLBACK TRANSACTION TO SAVEPOINT a",
                SessionEffect::RollbackTo(name("a")),
            ),
        ];
        for (sql, expected) in cases {
            assert_eq!(effect(sql), expected, "{sql}");
        }
    }

    #[test]
    fn words_of_a_dialect_change_what_their_class_changes() {
        let mut profile = presets::ansi();
        let words = [
            ("TUNE", crate::dialect::StatementClass::Session),
            ("OPEN", crate::dialect::StatementClass::Transaction),
        ];
        profile.statements.words = words.map(|(word, class)| (word.to_owned(), class)).into();
        let dialect: &dyn Dialect = &profile;
        let effect = |sql| dialect.parse(sql).unwrap().effect().clone();
        assert_eq!(effect("TUNE a"), Settings);
        assert_eq!(effect("OPEN"), Begin);
    }
}
