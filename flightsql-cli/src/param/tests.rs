//! What `--param` binds.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[track_caller]
fn types(values: &[&str]) -> String {
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("{:?}", bind(&values).unwrap())
}

#[test]
fn each_type_is_bound_as_itself() {
    let plain = types(&["x", "text:int:5", "http://x", "", ":"]);
    assert_eq!(
        plain.matches("Utf8").count() + plain.matches("TEXT").count(),
        5,
        "{plain}"
    );
    let text = types(&["x"]);
    for other in [
        "int:-5",
        "float:1e3",
        "bool:true",
        "date:2024-05-01",
        "timestamp:2024-05-01T12:00:00",
        "timestamp:2024-05-01 12:00:00.5",
        "timestamp:2024-05-01T12:00:00+02:00",
        "bytes:00fF",
    ] {
        assert_ne!(types(&[other]), text, "{other}");
    }
    assert_ne!(
        types(&["timestamp:2024-05-01T12:00:00"]),
        types(&["timestamp:2024-05-01T12:00:00Z"])
    );
    assert_eq!(bind(&["null:".to_owned()]).unwrap().len(), 1);
}

#[test]
fn a_wrong_value_is_told_by_its_number_only() {
    for wrong in [
        "int:1.5",
        "int:99999999999999999999",
        "float:x",
        "bool:yes",
        "date:2024-13-01",
        "timestamp:noon",
        "bytes:0",
        "bytes:+1",
        "bytes:ä",
        "null:x",
    ] {
        let values = ["fine".to_owned(), wrong.to_owned()];
        match bind(&values).unwrap_err() {
            Failure::Usage(text) => {
                assert!(text.starts_with("--param number 2: "), "{text}");
                let value = wrong.split_once(':').unwrap().1;
                assert!(value.len() < 4 || !text.contains(value), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
}
