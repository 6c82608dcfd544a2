//! The tables of a profile as entries for [`Settings`]: keys of this driver with their values.

use toml::{Table, Value};
use zeroize::Zeroizing;

use super::adbc::{self, Form, Target};
use super::substitute::substitute;
use super::{Parsed, Text, Variables, uri};
use crate::options::settings::Settings;
use crate::options::{OptionsError, keys};

/// The table with keys of this driver. ADBC's driver managers ignore it.
pub(super) const OWN: &str = "flightsql";

/// A value for a key of this driver.
pub(super) struct Entry {
    /// The name in the profile, for errors.
    pub(super) name: String,
    /// A key, `header.NAME` or `session.NAME`.
    pub(super) key: String,
    pub(super) value: Text,
}

/// Returns the values of a table with dotted names. TOML reads `a.b = 1` and `"a.b" = 1` differently, and ADBC equates them.
fn flat<'t>(prefix: &str, table: &'t Table, found: &mut Vec<(String, &'t Value)>) {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        match value {
            Value::Table(inner) => flat(&format!("{name}."), inner, found),
            value => found.push((name, value)),
        }
    }
}

fn values(table: &Table) -> Parsed<Vec<(String, &Value)>> {
    let mut found = Vec::new();
    flat("", table, &mut found);
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    match found.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(OptionsError::Repeated(shown(&pair[0].0))),
        None => Ok(found),
    }
}

/// Returns a name for an error.
fn shown(name: &str) -> String {
    name.chars().take(128).collect()
}

/// Returns the entries of ADBC's table. Sets the transport and the host.
pub(super) fn of_adbc(
    table: &Table,
    variables: Variables<'_>,
    settings: &mut Settings,
) -> Parsed<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut has_uri = false;
    for (name, value) in values(table)? {
        let problem = |problem| OptionsError::Value {
            key: shown(&name),
            problem,
        };
        let (row, rest) = adbc::find(&name).ok_or_else(|| problem(adbc::unknown(&name)))?;
        let key = match row.target {
            Target::Refused(reason) => {
                return Err(problem(format!("is not supported: {reason}").into()));
            }
            Target::Uri | Target::Ignored(_) | Target::Key(_) | Target::Family(_) => {
                row.target.key(rest)
            }
        };
        let text = form(value, row.form).map_err(|text| problem(text.into()))?;
        let text = substitute(&text, variables).map_err(problem)?;
        let text = row.form.convert(text).map_err(problem)?;
        match row.target {
            Target::Uri => {
                uri::set(settings, &text).map_err(problem)?;
                has_uri = true;
                continue;
            }
            Target::Ignored(_) => continue,
            Target::Key(_) | Target::Family(_) | Target::Refused(_) => {}
        }
        if text.is_empty() {
            return Err(problem(
                "is empty; set a value, or remove the option".into(),
            ));
        }
        let name = shown(&name);
        let value = text;
        entries.push(Entry { name, key, value });
    }
    match has_uri {
        true => Ok(entries),
        false => Err(OptionsError::value(
            "uri",
            "is missing in `[Options]`; set it to the server, such as `grpc+tls://host:port`",
        )),
    }
}

/// Returns the text of a value of ADBC's table. The Go driver of ADBC reads strings only, also for numbers.
fn form(value: &Value, form: Form) -> Result<Text, &'static str> {
    match (value, form) {
        (Value::String(text), _) => Ok(Zeroizing::new(text.clone())),
        (Value::Boolean(on), Form::Boolean | Form::Cookies) => Ok(Zeroizing::new(on.to_string())),
        (Value::Integer(number), Form::Seconds | Form::Bytes) => {
            Ok(Zeroizing::new(number.to_string()))
        }
        (Value::Float(number), Form::Seconds) => Ok(Zeroizing::new(number.to_string())),
        (_, Form::Text) => Err("must be a string"),
        (_, Form::Boolean | Form::Cookies) => Err("must be `true` or `false`"),
        (_, Form::Seconds) => Err("must be a number of seconds"),
        (_, Form::Bytes) => Err("must be an integer"),
    }
}

/// Returns the entries of the table with keys of this driver.
pub(super) fn own(table: &Table, variables: Variables<'_>) -> Parsed<Vec<Entry>> {
    let mut entries = Vec::new();
    for (key, value) in values(table)? {
        let name = format!("{OWN}.{}", shown(&key));
        let problem = |problem| OptionsError::Value {
            key: name.clone(),
            problem,
        };
        let is_list = keys::find(&key).is_some_and(|key| key.list);
        let values = match value {
            Value::Array(values) if is_list => values.iter().collect(),
            value => vec![value],
        };
        for value in values {
            let text = match value {
                Value::String(text) => Zeroizing::new(text.clone()),
                Value::Integer(number) => Zeroizing::new(number.to_string()),
                Value::Float(number) => Zeroizing::new(number.to_string()),
                Value::Boolean(on) => Zeroizing::new(on.to_string()),
                Value::Array(_) if !is_list => {
                    return Err(problem("must be one value, not an array".into()));
                }
                _ => return Err(problem("must be a string, a number or a boolean".into())),
            };
            let value = substitute(&text, variables).map_err(problem)?;
            let (name, key) = (name.clone(), key.clone());
            entries.push(Entry { name, key, value });
        }
    }
    Ok(entries)
}
