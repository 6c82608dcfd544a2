//! `Set-Cookie` headers of a server, and the `Cookie` headers that the client sends.

use std::collections::BTreeSet;

use flightsql_client::fuzzing::CookieJar;

/// The limits of the jar, as browsers have them.
const MAX_COOKIES: usize = 50;
const MAX_BYTES: usize = 4096;

/// The time of a run grows with the square of the headers.
const MAX_HEADERS: usize = 100;

/// Each line is a `Set-Cookie` header. If the first byte is odd, the connection has no TLS.
///
/// The jar stays within its limits. Each cookie that it sends is the first part of a header that was set, with a path
/// that contains the path of the RPC, and never a secure cookie over plaintext.
pub fn cookies(data: &[u8]) {
    let Some((first, lines)) = data.split_first() else {
        return;
    };
    let plaintext = first & 1 == 1;
    // The client skips headers with other bytes.
    let visible = |byte: &u8| *byte == b'\t' || (b' '..=b'~').contains(byte);
    let headers: Vec<&str> = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| line.iter().all(visible))
        .filter_map(|line| std::str::from_utf8(line).ok())
        .take(MAX_HEADERS)
        .collect();
    let mut jar = CookieJar::default();
    for (index, header) in headers.iter().enumerate() {
        let before = sent(&jar);
        jar.set(header, plaintext);
        check_last(&jar, &before, &headers[..=index], plaintext);
    }
    check(&jar, &headers, plaintext);
    // Its text has names only.
    let shown = format!("{jar:?}");
    for header in &headers {
        let (_, value) = pair(header).unwrap_or_default();
        let is_secret = value.len() > 8 && !headers.iter().any(|other| names(other, value));
        assert!(!is_secret || !shown.contains(value), "{shown}");
    }
    check_removal(jar, &headers, plaintext);
}

/// Returns the cookies that the client sends with each RPC.
fn sent(jar: &CookieJar) -> Vec<(&'static str, Vec<String>)> {
    let split = |header: String| header.split("; ").map(str::to_owned).collect();
    let headers = jar.headers().into_iter();
    headers
        .map(|(path, header)| (path, header.map(split).unwrap_or_default()))
        .collect()
}

fn check(jar: &CookieJar, headers: &[&str], plaintext: bool) {
    for (path, header) in jar.headers() {
        let Some(header) = header else { continue };
        assert!(!header.is_empty());
        assert!(http::HeaderValue::from_str(&header).is_ok(), "{header}");
        assert!(header.len() <= MAX_COOKIES * (MAX_BYTES + 2));
        let cookies: Vec<&str> = header.split("; ").collect();
        assert!(cookies.len() <= MAX_COOKIES, "{header}");
        for cookie in cookies {
            assert!(cookie.len() <= MAX_BYTES && !cookie.contains(';'));
            let may_be_of = |header: &&str| {
                let (name, value) = pair(header).unwrap_or_default();
                header.len() <= MAX_BYTES
                    && format!("{name}={value}") == cookie
                    && !(plaintext && has(header, "secure"))
                    && covers(scope(header), path)
            };
            let found = headers.iter().any(may_be_of);
            assert!(found, "{cookie} is sent with {path}");
        }
    }
}

/// Checks what the last header did: nothing to other cookies, and all that it says to its own.
fn check_last(
    jar: &CookieJar,
    before: &[(&'static str, Vec<String>)],
    headers: &[&str],
    plaintext: bool,
) {
    let Some(header) = headers.last() else {
        return;
    };
    let known: BTreeSet<_> = headers
        .iter()
        .map(|header| (pair(header).unwrap_or_default().0, scope(header)))
        .collect();
    let may_be_full = known.len() > MAX_COOKIES;
    let after = sent(jar);
    let is_valid = header.len() <= MAX_BYTES && !(plaintext && has(header, "secure"));
    let Some((name, value)) = pair(header).filter(|(name, _)| is_valid && !name.is_empty()) else {
        assert_eq!(after, before, "{header:?} is not a cookie");
        return;
    };
    let own = format!("{name}={value}");
    let lives = !has(header, "max-age") && !has(header, "expires");
    for ((path, cookies), (_, before)) in after.iter().zip(before) {
        let applies = covers(scope(header), path);
        let others = |cookies: &[String]| -> Vec<String> {
            let other = |cookie: &&String| !applies || cookie.split('=').next() != Some(name);
            cookies.iter().filter(other).cloned().collect()
        };
        assert_eq!(others(cookies), others(before), "{header:?} with {path}");
        if applies && lives && !may_be_full {
            assert!(cookies.contains(&own), "{own} is not sent");
        }
    }
}

/// Checks that each cookie can be removed.
fn check_removal(mut jar: CookieJar, headers: &[&str], plaintext: bool) {
    for header in headers {
        let Some((name, _)) = pair(header) else {
            continue;
        };
        if header.len() <= MAX_BYTES / 2 {
            jar.set(
                &format!("{name}=; Path={}; Max-Age=0", scope(header)),
                plaintext,
            );
        }
    }
    let short = headers.iter().all(|header| header.len() <= MAX_BYTES / 2);
    let left = jar
        .headers()
        .into_iter()
        .filter(|(_, header)| header.is_some());
    assert!(!short || left.count() == 0, "a cookie stays: {jar:?}");
}

/// Returns the name and the value of a header, without the space around them.
fn pair(header: &str) -> Option<(&str, &str)> {
    let first = header.split(';').next()?;
    let (name, value) = first.split_once('=')?;
    Some((trimmed(name), trimmed(value)))
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

fn names(header: &str, text: &str) -> bool {
    pair(header).is_some_and(|(name, _)| name.contains(text))
}

fn attributes(header: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = header.split(';').skip(1);
    parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (trimmed(name), trimmed(value))
    })
}

fn has(header: &str, name: &str) -> bool {
    attributes(header).any(|(own, _)| own.eq_ignore_ascii_case(name))
}

/// Returns the path of a cookie: that of its last `Path` attribute, if it is absolute (RFC 6265, 5.2.4).
fn scope(header: &str) -> &str {
    let paths = attributes(header).filter(|(name, _)| name.eq_ignore_ascii_case("path"));
    let last = paths.last().map(|(_, path)| path);
    last.filter(|path| path.starts_with('/'))
        .unwrap_or("/arrow.flight.protocol.FlightService")
}

/// Path-match of RFC 6265, 5.1.4.
fn covers(cookie: &str, request: &str) -> bool {
    cookie == request
        || (request.starts_with(cookie)
            && (cookie.ends_with('/') || request.as_bytes().get(cookie.len()) == Some(&b'/')))
}
