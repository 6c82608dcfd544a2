//! Compares the table of engines in the README and `tests/interop/MATRIX.md` with `tests/interop/expect`. `UPDATE_README=1`
//! writes both.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use flightsql_conformance::{Report, matrix, matrix_of_groups};

const BEGIN: &str = "<!-- engines -->\n";
const END: &str = "<!-- /engines -->";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Expectations of each engine; engines with the most supported behaviors come first.
fn expected() -> Vec<(String, Report)> {
    let files = fs::read_dir(root().join("tests/interop/expect")).unwrap();
    let mut reports: Vec<_> = files
        .filter_map(|file| {
            let path = file.unwrap().path();
            let name = path.file_name()?.to_str()?.strip_suffix(".txt")?.to_owned();
            // Other files contain the output of `flightsql doctor`, and the differences without the dialect.
            let is_report = !name.contains('.');
            is_report.then(|| (name, fs::read_to_string(path).unwrap()))
        })
        .map(|(name, text)| (name, Report::from_lines(&text).unwrap()))
        .collect();
    let supported = |report: &Report| report.iter().filter(|(_, it)| it.is_supported()).count();
    reports.sort_by_key(|(name, report)| (std::cmp::Reverse(supported(report)), name.clone()));
    reports
}

fn agree(path: &Path, written: String) {
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(path, written).unwrap();
        return;
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == written,
        "{} differs from tests/interop/expect; run this test with UPDATE_README=1",
        path.display()
    );
}

#[test]
fn readme_matches_expectations() {
    let expected = expected();
    assert!(expected.len() >= 6, "{}", expected.len());
    let reports: Vec<_> = expected
        .iter()
        .map(|(name, report)| (name, report))
        .collect();

    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let groups = matrix_of_groups(&reports).to_markdown();
    agree(&path, format!("{before}{BEGIN}{groups}{END}{after}"));

    let matrix = matrix(&reports).to_markdown();
    let head = "# Supported behaviors\n\nGenerated from `tests/interop/expect`, which contains the reasons. `tests/interop/run all` \
                compares the expectations with the servers.\n\n";
    agree(
        &root().join("tests/interop/MATRIX.md"),
        format!("{head}{matrix}"),
    );
}
