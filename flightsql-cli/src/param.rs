//! `--param`: a value to bind, with its type as a prefix.

use flightsql::types::chrono::{DateTime, NaiveDate, NaiveDateTime};
use flightsql::{Arguments as _, FlightSqlArguments};

use crate::failure::Failure;

/// Converts the values to arguments, in order.
pub(crate) fn bind(values: &[String]) -> Result<FlightSqlArguments, Failure> {
    let mut arguments = FlightSqlArguments::default();
    for (number, value) in values.iter().enumerate() {
        // The value may be secret, so the error shows its number only.
        add(&mut arguments, value).map_err(|problem| {
            Failure::usage(format!("--param number {}: {problem}", number + 1))
        })?;
    }
    Ok(arguments)
}

/// Adds a value: a string unless the prefix is a known type. `http://x` is a string.
fn add(arguments: &mut FlightSqlArguments, value: &str) -> Result<(), String> {
    let (kind, text) = value.split_once(':').unwrap_or(("", value));
    let added = match kind {
        "text" => arguments.add(text),
        "int" => arguments.add(parsed::<i64>(text, "an integer of 64 bits")?),
        "float" => arguments.add(parsed::<f64>(text, "a number")?),
        "bool" => arguments.add(parsed::<bool>(text, "`true` or `false`")?),
        "date" => arguments.add(parsed::<NaiveDate>(text, "a date such as 2024-05-01")?),
        "timestamp" => match text.parse::<DateTime<flightsql::types::chrono::FixedOffset>>() {
            Ok(instant) => arguments.add(instant),
            Err(_) => arguments.add(parsed::<NaiveDateTime>(
                &text.replacen(' ', "T", 1),
                "a timestamp such as 2024-05-01T12:00:00 or 2024-05-01T12:00:00Z",
            )?),
        },
        "bytes" => arguments.add(bytes(text)?),
        "null" if text.is_empty() => arguments.add(None::<String>),
        "null" => return Err("`null:` does not accept a value".to_owned()),
        _ => arguments.add(value),
    };
    added.map_err(|error| error.to_string())
}

fn parsed<T: std::str::FromStr>(text: &str, wanted: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("the value after the type is not {wanted}"))
}

/// Parses pairs of hexadecimal digits.
fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    let wrong =
        || "the value after the type is not an even number of hexadecimal digits".to_owned();
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong()))
        .collect()
}

#[cfg(test)]
mod tests {
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
}
