//! Shows each rule of `layers.rs` a sample that breaks it and one that does not.

use std::collections::BTreeMap;

use super::{
    downcasts, head, imports, length, no_async, root_exports, unknown_module, without_sqlx,
};

/// The number of findings of the import law, with an empty `lib.rs`.
fn imported(path: &str, text: &str) -> usize {
    imports(path, text, &BTreeMap::new()).len()
}

#[test]
fn a_module_without_a_layer_is_found() {
    assert_eq!(unknown_module("helpers.rs").len(), 1);
    assert_eq!(unknown_module("helpers/mod.rs").len(), 1);
    assert_eq!(unknown_module("connection/run.rs"), Vec::<String>::new());
    assert_eq!(unknown_module("lib.rs"), Vec::<String>::new());
}

#[test]
fn a_module_below_sqlx_that_names_it_is_found() {
    let found = |path, text| without_sqlx(path, text).len();
    assert_eq!(found("bind/batch.rs", "use sqlx_core::error::Error;"), 1);
    assert_eq!(found("arrow/scalar.rs", "use crate::dialect::Dialect;"), 1);
    assert_eq!(found("bind/batch.rs", "use crate::dialect::Dialect;"), 0);
    assert_eq!(found("bind/tests.rs", "use crate::arguments::Scalar;"), 0);
    assert_eq!(found("row.rs", "use sqlx_core::error::Error;"), 0);
}

#[test]
fn an_import_from_a_higher_layer_is_found() {
    assert_eq!(imported("error/mod.rs", "use crate::options::Limits;"), 1);
    assert_eq!(
        imported("options/mod.rs", "use crate::transport::Channel;"),
        1
    );
    assert_eq!(imported("transport/mod.rs", "use crate::protocol::rpc;"), 1);
    assert_eq!(
        imported("protocol/rpc.rs", "use crate::row::FlightSqlRow;"),
        1
    );
    assert_eq!(imported("row.rs", "use crate::options::Limits;"), 1);
    assert_eq!(imported("row.rs", "use crate::protocol::batches;"), 1);
    assert_eq!(
        imported("connection/run.rs", "use crate::database::Knot;"),
        1
    );
}

#[test]
fn an_import_from_the_same_or_a_lower_layer_is_not() {
    assert_eq!(
        imported(
            "error/mod.rs",
            "use crate::{dialect::Dialect, error::Kind, marker};"
        ),
        0
    );
    assert_eq!(
        imported(
            "transport/call.rs",
            "use crate::options::Limits; use super::headers;"
        ),
        0
    );
    assert_eq!(
        imported("row.rs", "use crate::value::Leaf; use crate::error::Error;"),
        0
    );
    assert_eq!(
        imported(
            "connection/run.rs",
            "use crate::{row::Row, protocol::rpc, options};"
        ),
        0
    );
    assert_eq!(
        imported("database.rs", "use crate::{any, connection, row, migrate};"),
        0
    );
}

#[test]
fn an_inline_module_is_one_level_deeper() {
    let text =
        "mod inner { use super::super::headers; fn f() { if x { super::g() } } } use super::call;";
    assert_eq!(imported("transport/tls.rs", text), 0);
    assert_eq!(
        imported(
            "transport/tls.rs",
            "mod inner { } use super::super::connection;"
        ),
        1
    );
}

#[test]
fn every_spelling_of_an_import_is_understood() {
    for text in [
        "use crate::{error::Kind, connection::{run, rows}};",
        "use crate::{\n    error,\n    connection,\n};",
        "pub(crate) use crate::connection as c;",
        "use super::super::connection::run;",
        "use super::super::{connection::run, error};",
        "use super::{super::connection};",
        "fn f() { let _ = crate::connection::run::start(); }",
        "fn f() -> Result<(), super::super::connection::Lost> { g::<crate::error::Kind>() }",
        "macro_rules! m { () => { $crate::connection::run() } }",
        "use self::super::super::connection::run;",
        "fn f() { super::super::connection::run::<u8>() }",
        "mod inner { use super::super::super::connection; } use super::validator;",
        "mod a { fn f() { if x {} } } use super::super::connection;",
    ] {
        let found = imports("protocol/rpc.rs", text, &BTreeMap::new());
        let wrong = found
            .iter()
            .filter(|line| line.contains("connection"))
            .count();
        let expected = if text.contains("rows") { 2 } else { 1 };
        assert_eq!((wrong, found.len()), (expected, expected), "{text}");
    }
}

#[test]
fn a_finding_names_the_file_the_line_and_both_layers() {
    let found = imports(
        "row.rs",
        "//! x\n\nuse crate::connection::run;\n",
        &BTreeMap::new(),
    );
    assert_eq!(
        found,
        ["row.rs:3: `connection::run` is in layer Connection, which layer Data may not import"]
    );
}

#[test]
fn comments_strings_and_tests_import_nothing() {
    for text in [
        "// use crate::connection::run;",
        "/* use crate::connection; /* nested */ use crate::connection; */",
        "/// See [`crate::connection`].",
        r#"const A: &str = "crate::connection \" crate::connection";"#,
        "const A: &str = r##\"crate::connection \"# crate::connection\"##;",
        "fn f<'a>(c: &'a char) -> bool { *c == '\"' || *c == '\\'' } // \" crate::connection",
    ] {
        assert_eq!(imported("row.rs", text), 0, "{text}");
    }
    assert_eq!(imported("row/tests.rs", "use crate::connection::run;"), 0);
    assert_eq!(
        imported(
            "row.rs",
            "const Q: char = '\"'; use crate::connection::run;"
        ),
        1
    );
}

#[test]
fn the_root_is_no_way_around_the_law() {
    let exports = root_exports(
        "mod row; pub use connection::{Far as Near, rows::Rows}; pub use crate::error::Kind;",
    );
    assert_eq!(exports.len(), 3);
    assert_eq!(imports("row.rs", "use crate::Near;", &exports).len(), 1);
    assert_eq!(
        imports("row.rs", "use crate::{Kind, Rows};", &exports).len(),
        1
    );
    assert_eq!(imports("row.rs", "use crate::Kind;", &exports).len(), 0);
    // What cannot be placed is refused: a glob of the root, a foreign name, a module nobody listed.
    assert_eq!(imports("row.rs", "use crate::*;", &exports).len(), 1);
    assert_eq!(imports("row.rs", "use super::*;", &exports).len(), 1);
    assert_eq!(imports("row.rs", "use crate::Unknown;", &exports).len(), 1);
    assert_eq!(
        imports("row.rs", "use crate::helpers::short;", &exports).len(),
        1
    );
    // A macro of the crate has no layer.
    assert_eq!(
        imports("row.rs", "crate::columns!(a, b);", &exports).len(),
        0
    );
}

#[test]
fn network_and_async_are_found_in_quiet_layers() {
    assert_eq!(
        no_async("error/classify.rs", "fn f(s: tonic::Status) {}").len(),
        1
    );
    assert_eq!(
        no_async("options/mod.rs", "use tokio::sync::Mutex;").len(),
        1
    );
    assert_eq!(
        no_async("types/int.rs", "async fn f() { g().await }").len(),
        2
    );
    assert_eq!(
        no_async("connection/run.rs", "async fn f() { tonic::g().await }").len(),
        0
    );
    assert_eq!(
        no_async(
            "row.rs",
            "//! Not async.\nconst A: &str = \"tokio\"; fn is_async() {}"
        )
        .len(),
        0
    );
    assert_eq!(
        no_async("types/tests.rs", "#[tokio::test] async fn f() {}").len(),
        0
    );
}

#[test]
fn downcasts_elsewhere_are_found() {
    assert_eq!(
        downcasts("row.rs", "let a = x.as_any().downcast_ref::<Int64Array>();").len(),
        1
    );
    assert_eq!(
        downcasts("types/int.rs", "x.as_primitive::<Int64Type>()").len(),
        1
    );
    assert_eq!(
        downcasts("connection/rows.rs", "x.as_string::<i32>()").len(),
        1
    );
    assert_eq!(
        downcasts("value/read.rs", "x.as_primitive::<Int64Type>()").len(),
        0
    );
    assert_eq!(
        downcasts("value/read/text.rs", "x.as_string::<i32>()").len(),
        0
    );
    assert_eq!(downcasts("value/mod.rs", "x.as_string::<i32>()").len(), 1);
    assert_eq!(downcasts("row.rs", "x.as_str() // x.as_string()").len(), 0);
}

#[test]
fn inline_tests_are_left_out() {
    let tests = "#[cfg(test)]\nmod tests { use crate::connection::run; fn f() { async {} } }";
    assert_eq!(imported("row.rs", tests), 0);
    assert_eq!(no_async("row.rs", tests).len(), 0);
    let after = format!("{tests} use crate::connection::run;");
    assert_eq!(imported("row.rs", &after), 1);
}

#[test]
fn a_missing_head_is_found() {
    assert_eq!(head("row.rs", "use std::fmt;").len(), 1);
    assert_eq!(head("row.rs", "").len(), 1);
    assert_eq!(head("row.rs", "//! x\n").len(), 1);
    assert_eq!(head("row.rs", "/// A row.\n").len(), 1);
    assert_eq!(head("row.rs", "//! One row of a batch.\n").len(), 0);
    assert_eq!(
        head("lib.rs", "#![doc = include_str!(\"../README.md\")]\n").len(),
        0
    );
}

#[test]
fn a_long_file_is_found() {
    assert_eq!(length("row.rs", &"\n".repeat(501)).len(), 1);
    assert_eq!(length("row.rs", &"\n".repeat(500)).len(), 0);
}
