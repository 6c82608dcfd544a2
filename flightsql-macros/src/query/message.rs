//! The server's error for a statement, with the position that its text names.

use flightsql_client::Error;
use flightsql_client::error::Kind;

/// The start of an error in the options.
pub(super) const CONFIGURATION: &str = "error with configuration: ";

/// Returns SQLx's prefix of an error, so that the error at compile time equals the error at run time.
pub(super) fn before(error: &Error) -> &'static str {
    match error.kind() {
        Kind::Server(_) | Kind::Unsupported(_) => "error returned from database: ",
        Kind::Io { .. } | Kind::Timeout { .. } => "error communicating with database: ",
        Kind::Tls { .. } => "error occurred while attempting to establish a TLS connection: ",
        Kind::Protocol { .. } => "encountered unexpected or invalid data: ",
        Kind::Configuration(_) => CONFIGURATION,
        _ => "",
    }
}

/// Returns the error's text and, if the text names a position, the line of the statement with a mark under it.
pub(super) fn of(text: &str, sql: &str) -> String {
    match place(text, sql) {
        None => text.to_owned(),
        Some(place) => format!("{text}\n{}", shown(sql, place)),
    }
}

/// Returns the byte of the statement that a server's text names.
fn place(text: &str, sql: &str) -> Option<usize> {
    line_and_column(text, sql).or_else(|| only_mention(text, sql))
}

/// Finds `Line: 1, Column: 8`, as DataFusion and sqlparser write it.
fn line_and_column(text: &str, sql: &str) -> Option<usize> {
    let after = text.split_once("Line: ")?.1;
    let (line, column) = after.split_once(", Column: ")?;
    let line: usize = line.parse().ok()?;
    let digits = column.find(|c: char| !c.is_ascii_digit());
    let column: usize = column.get(..digits.unwrap_or(column.len()))?.parse().ok()?;
    let mut start = 0;
    for (index, text) in sql.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            let offset = text.char_indices().nth(column.checked_sub(1)?)?.0;
            return Some(start + offset);
        }
        start += text.len();
    }
    None
}

/// Finds the word of `near "FORM"` and `no such column: nme`, as SQLite writes them, if the statement contains it once.
fn only_mention(text: &str, sql: &str) -> Option<usize> {
    let quoted = text
        .split_once("near \"")
        .and_then(|(_, after)| after.split_once('"'))
        .map(|(word, _)| word);
    let named = ["no such column: ", "no such table: ", "no such function: "]
        .iter()
        .find_map(|start| text.split_once(start))
        .map(|(_, after)| after.split_whitespace().next().unwrap_or_default());
    let word = quoted.or(named).filter(|word| !word.is_empty())?;
    let mut places = sql.match_indices(word).filter(|(at, _)| {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let before = sql.get(..*at).and_then(|before| before.chars().next_back());
        let after = sql
            .get(at + word.len()..)
            .and_then(|after| after.chars().next());
        !is_part(before) && !is_part(after)
    });
    let (at, _) = places.next()?;
    places.next().is_none().then_some(at)
}

fn shown(sql: &str, place: usize) -> String {
    let before = sql.get(..place).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let text = sql
        .get(start..)
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default();
    let column = before.get(start..).unwrap_or_default().chars().count();
    let text = text.replace('\t', " ");
    let number = format!("{line}");
    let margin = " ".repeat(number.len());
    format!("{number} | {text}\n{margin} | {}^", " ".repeat(column))
}
