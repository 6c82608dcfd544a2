//! DuckDB with a Flight SQL server, such as GizmoSQL. Syntax: <https://duckdb.org/docs/stable/sql/introduction>.

use super::family::{by_action, named, texts, with_special_floats, without_case, without_names};
use crate::dialect::{
    CancelScope, DialectProfile, Encoding, ErrorPatterns, Feature, LiteralForm, LiteralSyntax,
    LogicalType, MigrationSql, NullBinding, Parameters, Route, StatementClass, Statements,
    TransactionalDdl, TypeMap, TypeRule,
};

/// DuckDB: placeholders `?`, `$1`, `$name`, transactions through actions, no savepoints.
#[must_use]
pub fn duckdb() -> DialectProfile {
    DialectProfile {
        name: "duckdb".to_owned(),
        missing: vec![Feature::Savepoints],
        identifiers: without_case(),
        // `:` writes slices, structs and lambdas, `@` is the absolute value.
        syntax: without_names(),
        // `X'…'` is text on version 1 and a blob on version 2, `from_hex` is a blob on both (seen on 1.1.3 and 2.0.1).
        // Integers go up to 128 bits, decimals to 38 digits, times to microseconds.
        literals: LiteralSyntax {
            plain_backslashes: true,
            unsigned_integers: true,
            binary: LiteralForm::delimited("from_hex('", "')"),
            uuid: LiteralForm::delimited("CAST('", "' AS UUID)"),
            interval: LiteralForm::delimited("INTERVAL '", "'"),
            ..with_special_floats()
        },
        // It reports a column `Count` for a change, and some of its servers bind values only for updates.
        statements: Statements {
            routes: [(StatementClass::Dml, Route::Update)].into(),
            ..Statements::default()
        },
        // Versions of GizmoSQL bind the values of all rows to the first one.
        parameters: Parameters {
            max_rows: Some(1),
            ..Parameters::default()
        },
        transactions: by_action(),
        errors: ErrorPatterns {
            // Two writers of one row conflict immediately; the complete transaction may run again.
            retryable: texts(&[
                "Transaction conflict",
                "TransactionContext Error: Conflict on",
            ]),
            ..ErrorPatterns::default()
        },
        detect: named("duckdb"),
        migrations: Some(MigrationSql {
            // <https://duckdb.org/docs/stable/sql/statements/transactions>
            transactional_ddl: TransactionalDdl::Yes,
            ..MigrationSql::default()
        }),
        types: types(),
        ..DialectProfile::default()
    }
}

/// The types of DuckDB. Arrow has no integers of 128 bits and no unbounded integers, so DuckDB sends bytes with the names
/// of its own types. Its servers bind a value as its text, and NULL as the text `null`.
fn types() -> TypeMap {
    let integer = |name, digits, encoding| {
        let means = LogicalType::Decimal(Some((digits, 0)));
        TypeRule::new(LogicalType::Binary(None), means)
            .with_sql_type(name)
            .with_encoding(encoding)
    };
    TypeMap {
        map: vec![
            integer("hugeint", 39, Encoding::SignedLittleEndian),
            integer("uhugeint", 39, Encoding::LittleEndian),
            // A number of more than 76 digits stays as it was sent.
            integer("bignum", 76, Encoding::DuckdbBignum),
            integer("varint", 76, Encoding::DuckdbBignum),
        ],
        nulls: NullBinding::Literal,
        ..TypeMap::default()
    }
}

/// GizmoSQL, a Flight SQL server for DuckDB.
#[must_use]
pub fn gizmosql() -> DialectProfile {
    let mut profile = duckdb();
    profile.name = "gizmosql".to_owned();
    profile.detect = named("gizmosql");
    profile.session.cancel = CancelScope::Session;
    // It reports a TIME parameter as a timestamp, and bytes have no text that it reads back.
    profile.types.literal = vec![LogicalType::Time(None), LogicalType::Binary(None)];
    profile
}
