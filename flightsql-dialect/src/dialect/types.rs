//! Type mapping of a dialect: rules from sent types to meant types, and the forms in which values are bound.
//!
//! A rule is a pair of a sent type and a meant type. Read forwards, it maps result columns, table columns and reported
//! parameters. Read backwards, it converts a value that is bound to a reported parameter.

use std::collections::BTreeMap;

use arrow_schema::{DataType, Field};
use serde::{Deserialize, Serialize};

pub use crate::arrow::logical_type::{Encoding, LogicalType, UnknownType};
use crate::arrow::logical_type::{TYPE_NAME_KEY, server_type_name};

#[cfg(test)]
mod tests;

/// The meaning of an engine's types, in both directions.
///
/// Empty by default: every column has the meaning of its Arrow type, and "not nullable" is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct TypeMap {
    /// Rules for columns and parameters; the first match wins.
    pub map: Vec<TypeRule>,
    /// The type that a value is sent as, for parameters whose type the server does not report.
    pub bind: BTreeMap<LogicalType, LogicalType>,
    /// SQL names of types, with `{precision}`, `{scale}` and `{length}`.
    pub names: BTreeMap<LogicalType, String>,
    /// The form of a bound NULL.
    pub nulls: NullBinding,
    /// Types whose values are always written into the SQL text; `any` for all.
    pub literal: Vec<LogicalType>,
    /// Whether a value bound to a reported union is wrapped in the union's variant of its type.
    pub wrap_unions: bool,
    /// Whether "not nullable" in a result schema can be trusted on this engine. Defaults to `true`.
    pub trust_not_null: bool,
}

impl Default for TypeMap {
    fn default() -> Self {
        Self {
            map: Vec::new(),
            bind: BTreeMap::new(),
            names: BTreeMap::new(),
            nulls: NullBinding::Typed,
            literal: Vec::new(),
            wrap_unions: false,
            trust_not_null: true,
        }
    }
}

/// A rule: columns that match it mean another type than their sent type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct TypeRule {
    /// The type that the server sends. Defaults to `any`.
    #[serde(default = "any", skip_serializing_if = "is_any")]
    pub sent: LogicalType,
    /// The server's name of the type, in any case. `DECIMAL` matches `DECIMAL(9,2)`, and `BOOL*` matches every name with
    /// the prefix `BOOL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql_type: Option<String>,
    /// The Arrow extension type (`ARROW:extension:name`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<String>,
    /// The name of the column or parameter; `is_*` matches every name with the prefix `is_`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The place to which the rule is limited. Defaults to all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Place>,
    /// The type that the column means.
    pub means: LogicalType,
    /// The layout of a number inside bytes.
    #[serde(default, skip_serializing_if = "is_value")]
    pub encoding: Encoding,
    /// The type that a parameter is sent as in place of the reported type, if the report is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send: Option<SentAs>,
}

fn any() -> LogicalType {
    LogicalType::Any
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn is_value(encoding: &Encoding) -> bool {
    *encoding == Encoding::Value
}

fn is_any(pattern: &LogicalType) -> bool {
    *pattern == LogicalType::Any
}

/// The place of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Place {
    /// A column of a result.
    Result,
    /// A column of a table, as the catalog lists it.
    Table,
    /// A parameter of a prepared statement.
    Parameter,
}

/// The form of a bound NULL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum NullBinding {
    /// A NULL of the parameter's type.
    #[default]
    Typed,
    /// A NULL without a type.
    Untyped,
    /// The word `NULL` in the SQL text, for an engine that stores another value for a bound NULL.
    Literal,
}

/// The type that a parameter is sent as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum SentAs {
    /// The type of the value itself: the server converts or refuses it. Written `own`.
    Own,
    /// A type.
    Type(LogicalType),
}

impl TryFrom<String> for SentAs {
    type Error = UnknownType;

    fn try_from(text: String) -> Result<Self, UnknownType> {
        match text.as_str() {
            "own" => Ok(Self::Own),
            other => other.parse().map(Self::Type),
        }
    }
}

impl From<SentAs> for String {
    fn from(sent: SentAs) -> Self {
        match sent {
            SentAs::Own => "own".to_owned(),
            SentAs::Type(logical) => logical.to_string(),
        }
    }
}

/// The meaning of one column or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnType {
    /// The type that the column means.
    pub means: LogicalType,
    /// The layout of a number inside bytes.
    pub encoding: Encoding,
    /// The type that a parameter is sent as in place of the reported type.
    pub send: Option<SentAs>,
    /// The index of the rule in `types.map`, for errors; `None` for a type that a hook returned.
    pub rule: Option<usize>,
}

impl ColumnType {
    /// Returns a column of this meaning, for [`Dialect::column_type`](super::Dialect) in code.
    #[must_use]
    pub fn new(means: LogicalType) -> Self {
        Self {
            means,
            encoding: Encoding::Value,
            send: None,
            rule: None,
        }
    }
}

/// A parameter about to be bound.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Parameter<'a> {
    /// The position, counted from 0.
    pub position: usize,
    /// The type of the bound value, with the name of the parameter if it has one.
    pub own: &'a Field,
    /// The parameter reported by the server, if any.
    pub reported: Option<&'a Field>,
}

impl<'a> Parameter<'a> {
    /// Returns a parameter at `position`, counted from 0.
    #[must_use]
    pub fn new(position: usize, own: &'a Field, reported: Option<&'a Field>) -> Self {
        Self {
            position,
            own,
            reported,
        }
    }
}

impl TypeRule {
    /// Returns a rule for columns sent as `sent`.
    #[must_use]
    pub fn new(sent: LogicalType, means: LogicalType) -> Self {
        Self {
            sent,
            sql_type: None,
            extension: None,
            column: None,
            at: None,
            means,
            encoding: Encoding::Value,
            send: None,
        }
    }

    /// Returns the same rule for columns whose type has this SQL name.
    #[must_use]
    pub fn with_sql_type(mut self, name: impl Into<String>) -> Self {
        self.sql_type = Some(name.into());
        self
    }

    /// Returns the same rule for numbers in this layout.
    #[must_use]
    pub fn with_encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Returns the same rule limited to a place.
    #[must_use]
    pub fn with_place(mut self, at: Place) -> Self {
        self.at = Some(at);
        self
    }

    /// Returns the same rule with the type that a parameter is sent as.
    #[must_use]
    pub fn with_send(mut self, send: SentAs) -> Self {
        self.send = Some(send);
        self
    }

    fn matches(&self, field: &Field, at: Place) -> bool {
        let optional = |pattern: &Option<String>, matches: &dyn Fn(&str) -> bool| {
            pattern.as_deref().is_none_or(matches)
        };
        self.at.is_none_or(|place| place == at)
            && self.sent.matches(field)
            && optional(&self.extension, &|name| {
                field.extension_type_name() == Some(name)
            })
            && optional(&self.column, &|pattern| is_named(pattern, field.name()))
            && optional(&self.sql_type, &|pattern| {
                server_type_name(field).is_some_and(|name| is_sql_type(pattern, &name))
            })
    }
}

impl TypeMap {
    /// Returns the meaning of a field, by the first rule that matches it.
    pub fn column(&self, field: &Field, at: Place) -> Option<ColumnType> {
        let mut rules = self.map.iter().enumerate();
        let (index, rule) = rules.find(|(_, rule)| rule.matches(field, at))?;
        Some(ColumnType {
            means: rule.means.clone(),
            encoding: rule.encoding,
            send: rule.send.clone(),
            rule: Some(index),
        })
    }

    /// Returns the type that a value is sent as if the server does not report a type.
    pub fn bound(&self, parameter: &Parameter<'_>) -> Option<LogicalType> {
        most_specific(&self.bind, parameter.own).cloned()
    }

    /// Returns `true` if a value of this type is always written into the SQL text.
    pub fn is_literal(&self, own: &Field) -> bool {
        self.literal.iter().any(|pattern| pattern.matches(own))
    }

    /// Returns the engine's SQL name of a field's type, for DDL and casts.
    pub fn name(&self, field: &Field) -> Option<String> {
        let pattern = most_specific(&self.names, field)?;
        let (precision, scale, length) = match LogicalType::of(field) {
            LogicalType::Decimal(Some((precision, scale))) => (precision, scale, 0),
            LogicalType::Binary(Some(length)) => (0, 0, length),
            _ => (0, 0, 0),
        };
        Some(
            pattern
                .replace("{precision}", &precision.to_string())
                .replace("{scale}", &scale.to_string())
                .replace("{length}", &length.to_string()),
        )
    }

    /// Returns the type that the engine's name of a type means, by the rules that name one.
    ///
    /// The sent type of a rule is ignored, because only a name is known here.
    pub fn named(&self, name: &str) -> Option<LogicalType> {
        let rule = self.map.iter().find(|rule| {
            let sql_type = rule.sql_type.as_deref();
            sql_type.is_some_and(|pattern| is_sql_type(pattern, name))
        })?;
        let metadata = [(TYPE_NAME_KEY.to_owned(), name.to_owned())].into();
        let field = Field::new("", DataType::Utf8, true).with_metadata(metadata);
        match rule.means.resolve(&field) {
            // Uses the digits of the name.
            Some(resolved) if rule.means == LogicalType::Decimal(None) => {
                Some(LogicalType::of(&resolved))
            }
            _ => Some(rule.means.clone()),
        }
    }
}

/// Returns the value of the key that matches a field with the most parameters.
fn most_specific<'m, V>(map: &'m BTreeMap<LogicalType, V>, field: &Field) -> Option<&'m V> {
    map.iter()
        .filter(|(pattern, _)| pattern.matches(field))
        .max_by_key(|(pattern, _)| pattern.specificity())
        .map(|(_, value)| value)
}

/// Compares names exactly; a `*` at the end matches any suffix.
pub(super) fn is_named(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

/// Compares SQL names of types without case; a pattern without parameters matches a name with some.
pub(super) fn is_sql_type(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.trim(), name.trim());
    let begins = |start: &str| {
        let begin = name.get(..start.len());
        begin.is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    match pattern.strip_suffix('*') {
        Some(start) => begins(start),
        None if !begins(pattern) => false,
        None => {
            let rest = name[pattern.len()..].trim_start();
            rest.is_empty() || rest.starts_with('(')
        }
    }
}
