//! Environment variables in the values of a profile: `{{ env_var(NAME) }}`.
//!
//! ADBC replaces an unset variable by nothing. Here it is an error, because the empty text could be a password.

use zeroize::Zeroizing;

use super::{Text, Variables};
use crate::options::text::ValueError;

/// Returns the value with its variables. The text of an error follows the name of the option.
pub(super) fn substitute(value: &str, variables: Variables<'_>) -> Result<Text, ValueError> {
    let mut rest = value;
    let mut text = Zeroizing::new(String::new());
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, after) = after
            .split_once("}}")
            .ok_or("contains `{{` without `}}`; write `{{ env_var(NAME) }}`")?;
        let name = inner
            .trim()
            .strip_prefix("env_var(")
            .and_then(|inner| inner.strip_suffix(')'))
            .filter(|name| is_name(name))
            .ok_or("contains `{{ … }}` that is not `{{ env_var(NAME) }}`")?;
        push(&mut text, before);
        push(&mut text, &variable(name, variables)?);
        rest = after;
    }
    push(&mut text, rest);
    Ok(text)
}

fn is_name(name: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=128).contains(&name.len()) && name.bytes().all(is_part)
}

fn variable(name: &str, variables: Variables<'_>) -> Result<Text, ValueError> {
    let unusable = |problem: &str| -> ValueError {
        format!("contains the environment variable `{name}`, which {problem}").into()
    };
    let value = variables(name).ok_or_else(|| unusable("is not set; set it"))?;
    let value = value.into_string().map_err(|text| {
        // The text may be a secret.
        drop(Zeroizing::new(text.into_encoded_bytes()));
        unusable("is not UTF-8")
    })?;
    match value.is_empty() {
        true => Err(unusable("is empty; set it to a value")),
        false => Ok(Zeroizing::new(value)),
    }
}

/// Adds text. The memory of a `String` that grows is cleared here, since it would keep a copy of a secret.
fn push(text: &mut Text, more: &str) {
    let mut longer = Zeroizing::new(String::with_capacity(text.len() + more.len()));
    longer.push_str(text);
    longer.push_str(more);
    *text = longer;
}
