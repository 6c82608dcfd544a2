//! Each public name of the driver has one path in the facade, and the root of the facade lists few of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The modules that the facade re-exports completely, and the files that define them.
const MODULES: &[(&str, &str)] = &[
    ("catalog", "flightsql-client/src/catalog/mod.rs"),
    ("dialect", "flightsql-dialect/src/dialect/mod.rs"),
    ("observe", "flightsql-driver/src/observe.rs"),
    ("options", "flightsql-driver/src/options.rs"),
    ("response", "flightsql-driver/src/response.rs"),
];

/// Six of them are the functions `query`, `query_as` and `query_scalar` with their `_with` forms.
const MAX_ROOT_NAMES: usize = 51;

/// The paths of each name.
type Paths = BTreeMap<String, BTreeSet<String>>;

fn add(paths: &mut Paths, module: &str, name: &str) {
    let path = format!("{module}::{name}");
    paths.entry(name.to_owned()).or_default().insert(path);
}

/// Adds the names of a file that is the module `module`: items, and names that it re-exports from one of `crates`.
/// Returns the public modules in other files.
fn read(paths: &mut Paths, module: &str, text: &str, crates: &[&str]) -> Vec<String> {
    let mut inline = module.to_owned();
    let mut files = Vec::new();
    for (is_indented, statement) in statements(text) {
        // Indented items are those of an inline module, or methods.
        if is_indented && inline == module {
            continue;
        }
        let words: Vec<&str> = statement.split([' ', '(', '<', ':', ';']).collect();
        match words[..] {
            ["pub", "use", origin, ..] => {
                let is_counted = crates.is_empty() || crates.contains(&origin);
                for name in used(statement).filter(|_| is_counted) {
                    add(paths, &inline, name);
                }
            }
            ["pub", "mod", name, ..] if statement.ends_with('{') => {
                inline = format!("{module}::{name}");
            }
            ["pub", "mod", name, ..] => files.push(name.to_owned()),
            [
                "pub",
                "const" | "enum" | "fn" | "struct" | "trait" | "type",
                name,
                ..,
            ] => {
                add(paths, &inline, name);
            }
            _ if statement == "}" => module.clone_into(&mut inline),
            _ => {}
        }
    }
    files
}

/// The public items and each `}` of a module: whether it is indented, and its text up to its brace or semicolon.
/// Hidden items are left out.
fn statements(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut start = 0;
    let mut is_hidden = false;
    text.split_inclusive('\n').filter_map(move |line| {
        let (at, code) = (start, line.trim());
        start += line.len();
        if code == "#[doc(hidden)]" {
            is_hidden = true;
        } else if code.starts_with("pub ") || line == "}\n" {
            let at = at + line.find(code).unwrap_or_default();
            let end = match code.starts_with("pub use") {
                true => text[at..].find(';').map(|end| at + end),
                false => Some(at + code.len()),
            };
            let statement = (line.starts_with(' '), &text[at..end.unwrap_or(at)]);
            return (!std::mem::take(&mut is_hidden)).then_some(statement);
        }
        None
    })
}

/// The names that a `pub use` brings in.
fn used(statement: &str) -> impl Iterator<Item = &str> {
    let tree = statement.trim_start_matches("pub use ");
    let leaves = tree.split(['{', '}', ',']).map(str::trim);
    leaves
        .filter(|leaf| !leaf.is_empty() && !leaf.ends_with("::"))
        .map(|leaf| leaf.rsplit([' ', ':']).next().unwrap_or(leaf))
}

/// Adds the names of a module in files, and of the public modules in it.
fn read_file(paths: &mut Paths, module: &str, file: &Path) {
    let text = std::fs::read_to_string(file).unwrap();
    for child in read(paths, module, &text, &[]) {
        let folder = file.parent().unwrap();
        let files = [format!("{child}.rs"), format!("{child}/mod.rs")];
        let file = files
            .map(|file| folder.join(file))
            .into_iter()
            .find(|file| file.is_file());
        read_file(paths, &format!("{module}::{child}"), &file.unwrap());
    }
}

fn with_two_paths(paths: &Paths) -> Vec<&BTreeSet<String>> {
    paths.values().filter(|paths| paths.len() > 1).collect()
}

#[test]
fn finds_names_with_two_paths() {
    let text = "pub use a::{Near, x::{Far as Other, One}};\npub use b::Near;\n#[doc(hidden)]\npub use a::Two;\n\
        pub mod inner {\n    pub use a::Other;\n    pub use b::One;\n}\npub fn two() {\n}\npub mod file;\n";
    let mut paths = Paths::new();
    assert_eq!(read(&mut paths, "root", text, &["a"]), ["file"]);
    let names: Vec<&str> = paths.keys().map(String::as_str).collect();
    assert_eq!(names, ["Near", "One", "Other", "two"]);
    let twice = with_two_paths(&paths);
    let expected = ["root::Other", "root::inner::Other"].map(str::to_owned);
    assert_eq!(twice, [&BTreeSet::from(expected)]);
}

#[test]
fn each_name_has_one_path_and_the_root_has_few() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let facade = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let mut paths = Paths::new();
    read(&mut paths, "flightsql", &facade, &["flightsql_driver"]);
    let mut at_root: Vec<String> = paths.values().flatten().cloned().collect();
    at_root.retain(|path| path.matches("::").count() == 1);
    assert!(
        at_root.len() <= MAX_ROOT_NAMES,
        "{} names: {at_root:#?}",
        at_root.len()
    );
    assert!(at_root.len() > 30, "{at_root:#?}");

    read(&mut paths, "flightsql", &facade, &["flightsql_macros"]);
    for (module, file) in MODULES {
        assert!(
            paths.contains_key(*module),
            "the facade has no module `{module}`"
        );
        read_file(
            &mut paths,
            &format!("flightsql::{module}"),
            &root.join(file),
        );
    }
    assert_eq!(with_two_paths(&paths), Vec::<&BTreeSet<String>>::new());
}

/// Users of SQLx search the documentation for the methods that its results have.
#[test]
fn j15_search_for_last_insert_id_finds_rows_affected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("flightsql-driver/src/query_result.rs")).unwrap();
    let alias = "    #[doc(alias = \"last_insert_id\", alias = \"last_insert_rowid\")]\n    #[must_use]\n    pub fn rows_affected";
    let (docs, _) = text.split_once(alias).unwrap();
    assert!(docs.contains("/// Flight SQL has no field for a generated key. Use `RETURNING`"));
}
