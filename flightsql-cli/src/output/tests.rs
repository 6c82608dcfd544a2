//! Formats by the name of the file, and where output goes.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Write as _;

use super::*;

#[test]
fn the_name_of_a_file_says_its_format() {
    for (name, format) in [
        ("a.csv", Some(Format::Csv)),
        ("a.JSON", Some(Format::Json)),
        ("a.b.ndjson", Some(Format::Ndjson)),
        ("a.jsonl", Some(Format::Ndjson)),
        ("a.parquet", Some(Format::Parquet)),
        ("a.arrow", Some(Format::Arrow)),
        ("a.arrows", Some(Format::ArrowStream)),
        ("a.txt", None),
        ("csv", None),
    ] {
        assert_eq!(by_extension(Path::new(name)), format, "{name}");
    }
}

#[test]
fn a_file_appears_when_it_is_whole() {
    let directory = std::env::temp_dir().join(format!("flightsql-cli-sink-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let (path, mut shell) = (directory.join("x.csv"), Vec::new());

    let mut sink = Sink::open(Some(&path), &mut shell).unwrap();
    sink.write_all(b"half").unwrap();
    drop(sink);
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);

    let mut sink = Sink::open(Some(&path), &mut shell).unwrap();
    sink.write_all(b"whole").unwrap();
    assert!(!path.exists());
    sink.commit().unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
    std::fs::remove_dir_all(&directory).unwrap();

    let mut sink = Sink::open(None, &mut shell).unwrap();
    sink.write_all(b"said").unwrap();
    sink.commit().unwrap();
    assert_eq!(shell, b"said");
}
