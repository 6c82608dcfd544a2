//! The facts of all presets, next to each other.
use std::collections::BTreeMap;

use super::*;
use crate::dialect::{
    CatalogTarget, Feature, Route, StatementClass, TransactionMode, by_name, detect,
};
use crate::server_info::{ServerInfo, SqlInfoValue};

fn all() -> impl Iterator<Item = (&'static str, Arc<dyn Dialect>)> {
    PRESETS.iter().map(|name| (*name, preset(name).unwrap()))
}

#[test]
fn presets_are_sorted_and_found_by_name() {
    assert!(PRESETS.is_sorted());
    for (name, dialect) in all() {
        assert_eq!(by_name(dialect.name()).unwrap().name(), dialect.name());
        assert_eq!(dialect.name(), name);
    }
}

#[test]
fn quotes_are_those_the_lexer_knows() {
    for (name, dialect) in all() {
        let quoted = dialect.quote_identifier("a b");
        let tokens: Vec<_> =
            crate::sql::lexer::tokens(&quoted, &dialect.profile().syntax).collect();
        assert_eq!(tokens.len(), 1, "{name}: {quoted}");
        assert_eq!(
            tokens[0].kind,
            crate::sql::lexer::TokenKind::Identifier,
            "{name}"
        );
    }
    for name in ["sail", "doris", "starrocks", "clickhouse"] {
        assert_eq!(by_name(name).unwrap().quote_identifier("a`b"), "`a``b`");
    }
}

#[test]
fn engines_without_updates_get_everything_as_queries() {
    for (name, dialect) in all() {
        let ddl = dialect.route(StatementClass::Ddl);
        if !dialect.supports(Feature::Updates) {
            assert_eq!(ddl, Route::Query, "{name}");
        }
        assert_eq!(dialect.route(StatementClass::Query), Route::Query, "{name}");
    }
}

#[test]
fn only_engines_with_transactions_have_savepoints() {
    for (name, dialect) in all() {
        if dialect.profile().transactions.mode == TransactionMode::None {
            assert!(!dialect.supports(Feature::Savepoints), "{name}");
        }
    }
}

#[test]
fn engines_without_binds() {
    let refused: Vec<_> = all()
        .filter(|(_, dialect)| dialect.profile().refuses_binds().is_some())
        .map(|(name, _)| name)
        .collect();
    let expected = [
        "ballista",
        "cnosdb",
        "databend",
        "deephaven",
        "doris",
        "dremio",
        "roapi",
        "sail",
        "starrocks",
    ];
    assert_eq!(refused, expected);
}

#[test]
fn a_path_goes_where_the_engine_looks() {
    assert_eq!(doris().session.catalog, CatalogTarget::Statement);
    assert_eq!(duckdb().session.catalog, CatalogTarget::SessionOptions);
    let headers = CatalogTarget::Headers {
        catalog: "tenant".to_owned(),
        schema: Some("db".to_owned()),
    };
    assert_eq!(cnosdb().session.catalog, headers);
    let doris = by_name("doris").unwrap();
    assert_eq!(
        doris.use_statement(Some("hive"), Some("a`b")),
        "USE `hive`.`a``b`"
    );
    assert_eq!(doris.use_statement(None, Some("db")), "USE `db`");
}

#[test]
fn servers_are_known_by_what_they_say_of_themselves() {
    let server = |name: &str, version: &str| {
        let values =
            [(0, name), (1, version)].map(|(id, text)| (id, SqlInfoValue::Text(text.into())));
        ServerInfo::new(BTreeMap::from(values))
    };
    for (name, version, expected) in [
        ("InfluxDB IOx", "2", Some("influxdb")),
        ("RoAPI Flight SQL Server", "1", Some("roapi")),
        ("Deephaven", "", Some("deephaven")),
        // Apache Arrow's example in Go.
        ("db_name", "sqlite 3", Some("sqlite")),
        ("SQLite", "3.51", Some("sqlite")),
        ("gizmosql", "v1", Some("gizmosql")),
        ("DuckDB", "v1", Some("duckdb")),
        // A DataFusion by name too.
        ("Apache DataFusion Ballista", "55.0.0", Some("ballista")),
        ("an engine of my own", "1", None),
        ("", "", None),
    ] {
        let found = detect(&server(name, version));
        assert_eq!(
            found.as_ref().map(|dialect| dialect.name()),
            expected,
            "{name}"
        );
    }
    assert!(detect(&ServerInfo::default()).is_none());
}

#[test]
fn clickhouse_has_words_of_its_own() {
    let clickhouse = by_name("clickhouse").unwrap();
    let of = |sql| clickhouse.parse(sql).unwrap().class();
    assert_eq!(of("-- a\nOptimize TABLE t"), StatementClass::Ddl);
    assert_eq!(of("SELECT 1"), StatementClass::Query);
    assert_eq!(of("WHATEVER"), StatementClass::Unknown);
}

#[test]
fn ballista_has_updates_for_ddl_alone() {
    let of = |class| ballista().statements.route(class);
    assert_eq!(of(StatementClass::Ddl), Route::Update);
    assert_eq!(of(StatementClass::Session), Route::Update);
    assert_eq!(of(StatementClass::Dml), Route::Query);
}
