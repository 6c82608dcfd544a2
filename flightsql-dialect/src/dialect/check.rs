//! [`DialectProfile::check`]: all contradictions inside a profile, each with its place.
//!
//! Each message begins with the key as a dialect file writes it, such as `types.map[6]`. Types and templates of a profile
//! are not secret, so a message may show them.

use std::fmt;

use super::{
    CatalogTarget, CountedBy, DecimalLiteral, DialectProfile, LiteralForm, NullBinding, Syntax,
    TransactionMode, is_valid_name,
};
use crate::sql::lexer::{Token, TokenKind, tokens};
use crate::sql::placeholder::PlaceholderKind;

mod rules;

#[cfg(test)]
mod tests;

/// Contradictions in a [`DialectProfile`]: one or more, each with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileError {
    problems: Vec<String>,
}

impl ProfileError {
    /// Returns the contradictions, each beginning with the key as a dialect file writes it, such as `types.map[6]`.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("\n"))
    }
}

impl std::error::Error for ProfileError {}

impl DialectProfile {
    /// Checks the profile for contradictions. [`register`](crate::dialect::register) and a dialect file run this check.
    ///
    /// # Errors
    /// Returns every contradiction with its place: a rule that never applies, a conversion that does not exist, a quote
    /// that the lexer does not recognize.
    pub fn check(&self) -> Result<(), ProfileError> {
        let mut found = Problems::default();
        if !is_valid_name(&self.name) {
            found.add(format_args!("name = {:?} is not a valid name; use lower-case ASCII letters, digits and `-`, starting with a letter",
                    self.name
                ),
            );
        }
        self.check_syntax(&mut found);
        self.check_parameters(&mut found);
        self.check_literals(&mut found);
        rules::check(&self.types, &mut found);
        self.check_rest(&mut found);
        match found.0.is_empty() {
            true => Ok(()),
            false => Err(ProfileError { problems: found.0 }),
        }
    }

    fn check_syntax(&self, found: &mut Problems) {
        let (quote, syntax) = (self.identifiers.quote, &self.syntax);
        if !syntax.identifier_quotes.contains(&quote) {
            let quote = quote.to_string();
            found.add(format_args!(
                "identifiers.quote = {quote:?} is not among syntax.identifier-quotes"
            ));
        }
        for quote in &syntax.identifier_quotes {
            if syntax.string_quotes.contains(&quote.0) {
                let quote = quote.to_string();
                found.add(format_args!("syntax.identifier-quotes contains {quote:?}, which is in syntax.string-quotes too"),
                );
            }
        }
        let literals = &self.literals;
        if literals.escaped_quotes && !syntax.backslash_escapes {
            found.add(
                "literals.escaped-quotes has no effect while syntax.backslash-escapes is false",
            );
        }
        if literals.plain_backslashes && syntax.backslash_escapes {
            found.add("literals.plain-backslashes contradicts syntax.backslash-escapes");
        }
    }

    fn check_parameters(&self, found: &mut Problems) {
        let parameters = &self.parameters;
        let placeholder = parameters.placeholder(1);
        if parameters.counted_by == CountedBy::Driver && !is_placeholder(&placeholder, &self.syntax)
        {
            let why = match placeholder.chars().next() {
                Some(':') if !self.syntax.colon_names => " while syntax.colon-names is false",
                Some('@') if !self.syntax.at_names => " while syntax.at-names is false",
                _ => " of the driver's syntax; set parameters.counted-by to \"server\"",
            };
            found.add(format_args!(
                "parameters.placeholder = {:?} is not a valid placeholder{why}",
                parameters.placeholder
            ));
        }
        let is_written = self.types.nulls == NullBinding::Literal || !self.types.literal.is_empty();
        if is_written
            && parameters.counted_by == CountedBy::Server
            && !is_placeholder(&placeholder, &self.syntax)
        {
            found.add(format_args!("parameters.placeholder = {:?} is not known to the driver, which writes values in its place; empty types.literal, and set \
                     types.nulls to \"typed\"",
                    parameters.placeholder
                ),
            );
        }
        if parameters.placeholder.is_empty() {
            found.add("parameters.placeholder is empty");
        }
        if parameters.max_rows == Some(0) {
            found.add("parameters.max-rows must be at least 1, or false for no limit");
        }
        if let Some(name) = &parameters.column_name
            && !(name.contains("{n}") || name.contains("{name}"))
        {
            found.add(
                "parameters.column-name gives every column the same name; use {n} or {name} in it",
            );
        }
    }

    fn check_literals(&self, found: &mut Problems) {
        let literals = &self.literals;
        let (DecimalLiteral::Digits { max } | DecimalLiteral::Cast { max }) = literals.decimal;
        if !(1..=76).contains(&max) {
            found.add("literals.decimal must allow 1 to 76 digits");
        }
        if literals.fraction_digits > 9 {
            found.add("literals.fraction-digits must be 9 or less");
        }
        let forms = [
            ("text", &literals.text, "'a'"),
            ("binary", &literals.binary, "00ff"),
            (
                "uuid",
                &literals.uuid,
                "00000000-0000-0000-0000-000000000000",
            ),
            ("date", &literals.date, "2026-01-31"),
            ("time", &literals.time, "23:59:59"),
            ("timestamp", &literals.timestamp, "2026-01-31 23:59:59"),
            (
                "timestamptz",
                &literals.timestamptz,
                "2026-01-31 23:59:59+00:00",
            ),
            ("interval", &literals.interval, "1 months 2 days 3 seconds"),
        ];
        for (name, form, sample) in forms {
            let LiteralForm::Delimited { prefix, suffix } = form else {
                continue;
            };
            let text = format!("{prefix}{sample}{suffix}");
            let open = |token: Token<'_>| {
                !token.terminated || matches!(token.kind, TokenKind::Comment | TokenKind::Semicolon)
            };
            if text.is_empty() || tokens(&text, &self.syntax).any(open) {
                found.add(format_args!(
                    "literals.{name} = \"{prefix}{{}}{suffix}\" does not end its own tokens"
                ));
            }
        }
    }

    fn check_rest(&self, found: &mut Problems) {
        let transactions = &self.transactions;
        if transactions.savepoint_statements && transactions.mode == TransactionMode::None {
            found.add("transactions.savepoint-statements has no effect while transactions.mode is \"none\"");
        }
        for word in self.statements.words.keys() {
            let mut all = tokens(word, &self.syntax);
            let is_word = all
                .next()
                .is_some_and(|token| token.kind == TokenKind::Word);
            if !is_word || all.next().is_some() {
                found.add(format_args!("statements.words.{word:?} is not one word"));
            }
        }
        if self
            .login
            .token_idle_life
            .is_some_and(|life| life.is_zero())
        {
            found.add("login.token-idle-life = 0 would authenticate before each statement; write the seconds, or false");
        }
        let session = &self.session;
        if session.catalog == CatalogTarget::Statement && !session.use_statement.contains("{path}")
        {
            found.add("session.use-statement does not contain {path}, the catalog and schema");
        }
        let named = match &session.catalog {
            CatalogTarget::Headers { catalog, schema } => [Some(catalog), schema.as_ref()]
                .into_iter()
                .flatten()
                .collect(),
            _ => Vec::new(),
        };
        for name in session.header_keys.iter().chain(named) {
            if !is_header(name) {
                found.add(format_args!(
                    "session names the header {name:?}; use lower-case letters, digits, `-` and `_`"
                ));
            }
        }
        for name in &session.response_headers {
            if !is_header(name) {
                found.add(format_args!(
                    "session.response-headers contains {name:?}; use lower-case letters, digits, `-` and `_`"
                ));
            } else if is_credential_header(name) {
                found.add(format_args!(
                    "session.response-headers contains {name:?}, a header with credentials; remove it"
                ));
            }
        }
        if let Some(sql) = &self.migrations
            && sql.primary_key.trim().is_empty()
            && sql.lock_wait.is_some()
        {
            found.add("migrations.lock-wait needs migrations.primary-key, since the lock is a key that can exist once; set it to false");
        }
        let (errors, detect) = (&self.errors, &self.detect);
        let phrases = [
            ("errors.unique-violation", &errors.unique_violation),
            (
                "errors.foreign-key-violation",
                &errors.foreign_key_violation,
            ),
            ("errors.not-null-violation", &errors.not_null_violation),
            ("errors.check-violation", &errors.check_violation),
            ("errors.exclusion-violation", &errors.exclusion_violation),
            ("errors.retryable", &errors.retryable),
            ("errors.session-lost", &errors.session_lost),
            ("detect.name", &detect.name),
            ("detect.version", &detect.version),
            ("statements.count-columns", &self.statements.count_columns),
            ("session.bootstrap", &session.bootstrap),
            ("session.reset", &session.reset),
        ];
        for (place, texts) in phrases {
            if texts.iter().any(|text| text.trim().is_empty()) {
                found.add(format_args!("{place} contains an empty string"));
            }
        }
    }
}

#[derive(Debug, Default)]
struct Problems(Vec<String>);

impl Problems {
    /// Adds a contradiction, which begins with its key.
    fn add(&mut self, problem: impl fmt::Display) {
        self.0.push(problem.to_string());
    }
}

fn is_placeholder(text: &str, syntax: &Syntax) -> bool {
    let mut all = tokens(text, syntax);
    let first = all.next().and_then(|token| PlaceholderKind::of(token.kind));
    first.is_some() && all.next().is_none()
}

/// Returns `true` if this is the name of an HTTP/2 header: <https://www.rfc-editor.org/rfc/rfc9113#section-8.2.1>.
fn is_header(name: &str) -> bool {
    let valid =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.chars().all(valid)
}

/// Words in the names of headers whose values are credentials.
const CREDENTIALS: [&str; 12] = [
    "authorization",
    "authenticat",
    "cookie",
    "token",
    "secret",
    "password",
    "passwd",
    "credential",
    "api-key",
    "apikey",
    "access-key",
    "private-key",
];

/// Returns `true` if a header with this lower-case name carries credentials, by the words in its name.
#[must_use]
pub fn is_credential_header(name: &str) -> bool {
    let name = name.replace('_', "-");
    CREDENTIALS.iter().any(|word| name.contains(word))
        || name
            .split('-')
            .any(|part| matches!(part, "auth" | "jwt" | "signature"))
}
