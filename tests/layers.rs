//! Reads the sources as text and enforces the guidelines that neither the compiler nor a lint checks: the order of the
//! modules in each crate, the places of async and downcasts, a `//!` head in every file, and the length of files.
//!
//! Each rule is a function that returns its findings, and [`samples`] shows each of them code that breaks it.
//! ARCHITECTURE.md draws the same order.

use std::fs;
use std::path::Path;

/// A crate's folder, and its layers from the lowest to the highest. A module may import from its own layer and from lower
/// layers. Modules that a crate re-exports from the crates below it have a layer, too.
type Order = (&'static str, &'static [&'static str]);

const DIALECT: Order = (
    "flightsql-dialect/src/",
    &[
        "arrow sql",
        "server_info",
        "dialect",
        "dialect_file result_schema",
        "bind",
    ],
);

const CLIENT: Order = (
    "flightsql-client/src/",
    &[
        "arrow bind dialect dialect_file result_schema sql",
        "error lock observe query_result response_headers session_option",
        "catalog options",
        "transport",
        "protocol",
        "fuzzing session",
    ],
);

const DRIVER: Order = (
    "flightsql-driver/src/",
    &[
        "arrow bind catalog dialect result_schema sql",
        DATA,
        "error options response session",
        "connect_options connection",
        "database observe query query_builder",
        "any migrate testing type_checking",
    ],
);

/// Rows and values: the modules of the driver without network and async. The dialect crate has no other modules.
const DATA: &str = "arguments column derive_support from_arrow marker query_result row statement to_arrow \
    type_info types value";

/// Crates and words that mean network or async.
const ASYNC: &str = "async await futures_core futures_util tokio tokio_rustls tonic tower_service";

/// Functions of arrow-rs that turn an `Array` of unknown type into a known one, without the suffix `_opt`.
const DOWNCASTS: &str = "as_binary as_boolean as_dictionary as_list as_primitive as_run as_string \
    as_string_view as_struct as_union downcast_array downcast_primitive_array downcast_ref";

/// Path prefixes that may downcast: columns are typed once, conversions rebuild arrays, and the rest downcasts errors.
const DOWNCASTS_ALLOWED: &[&str] = &[
    "flightsql-driver/src/value/column_reader/",
    "flightsql-driver/src/value/inside.rs",
    "flightsql-dialect/src/arrow/",
    "flightsql-driver/src/error.rs",
    "flightsql-client/src/error/",
    "flightsql-client/src/transport/",
];

const MAX_LINES: usize = 500;

// ---- the rules: (path, text) -> findings ----------------------------------------------------------------------------

fn imports((folder, layers): Order, path: &str, text: &str) -> Vec<String> {
    let Some(file) = path
        .strip_prefix(folder)
        .filter(|file| *file != "lib.rs" && !is_test(file))
    else {
        return Vec::new();
    };
    let layer = |module: &str| layers.iter().position(|layer| lists(layer, module));
    let own = top_module(file);
    let Some(highest) = layer(own) else {
        return vec![format!(
            "{path}: add `{own}` to tests/layers.rs and to ARCHITECTURE.md"
        )];
    };
    let code: String = code(text).flat_map(|(_, line)| [line, "\n"]).collect();
    let named = paths(file, &code).into_iter();
    let wrong =
        named.filter(|module| module != own && layer(module).is_none_or(|layer| layer > highest));
    wrong
        .map(|module| format!("{path}: `{own}` must not import from `{module}`"))
        .collect()
}

fn no_async(path: &str, text: &str) -> Vec<String> {
    let is_data = match path.strip_prefix(DRIVER.0) {
        Some(file) => lists(DATA, top_module(file)),
        None => path.starts_with(DIALECT.0),
    };
    let allowed = !is_data || is_test(path);
    found(path, text, ASYNC, allowed, "in a data module")
}

fn downcasts(path: &str, text: &str) -> Vec<String> {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
    let is_checked = starts(&[DIALECT.0, CLIENT.0, DRIVER.0]) && !is_test(path);
    let allowed = !is_checked || starts(DOWNCASTS_ALLOWED);
    found(
        path,
        text,
        DOWNCASTS,
        allowed,
        "in a file that must not downcast",
    )
}

fn head(path: &str, text: &str) -> Vec<String> {
    let first = text.lines().next().unwrap_or_default();
    // A crate may have its README as its head. A head would move the lines that the messages of trybuild's cases name.
    let has_head = first.starts_with("//! ") && first.len() > 5
        || first.starts_with("#![doc = include_str!(")
        || path.starts_with("tests/macros/ui/");
    match has_head {
        true => Vec::new(),
        false => vec![format!(
            "{path}:1: expected a `//!` line that states the job"
        )],
    }
}

fn length(path: &str, text: &str) -> Vec<String> {
    match text.lines().count() {
        0..=MAX_LINES => Vec::new(),
        lines => vec![format!(
            "{path}: {lines} lines, expected at most {MAX_LINES}"
        )],
    }
}

// ---- reading --------------------------------------------------------------------------------------------------------

/// The numbered lines without comments and without the inline module `tests`, which is the last item of its file.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = (1..)
        .zip(text.lines())
        .take_while(|(_, line)| *line != "mod tests {");
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number, line.split(" // ").next().unwrap_or(line)))
}

fn found(path: &str, text: &str, words: &str, allowed: bool, place: &str) -> Vec<String> {
    let lines = code(text).filter(|_| !allowed);
    let hits = lines.flat_map(|(number, line)| {
        line.split(|c| !is_word(c))
            .filter(|word| lists(words, word.trim_end_matches("_opt")))
            .map(move |word| (number, word))
    });
    hits.map(|(number, word)| format!("{path}:{number}: `{word}` {place}"))
        .collect()
}

/// The top modules that the code of a file names: after `crate::`, and in its `use` items after a `super::` that leaves
/// its top module.
fn paths(file: &str, code: &str) -> Vec<String> {
    let depth = file.trim_end_matches("/mod.rs").split('/').count();
    let from_root = code.split("crate::").skip(1);
    let climbing = code.match_indices("super::").filter_map(|(at, _)| {
        let (before, mut rest) = code.split_at(at);
        let mut climbed = 0;
        while let Some(above) = rest.strip_prefix("super::") {
            (climbed, rest) = (climbed + 1, above);
        }
        // Indented lines can belong to an inline module, where `super` is the file itself.
        let is_first = !before.ends_with("super::");
        let is_item = before
            .rsplit('\n')
            .next()
            .is_some_and(|line| !line.starts_with(' '));
        (climbed >= depth && is_first && is_item).then_some(rest)
    });
    from_root.chain(climbing).flat_map(first_names).collect()
}

/// The first name of a path, or of each path in its braces.
fn first_names(rest: &str) -> Vec<String> {
    let name = |path: &str| {
        path.trim_start()
            .chars()
            .take_while(|c| is_word(*c) || *c == '*')
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![name(rest)];
    };
    let (mut depth, mut items) = (0, vec![String::new()]);
    for c in group.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match (depth, c) {
            (..0, _) => break,
            (0, ',') => items.push(String::new()),
            _ => items.last_mut().expect("the list is never empty").push(c),
        }
    }
    items
        .iter()
        .filter(|item| !item.trim().is_empty())
        .map(|item| name(item))
        .collect()
}

fn lists(words: &str, word: &str) -> bool {
    words.split(' ').any(|listed| listed == word)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `connection/rows.rs` and `connection/mod.rs` belong to `connection`.
fn top_module(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or(file)
}

fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

/// Every `.rs` file of the workspace as (path with `/`, text), without build output and hidden folders.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut found, mut folders) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .expect("the folder can be listed")
            .flatten()
        {
            let relative = entry
                .path()
                .strip_prefix(root)
                .expect("below root")
                .to_owned();
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(entry.path());
            } else if name.ends_with(".rs") {
                let text = fs::read_to_string(entry.path()).expect("a source file is UTF-8");
                found.push((relative.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found
}

#[track_caller]
fn check(rule: impl Fn(&str, &str) -> Vec<String>) {
    let found: Vec<String> = sources()
        .iter()
        .flat_map(|(path, text)| rule(path, text))
        .collect();
    assert!(
        found.is_empty(),
        "{} findings:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn imports_point_to_lower_layers() {
    check(|path, text| {
        [DIALECT, CLIENT, DRIVER]
            .map(|order| imports(order, path, text))
            .concat()
    });
}

#[test]
fn data_modules_have_no_network_and_no_async() {
    check(no_async);
}

#[test]
fn arrays_are_downcast_in_few_places() {
    check(downcasts);
}

#[test]
fn every_file_states_its_job() {
    check(head);
}

#[test]
fn no_file_is_too_long() {
    check(length);
}

/// Shows each rule code that breaks it, and similar code that does not.
mod samples {
    use super::*;

    fn imported(file: &str, text: &str) -> Vec<String> {
        imports(CLIENT, &format!("flightsql-client/src/{file}"), text)
    }

    #[test]
    fn finds_imports_from_higher_layers() {
        for text in [
            "use crate::session::run;",
            "use crate::{error::Kind, session::{run, rows}};",
            "use crate::{\n    error,\n    session,\n};",
            "pub(crate) use crate::session as s;",
            "use super::super::session::run;",
            "fn f() -> crate::session::Lost { g::<crate::error::Kind>() }",
            "macro_rules! m { () => { $crate::session::run() } }",
        ] {
            let expected =
                ["flightsql-client/src/protocol/rpc.rs: `protocol` must not import from `session`"];
            assert_eq!(imported("protocol/rpc.rs", text), expected, "{text}");
        }
        assert_eq!(
            imported("error/mod.rs", "use crate::options::Limits;").len(),
            1
        );
        assert_eq!(
            imported("options/mod.rs", "use super::transport::Channel;").len(),
            1
        );
        assert_eq!(imported("lock.rs", "use super::options;").len(), 1);
    }

    #[test]
    fn accepts_imports_from_lower_layers() {
        for text in [
            "use crate::{dialect::Dialect, error::{Error, Kind}, transport, options::Limits};",
            "use super::frames; use super::super::error::Error;",
            "// use crate::session::run;",
            "/// See [`crate::session`].",
            "#[cfg(test)]\nmod tests {\n    use crate::session::run;\n}",
        ] {
            assert_eq!(
                imported("protocol/rpc.rs", text),
                Vec::<String>::new(),
                "{text}"
            );
        }
        assert_eq!(
            imported("protocol/tests.rs", "use crate::session::run;").len(),
            0
        );
        assert_eq!(imported("lib.rs", "use crate::session::run;").len(), 0);
    }

    #[test]
    fn finds_modules_and_names_without_a_layer() {
        assert_eq!(imported("helpers.rs", "").len(), 1);
        assert_eq!(imported("helpers/mod.rs", "").len(), 1);
        // An import must name the module that defines the item, since the root re-exports items of every layer.
        assert_eq!(
            imported("protocol/rpc.rs", "use crate::QueryResult;").len(),
            1
        );
        assert_eq!(imported("protocol/rpc.rs", "use crate::*;").len(), 1);
    }

    #[test]
    fn finds_async_in_data_modules() {
        let sample = |path, text| no_async(path, text).len();
        assert_eq!(
            sample("flightsql-driver/src/row.rs", "async fn f() { g().await }"),
            2
        );
        assert_eq!(
            sample(
                "flightsql-dialect/src/sql/mod.rs",
                "use tokio::sync::Mutex;"
            ),
            1
        );
        assert_eq!(
            sample("flightsql-driver/src/connection/rows.rs", "async fn f() {}"),
            0
        );
        assert_eq!(
            sample(
                "flightsql-driver/src/row.rs",
                "//! Not async.\nfn is_async() {} // async"
            ),
            0
        );
        assert_eq!(
            sample("flightsql-driver/src/types/tests.rs", "async fn f() {}"),
            0
        );
    }

    #[test]
    fn finds_downcasts_in_other_places() {
        let sample = |path, text| downcasts(path, text).len();
        assert_eq!(
            sample(
                "flightsql-driver/src/row.rs",
                "x.as_any().downcast_ref::<Int64Array>()"
            ),
            1
        );
        assert_eq!(
            sample(
                "flightsql-driver/src/types/int.rs",
                "x.as_primitive::<Int64Type>()"
            ),
            1
        );
        assert_eq!(
            sample(
                "flightsql-client/src/session/mod.rs",
                "x.as_string::<i32>()"
            ),
            1
        );
        assert_eq!(
            sample(
                "flightsql-driver/src/value/column_reader/data.rs",
                "x.as_string::<i32>()"
            ),
            0
        );
        assert_eq!(sample("flightsql-driver/src/row.rs", "x.as_str()"), 0);
    }

    #[test]
    fn finds_missing_heads() {
        for text in ["", "use std::fmt;", "//! x\n", "/// A row.\n"] {
            assert_eq!(head("row.rs", text).len(), 1, "{text}");
        }
        assert_eq!(head("row.rs", "//! One row of a batch.\n").len(), 0);
        assert_eq!(
            head("lib.rs", "#![doc = include_str!(\"../README.md\")]\n").len(),
            0
        );
    }

    #[test]
    fn finds_long_files() {
        assert_eq!(length("row.rs", &"\n".repeat(501)).len(), 1);
        assert_eq!(length("row.rs", &"\n".repeat(500)).len(), 0);
    }
}
