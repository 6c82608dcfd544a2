//! Reads the driver's sources as text and enforces the house rules that the compiler cannot see: the import law between
//! layers, where async and downcasts may stand, which modules name SQLx, a `//!` head on every file and the cap on its length.
//!
//! Every rule is a function over `(path, text)` and is shown a bad sample first, so it is known to be able to fail.
//! The layers are drawn in `ARCHITECTURE.md`, section "Layers of flightsql-driver".

#[path = "layers/rust.rs"]
mod rust;
#[path = "layers/samples.rs"]
mod samples;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rust::{crate_paths, is, is_test, module_path, path_tree, tokens, top_module, words};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Layer {
    /// 0: names, errors and dialects. No network, no async.
    Base,
    /// 1: what the user asks for.
    Options,
    /// 2: channels, TLS, credentials.
    Transport,
    /// 3: Flight SQL messages.
    Protocol,
    /// D: rows and values. No network, no async.
    Data,
    /// 4: where network meets rows.
    Connection,
    /// 5: the traits that tie all of it to SQLx.
    Database,
}

use Layer::*;

/// Every module of `src/` stands here: a new one must be given a layer before it compiles into a green test run.
const MODULES: &[(&str, Layer)] = &[
    ("marker", Base),
    ("error", Base),
    ("arrow", Base),
    ("bind", Base),
    ("dialect", Base),
    ("dialect_file", Base),
    ("lock", Base),
    ("result_schema", Base),
    ("server_info", Base),
    ("sql", Base),
    ("options", Options),
    ("transport", Transport),
    ("protocol", Protocol),
    ("type_info", Data),
    ("column", Data),
    ("catalog", Data),
    ("value", Data),
    ("row", Data),
    ("sqlx_error", Data),
    ("derive_support", Data),
    ("from_arrow", Data),
    ("to_arrow", Data),
    ("arguments", Data),
    ("types", Data),
    ("statement", Data),
    ("query_result", Data),
    ("session", Connection),
    ("connect_options", Connection),
    ("connection", Connection),
    ("database", Database),
    ("query_builder", Database),
    ("any", Database),
    ("migrate", Database),
    ("testing", Database),
    ("type_checking", Database),
];

/// Crates and words that mean network or async.
const ASYNC: &[&str] = &[
    "async",
    "await",
    "futures_core",
    "futures_util",
    "hyper_util",
    "tokio",
    "tokio_rustls",
    "tokio_stream",
    "tonic",
    "tower_service",
];

/// Calls that turn an `Array` of unknown type into a known one.
const ARRAY_CASTS: &[&str] = &[
    "as_binary",
    "as_binary_opt",
    "as_boolean",
    "as_boolean_opt",
    "as_dictionary",
    "as_dictionary_opt",
    "as_list",
    "as_list_opt",
    "as_primitive",
    "as_primitive_opt",
    "as_run",
    "as_run_opt",
    "as_string",
    "as_string_opt",
    "as_string_view",
    "as_string_view_opt",
    "as_struct",
    "as_struct_opt",
    "as_union",
    "as_union_opt",
    "downcast_array",
    "downcast_primitive_array",
    "downcast_ref",
];

/// Path prefixes that may downcast, each with its reason.
const CASTS_ALLOWED: &[(&str, &str)] = &[
    ("value/read", "the one place where a column becomes typed"),
    (
        "value/column_reader",
        "looks through dictionaries, run ends and unions to the column inside",
    ),
    ("arrow/", "conversions read and rebuild typed arrays"),
    (
        "convert/",
        "the conversion table reads and rebuilds typed arrays",
    ),
    ("error/", "downcasts errors, not arrays: the source chain"),
    (
        "transport/",
        "downcasts errors, not arrays: the source chain of a transport error",
    ),
];

/// The modules that know no SQLx, each with the modules that it may import.
const WITHOUT_SQLX: &[(&str, &[&str])] = &[
    ("arrow", &[]),
    ("result_schema", &["arrow", "dialect"]),
    ("bind", &["arrow", "dialect", "result_schema", "sql"]),
    ("sql", &[]),
];

const MAX_LINES: usize = 500;

fn layer_of(module: &str) -> Option<Layer> {
    MODULES
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, layer)| *layer)
}

/// Whether a file of layer `from` may import from layer `to`.
fn may_import(from: Layer, to: Layer) -> bool {
    match from {
        Base => to == Base,
        Options => matches!(to, Base | Options),
        Transport => matches!(to, Base | Options | Transport),
        Protocol => matches!(to, Base | Options | Transport | Protocol),
        Data => matches!(to, Base | Data),
        Connection => to != Database,
        Database => true,
    }
}

// ---- the rules: (path inside src/, text) -> what is wrong -----------------------------------------------------------

fn unknown_module(path: &str) -> Vec<String> {
    let module = top_module(path);
    if path == "lib.rs" || layer_of(module).is_some() {
        return Vec::new();
    }
    vec![format!(
        "{path}: module `{module}` has no layer; add it to MODULES in tests/layers.rs and to ARCHITECTURE.md"
    )]
}

/// The import law. `exports` maps what `lib.rs` re-exports at the root to the module it comes from.
fn imports(path: &str, text: &str, exports: &BTreeMap<String, String>) -> Vec<String> {
    let own = top_module(path);
    let (Some(from), false) = (layer_of(own), is_test(path)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (line, target) in crate_paths(&tokens(text), &module_path(path)) {
        let Some(first) = target.first() else {
            continue;
        };
        let module = exports.get(first).unwrap_or(first);
        match layer_of(module) {
            _ if module == own => {}
            Some(to) if may_import(from, to) => {}
            Some(to) => found.push(format!(
                "{path}:{line}: `{}` is in layer {to:?}, which layer {from:?} may not import",
                target.join("::")
            )),
            None => found.push(format!(
                "{path}:{line}: cannot tell the layer of `{}`; import it from the module that defines it",
                target.join("::")
            )),
        }
    }
    found
}

fn without_sqlx(path: &str, text: &str) -> Vec<String> {
    let own = top_module(path);
    let rule = WITHOUT_SQLX.iter().find(|(module, _)| *module == own);
    let (Some((_, allowed)), false) = (rule, is_test(path)) else {
        return Vec::new();
    };
    let sqlx = words(text, &["sqlx_core"]);
    let paths = crate_paths(&tokens(text), &module_path(path))
        .into_iter()
        .filter_map(|(line, target)| Some((line, target.into_iter().next()?)))
        .filter(|(_, module)| module != own && !allowed.contains(&module.as_str()));
    sqlx.chain(paths)
        .map(|(line, name)| format!("{path}:{line}: `{own}` may not name `{name}`"))
        .collect()
}

fn no_async(path: &str, text: &str) -> Vec<String> {
    let quiet = matches!(layer_of(top_module(path)), Some(Base | Options | Data));
    if !quiet || is_test(path) {
        return Vec::new();
    }
    words(text, ASYNC)
        .map(|(line, word)| format!("{path}:{line}: `{word}` in a layer without network and async"))
        .collect()
}

fn downcasts(path: &str, text: &str) -> Vec<String> {
    if is_test(path)
        || CASTS_ALLOWED
            .iter()
            .any(|(prefix, _)| path.starts_with(prefix))
    {
        return Vec::new();
    }
    words(text, ARRAY_CASTS)
        .map(|(line, word)| format!("{path}:{line}: `{word}` outside value/read"))
        .collect()
}

fn head(path: &str, text: &str) -> Vec<String> {
    let first = text.lines().next().unwrap_or_default();
    // A crate may take its README as its head.
    let said =
        first.starts_with("//! ") && first.len() > 5 || first.starts_with("#![doc = include_str!(");
    if said {
        return Vec::new();
    }
    vec![format!(
        "{path}:1: the file must open with `//!` and say what its job is"
    )]
}

fn length(path: &str, text: &str) -> Vec<String> {
    match text.lines().count() {
        0..=MAX_LINES => Vec::new(),
        lines => vec![format!(
            "{path}: {lines} lines, the cap is {MAX_LINES}; split it by job"
        )],
    }
}

/// What `lib.rs` re-exports at the crate root: name -> module.
fn root_exports(lib: &str) -> BTreeMap<String, String> {
    let tokens = tokens(lib);
    let mut found = BTreeMap::new();
    for i in (0..tokens.len()).filter(|&i| is(&tokens, i, "use")) {
        path_tree(&tokens, i + 1, &[], &[], &mut |name, _, path| {
            if let Some(module) = path.first().filter(|module| layer_of(module).is_some()) {
                found.insert(name.to_owned(), module.clone());
            }
        });
    }
    found
}

// ---- the tree -------------------------------------------------------------------------------------------------------

fn driver() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The workspace's folder, or the driver's own where it stands alone (as a published package does).
fn workspace() -> PathBuf {
    let parent = driver().join("..");
    if parent.join("flightsql-driver/Cargo.toml").is_file() {
        parent
    } else {
        driver()
    }
}

/// Every `.rs` file under `root` as (path with `/`, text), without build output and hidden folders.
fn sources(root: &Path) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![root.to_path_buf()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)
            .expect("the folder can be listed")
            .flatten()
        {
            let (path, name) = (
                entry.path(),
                entry.file_name().to_string_lossy().into_owned(),
            );
            if path.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if path.is_file() && name.ends_with(".rs") {
                let text = fs::read_to_string(&path).expect("a source file is readable UTF-8");
                let relative = path.strip_prefix(root).expect("the walk started at root");
                found.push((relative.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    found
}

fn check(root: &Path, rule: impl Fn(&str, &str) -> Vec<String>) {
    let sources = sources(root);
    assert!(!sources.is_empty(), "no sources under {}", root.display());
    let found: Vec<String> = sources
        .iter()
        .flat_map(|(path, text)| rule(path, text))
        .collect();
    assert!(
        found.is_empty(),
        "{} found:\n{}",
        found.len(),
        found.join("\n")
    );
}

fn src() -> PathBuf {
    driver().join("src")
}

#[test]
fn every_module_has_a_layer() {
    check(&src(), |path, _| unknown_module(path));
}

#[test]
fn imports_go_down_only() {
    let lib = fs::read_to_string(src().join("lib.rs")).expect("the driver has a lib.rs");
    let exports = root_exports(&lib);
    check(&src(), |path, text| imports(path, text, &exports));
}

#[test]
fn modules_below_sqlx_do_not_name_it() {
    check(&src(), without_sqlx);
}

#[test]
fn base_options_and_data_know_no_network_and_no_async() {
    check(&src(), no_async);
}

#[test]
fn arrays_are_downcast_in_one_place() {
    check(&src(), downcasts);
}

#[test]
fn every_file_says_what_it_is_for() {
    check(&workspace(), |path, text| {
        // What trybuild compiles is what a user writes; a head would move the lines that the messages name.
        match path.starts_with("tests/macros/ui/") {
            true => Vec::new(),
            false => head(path, text),
        }
    });
}

#[test]
fn no_file_is_longer_than_the_cap() {
    check(&workspace(), length);
}
