//! Base profiles of families of engines, which the presets change.

use crate::dialect::{
    BindSupport, CatalogTarget, DecimalLiteral, DialectProfile, Feature, Identifiers, LiteralForm,
    LiteralSyntax, LocationPolicy, LogicalType, Parameters, Quote, Route, Session, Statements,
    Syntax, TestDatabase, TransactionMode, Transactions, TypeMap, TypeRule,
};
use crate::server_info::IdentifierCase;

/// An engine without transactions, and without tables that can record migrations.
pub(super) fn without_transactions() -> DialectProfile {
    DialectProfile {
        transactions: no_transactions(),
        migrations: None,
        test_database: TestDatabase::None,
        ..DialectProfile::default()
    }
}

/// The identifiers of SQLite and DuckDB: they keep the case of a name, and compare without it, in quotes as well.
pub(super) fn without_case() -> Identifiers {
    Identifiers {
        case: IdentifierCase::Insensitive,
        ..Identifiers::default()
    }
}

/// DataFusion and the engines built on it: its syntax and literals, placeholders `$1` or `$name`, no transactions.
pub(super) fn datafusion_family() -> DialectProfile {
    DialectProfile {
        identifiers: Identifiers {
            case: IdentifierCase::Lower,
            ..Identifiers::default()
        },
        // Its parser supports neither `:name` nor `@name`; `:` is a path into a value.
        syntax: without_names(),
        parameters: Parameters {
            placeholder: "${n}".to_owned(),
            ..Parameters::default()
        },
        // A number with a point is a float, so decimals are cast from text. `TIMESTAMP WITH TIME ZONE` takes the zone
        // from the session's settings, `arrow_cast` does not.
        literals: LiteralSyntax {
            plain_backslashes: true,
            unsigned_integers: true,
            decimal: DecimalLiteral::Cast { max: 76 },
            uuid_as_binary: true,
            timestamptz: LiteralForm::delimited(
                "arrow_cast('",
                "', 'Timestamp(Nanosecond, Some(\"+00:00\"))')",
            ),
            interval: LiteralForm::delimited("INTERVAL '", "'"),
            fraction_digits: 9,
            ..with_special_floats()
        },
        ..without_transactions()
    }
}

/// Doris and StarRocks: MySQL's syntax, no binds, every statement is a query, the URL path is a catalog and a database.
pub(super) fn mysql_family() -> DialectProfile {
    DialectProfile {
        missing: vec![Feature::Ingest, Feature::Savepoints],
        identifiers: backticks(),
        syntax: Syntax {
            identifier_quotes: vec![BACKTICK],
            string_quotes: vec!['\'', '"'],
            backslash_escapes: true,
            escape_strings: false,
            dollar_quotes: false,
            hash_comments: true,
            nested_comments: false,
            ..without_names()
        },
        parameters: without_binds(NO_BINDS),
        // The literals of MySQL. Forms that the documentation of the two does not describe are refused.
        literals: LiteralSyntax {
            timestamp: LiteralForm::delimited("CAST('", "' AS DATETIME)"),
            binary: LiteralForm::Unsupported,
            time: LiteralForm::Unsupported,
            timestamptz: LiteralForm::Unsupported,
            ..LiteralSyntax::default()
        },
        // They send an integer of 128 bits as text.
        types: TypeMap {
            map: vec![
                TypeRule::new(LogicalType::Text, LogicalType::Decimal(Some((39, 0))))
                    .with_sql_type("LARGEINT"),
            ],
            ..TypeMap::default()
        },
        statements: only_queries(),
        session: Session {
            catalog: CatalogTarget::Statement,
            // The FE plans a statement, and the BE nodes serve its rows.
            locations: LocationPolicy::AllowList,
            ..Session::default()
        },
        ..without_transactions()
    }
}

/// The reason for refused binds; the driver adds a hint.
pub(super) const NO_BINDS: &str = "this server takes no bound parameters";
pub(super) const BACKTICK: Quote = Quote('`', '`');

pub(super) fn backticks() -> Identifiers {
    Identifiers {
        quote: BACKTICK,
        ..Identifiers::default()
    }
}

/// Standard SQL without the placeholders `:name` and `@name`.
pub(super) fn without_names() -> Syntax {
    Syntax {
        colon_names: false,
        at_names: false,
        ..Syntax::default()
    }
}

pub(super) fn without_binds(why: &str) -> Parameters {
    Parameters {
        bind: BindSupport::Refused(why.to_owned()),
        ..Parameters::default()
    }
}

/// An engine with one pair of RPCs for every statement.
pub(super) fn only_queries() -> Statements {
    Statements {
        route: Some(Route::Query),
        ..Statements::default()
    }
}

pub(super) fn no_transactions() -> Transactions {
    Transactions {
        mode: TransactionMode::None,
        ..Transactions::default()
    }
}

pub(super) fn by_action() -> Transactions {
    Transactions {
        mode: TransactionMode::Action,
        ..Transactions::default()
    }
}

/// An engine that casts text to NaN and to the infinities.
pub(super) fn with_special_floats() -> LiteralSyntax {
    let cast = |name: &str| format!("CAST('{name}' AS DOUBLE)");
    LiteralSyntax {
        nan: Some(cast("NaN")),
        infinities: Some((cast("Infinity"), cast("-Infinity"))),
        ..LiteralSyntax::default()
    }
}

pub(super) fn named(part: &str) -> crate::dialect::Detect {
    crate::dialect::Detect {
        name: vec![part.to_owned()],
        ..crate::dialect::Detect::default()
    }
}

pub(super) fn texts(of: &[&str]) -> Vec<String> {
    of.iter().map(|text| (*text).to_owned()).collect()
}
