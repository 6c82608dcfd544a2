//! Filters of catalog queries, which the driver applies to the response again.
//!
//! Servers differ in the meaning of a filter: some ignore one, some compare without case, and the protocol defines no escape
//! character for its patterns (`%` for any text, `_` for any character). The driver therefore sends an exact name, or a pattern
//! with escapes, as a pattern that matches at least the same names, and compares the names of the response.

use super::{DbSchema, Table, TableName};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// Exactly this name.
    Exact(String),
    /// A pattern with `%` and `_`, which a backslash makes literal. Engines differ in whether case counts, so here it does not.
    Like(String),
}

impl Pattern {
    /// Returns the pattern for the server, which matches every wanted name on servers with and without an escape character. `\`
    /// is one on some servers, and `'` ends the SQL string into which some servers insert the pattern, so `_` replaces both.
    pub(crate) fn to_wire(&self) -> String {
        match self {
            Self::Exact(name) => name.replace(['\\', '\''], "_"),
            Self::Like(pattern) => parts(pattern)
                .map(|part| match part {
                    Part::AnyText => '%',
                    Part::AnyChar | Part::Char('%' | '_' | '\\' | '\'') => '_',
                    Part::Char(c) => c,
                })
                .collect(),
        }
    }

    /// Compares a name. `ignores_case` is for exact names, of an engine that compares names without case.
    pub(crate) fn matches(&self, name: &str, ignores_case: bool) -> bool {
        match self {
            Self::Exact(exact) => is_same(exact, name, ignores_case),
            Self::Like(pattern) => like(
                &parts(&pattern.to_lowercase()).collect::<Vec<_>>(),
                &name.to_lowercase().chars().collect::<Vec<_>>(),
            ),
        }
    }
}

fn is_same(wanted: &str, found: &str, ignores_case: bool) -> bool {
    wanted == found || (ignores_case && wanted.eq_ignore_ascii_case(found))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// `%`
    AnyText,
    /// `_`
    AnyChar,
    Char(char),
}

/// Returns the parts of a pattern. A backslash that is not before `%`, `_` or `\` is literal.
fn parts(pattern: &str) -> impl Iterator<Item = Part> {
    let mut chars = pattern.chars().peekable();
    std::iter::from_fn(move || {
        Some(match chars.next()? {
            '%' => Part::AnyText,
            '_' => Part::AnyChar,
            '\\' => Part::Char(
                chars
                    .next_if(|next| matches!(next, '%' | '_' | '\\'))
                    .unwrap_or('\\'),
            ),
            literal => Part::Char(literal),
        })
    })
}

/// SQL's LIKE. Linear in space and at worst quadratic in time: only the last `%` is ever retried.
fn like(pattern: &[Part], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut retry = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Part::AnyText) => {
                retry = Some((p + 1, t));
                p += 1;
            }
            Some(Part::AnyChar) => (p, t) = (p + 1, t + 1),
            Some(Part::Char(c)) if *c == text[t] => (p, t) = (p + 1, t + 1),
            _ => match retry {
                Some((after, from)) => {
                    (p, t) = (after, from + 1);
                    retry = Some((after, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|part| *part == Part::AnyText)
}

/// Conditions on catalog, schema and table. `None` is not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) catalog: Option<String>,
    pub(crate) schema: Option<Pattern>,
    pub(crate) table: Option<Pattern>,
    pub(crate) types: Vec<String>,
    /// Whether a row without a schema is excluded if a schema is wanted. In the response to a wider query, such a row may be
    /// of another schema.
    pub(crate) only_named: bool,
    /// Whether the engine compares names without case, as SQLite and DuckDB do.
    pub(crate) ignores_case: bool,
}

impl Filter {
    pub(crate) fn of(name: &TableName) -> Self {
        Self {
            catalog: name.catalog().map(str::to_owned),
            schema: name
                .schema()
                .map(|schema| Pattern::Exact(schema.to_owned())),
            table: Some(Pattern::Exact(name.name().to_owned())),
            ..Self::default()
        }
    }

    /// Returns `true` if this is the only catalog.
    pub(crate) fn is_only(&self, catalog: &str, catalogs: &[String]) -> bool {
        matches!(catalogs, [only] if is_same(catalog, only, self.ignores_case))
    }

    pub(crate) fn wants_schema(&self, schema: &DbSchema) -> bool {
        self.wants(schema.catalog.as_deref(), Some(&schema.name))
    }

    pub(crate) fn wants_table(&self, table: &Table) -> bool {
        self.wants_name(&table.name)
            && (self.types.is_empty() || self.types.contains(&table.table_type))
    }

    pub(crate) fn wants_name(&self, name: &TableName) -> bool {
        self.wants(name.catalog(), name.schema())
            && self
                .table
                .as_ref()
                .is_none_or(|pattern| pattern.matches(name.name(), self.ignores_case))
    }

    /// Returns `true` if catalog and schema match. A server that reports neither has no other, except in the response to a
    /// wider query.
    fn wants(&self, catalog: Option<&str>, schema: Option<&str>) -> bool {
        let is_catalog = match (&self.catalog, catalog) {
            (Some(wanted), Some(found)) => is_same(wanted, found, self.ignores_case),
            _ => true,
        };
        let is_schema = match (&self.schema, schema) {
            (Some(wanted), Some(found)) => wanted.matches(found, self.ignores_case),
            (Some(wanted), None) => !self.only_named || wanted.matches("", false),
            (None, _) => true,
        };
        is_catalog && is_schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::Like(pattern.to_owned()).matches(name, false)
    }

    #[test]
    fn patterns_match_as_in_sql() {
        for (pattern, name) in [
            ("%", ""),
            ("%", "anything"),
            ("a%", "abc"),
            ("%c", "abc"),
            ("a_c", "abc"),
            ("%b%", "abc"),
            ("a%b%c", "axxbyyc"),
            ("INT%", "intTable"),
            ("", ""),
            ("%%", "é"),
            ("_", "é"),
            ("%ab", "aab"),
            (r"a\_1", "a_1"),
            (r"50\%%", "50% off"),
            (r"a\\b", r"a\b"),
            (r"a\b", r"a\b"),
            (r"a\", r"a\"),
        ] {
            assert!(matches(pattern, name), "{pattern:?} {name:?}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("_", ""),
            ("a", "ab"),
            ("a_", "a"),
            ("%b", "abc"),
            ("a%b", "b"),
            (r"a\_1", "ax1"),
            (r"50\%", "50x"),
        ] {
            assert!(!matches(pattern, name), "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn a_hostile_pattern_takes_no_exponential_time() {
        let pattern = "%a".repeat(200);
        assert!(!matches(&pattern, &"b".repeat(20_000)));
        assert!(!matches(&(pattern + "b"), &"a".repeat(20_000)));
    }

    #[test]
    fn an_exact_name_is_sent_so_that_it_matches_with_and_without_escapes() {
        let name = Pattern::Exact("50%_off\\now".to_owned());
        assert_eq!(name.to_wire(), "50%_off_now");
        assert!(matches(&name.to_wire(), "50%_off\\now"));
        assert!(name.matches("50%_off\\now", false));
        assert!(!name.matches("50 XoffYnow", false));
        assert!(!Pattern::Exact("a".into()).matches("A", false));
        assert!(Pattern::Exact("a".into()).matches("A", true));
    }

    #[test]
    fn i15_a_pattern_is_sent_without_escapes() {
        for (pattern, wire) in [
            (r"a\_1%", "a__1%".replacen('_', "", 1)),
            (r"50\%_", "50__".to_owned()),
            (r"a\\b\c", "a_b_c".to_owned()),
            ("o'x", "o_x".to_owned()),
        ] {
            let like = Pattern::Like(pattern.to_owned());
            assert_eq!(like.to_wire(), wire, "{pattern}");
        }
    }

    #[test]
    fn a_table_is_kept_when_all_that_is_known_agrees() {
        let table = Table {
            name: TableName::new("t").in_schema("s").in_catalog("c"),
            table_type: "TABLE".to_owned(),
            schema: None,
        };
        let name = |name: TableName| Filter::of(&name);
        assert!(name(TableName::new("t")).wants_table(&table));
        assert!(name(TableName::new("t").in_schema("s").in_catalog("c")).wants_table(&table));
        assert!(!name(TableName::new("T")).wants_table(&table));
        assert!(!name(TableName::new("t").in_schema("x")).wants_table(&table));
        assert!(!name(TableName::new("t").in_catalog("x")).wants_table(&table));
        let views = Filter {
            types: vec!["VIEW".to_owned()],
            ..Filter::default()
        };
        assert!(!views.wants_table(&table));
        // A server without catalogs.
        let bare = Table {
            name: TableName::new("t"),
            ..table
        };
        assert!(name(TableName::new("t").in_schema("s").in_catalog("c")).wants_table(&bare));
    }
}
