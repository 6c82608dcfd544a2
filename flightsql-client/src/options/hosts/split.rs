//! Splits the authority of a URL that lists several hosts, before the URL is parsed.
//!
//! [RFC 3986, 3.2](https://www.rfc-editor.org/rfc/rfc3986#section-3.2) knows one host and one port. Lists are the form of
//! libpq, JDBC and MongoDB.

use std::borrow::Cow;

use super::super::OptionsError;
use super::super::parse::LATE_AT;
use super::{KEY, MAX_HOSTS, TOO_MANY};

/// Returns the URL with its first host only, and the entries of the further hosts, which are percent-encoded.
///
/// # Errors
/// Returns an error for an empty entry, too many entries, or a second user. It contains no part of the URL.
pub(in crate::options) fn split(url: &str) -> Result<(Cow<'_, str>, Vec<&str>), OptionsError> {
    let whole = (Cow::Borrowed(url), Vec::new());
    let Some((scheme, rest)) = url.split_once("://") else {
        return Ok(whole);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let (user, hosts) = match authority.rsplit_once('@') {
        Some((user, hosts)) => (Some(user), hosts),
        None => (None, authority),
    };
    if user.is_some_and(|user| {
        user.split_once('@')
            .is_some_and(|(_, after)| after.contains(','))
    }) {
        return Err(OptionsError::Malformed(
            "the URL has a user at more than one host; write user and password before the first host only, and `@` in a \
             password as `%40`",
        ));
    }
    let Some((first, more)) = hosts.split_once(',') else {
        return Ok(whole);
    };
    let problem = entries_problem(first, more);
    if let Some(problem) = problem {
        // A part of the password may have been taken for hosts.
        return Err(match after.contains('@') {
            true => OptionsError::Malformed(LATE_AT),
            false => OptionsError::value(KEY, problem),
        });
    }
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let single = format!("{scheme}://{user}{first}{after}");
    Ok((Cow::Owned(single), more.split(',').collect()))
}

fn entries_problem(first: &str, more: &str) -> Option<Cow<'static, str>> {
    let entries = || std::iter::once(first).chain(more.split(','));
    // Before anything is allocated for them.
    if entries().take(MAX_HOSTS + 1).count() > MAX_HOSTS {
        return Some(TOO_MANY.into());
    }
    let empty = entries().position(str::is_empty)?;
    let text = format!(
        "{} of the list is empty; remove the comma, or add a host",
        empty + 1
    );
    Some(text.into())
}
