//! Dremio. Read in its source and documents, not run: <https://docs.dremio.com/current/client-applications/>.

use super::family::{
    NO_BINDS, named, only_queries, texts, without_binds, without_names, without_transactions,
};
use crate::dialect::{
    CatalogTarget, DialectProfile, Feature, LiteralForm, LiteralSyntax, Session, Syntax,
};

/// Dremio. Every statement is a query, and it has no binds. The URL path is the project of a cloud and the schema, sent as
/// headers. Tables are in a source and have no keys.
#[must_use]
pub fn dremio() -> DialectProfile {
    DialectProfile {
        name: "dremio".to_owned(),
        missing: vec![
            Feature::PrimaryKeys,
            Feature::ForeignKeys,
            Feature::Ingest,
            Feature::Savepoints,
        ],
        syntax: Syntax {
            escape_strings: false,
            dollar_quotes: false,
            ..without_names()
        },
        // `?` parses, but it does not implement a `DoPut` of parameters.
        parameters: without_binds(NO_BINDS),
        // The literals of Apache Calcite. Forms that its documentation does not describe are refused.
        literals: LiteralSyntax {
            plain_backslashes: true,
            binary: LiteralForm::Unsupported,
            timestamptz: LiteralForm::Unsupported,
            ..LiteralSyntax::default()
        },
        // It refuses updates by `DoPut`.
        statements: only_queries(),
        session: Session {
            catalog: CatalogTarget::Headers {
                catalog: "catalog".to_owned(),
                schema: Some("schema".to_owned()),
            },
            // `quoting` is `DOUBLE_QUOTE` (which this dialect writes), `BACK_TICK` or `BRACKET`.
            header_keys: texts(&[
                "routing_tag",
                "routing_queue",
                "routing_engine",
                "quoting",
                "supports_complex_types",
            ]),
            ..Session::default()
        },
        detect: named("dremio"),
        ..without_transactions()
    }
}
