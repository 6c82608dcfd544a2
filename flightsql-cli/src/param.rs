//! `--param`: a value to bind, with its type written before it.

use flightsql::types::chrono::{DateTime, NaiveDate, NaiveDateTime};
use flightsql::{Arguments as _, FlightSqlArguments};

use crate::failure::Failure;

#[cfg(test)]
mod tests;

/// The values as arguments, in order.
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

/// A text, unless it begins with a type that is known: `http://x` is a text.
fn add(arguments: &mut FlightSqlArguments, value: &str) -> Result<(), String> {
    let (kind, text) = value.split_once(':').unwrap_or(("", value));
    let added = match kind {
        "text" => arguments.add(text),
        "int" => arguments.add(parsed::<i64>(text, "a whole number of 64 bits")?),
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
        "null" => return Err("`null:` takes nothing behind it".to_owned()),
        _ => arguments.add(value),
    };
    added.map_err(|error| error.to_string())
}

fn parsed<T: std::str::FromStr>(text: &str, wanted: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("what is behind the type is not {wanted}"))
}

/// Pairs of hexadecimal digits.
fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    let wrong = || "what is behind the type is not an even number of hexadecimal digits".to_owned();
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong()))
        .collect()
}
