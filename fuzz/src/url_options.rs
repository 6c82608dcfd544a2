//! Connect options from URLs.

use flightsql_client::ConnectOptions;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// Stands in a value that may be printed, but in no error.
const PLAIN: &str = "Visible4Value";
/// Stands in a value that is secret.
const SECRET: &str = "Hidden7Value";
/// Stands in the value of a header, which is secret unless a dialect declares its key.
const HEADER: &str = "Header9Value";

/// The characters that would end a value.
const IN_VALUE: &AsciiSet = &CONTROLS.add(b'&').add(b'#').add(b' ');

/// A URL; or, after `!`, the lines scheme, user, password, host with port, path, and one line for each `key=value`. In
/// these lines, `{}` is replaced by a text that no error may contain.
///
/// Options print as a URL that parses to the same options. No error shows a value, and neither `Debug` nor a printed URL
/// without secrets shows a secret.
pub fn url_options(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match text.strip_prefix('!') {
        None => check(&text),
        Some(lines) => check(&assembled(lines)),
    }
}

fn assembled(lines: &str) -> String {
    let mut lines = lines.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (scheme, user, password) = (line(), line(), line());
    let (host, path) = (line(), line());
    // Keys follow a `?`, and their names are in errors.
    let begins_keys = [scheme, user, password, host]
        .iter()
        .any(|part| part.contains(['?', '#']));
    let (plain, secret) = match begins_keys {
        true => ("", ""),
        false => (PLAIN, SECRET),
    };
    let user = user.replace("{}", plain);
    let password = match password {
        "" => String::new(),
        password => format!(":{}", password.replace("{}", secret)),
    };
    let at = if user.is_empty() && password.is_empty() {
        ""
    } else {
        "@"
    };
    let (path, keys) = path.split_at(path.find(['?', '#']).unwrap_or(path.len()));
    let path = path.replace("{}", plain);
    let mut url = format!("{scheme}://{user}{password}{at}{host}{path}{keys}");
    for (index, line) in lines.enumerate() {
        let (key, value) = line.split_once('=').unwrap_or((line, "{}"));
        let value = value.replace("{}", marker(key));
        let value = utf8_percent_encode(&value, IN_VALUE);
        url.push(if index == 0 { '?' } else { '&' });
        url.push_str(&format!("{key}={value}"));
    }
    url
}

/// Returns the text for the value of a key.
fn marker(key: &str) -> &'static str {
    let key = percent_decode_str(key)
        .decode_utf8_lossy()
        // Parsing removes these characters of a URL.
        .replace(['\t', '\r', '\n'], "")
        .replace('-', "_");
    let ends = ["password", "token", "authorization", "secret", "key_pem"];
    match () {
        // The error names the files that were tried.
        () if key == "dialect_file" => "",
        // Its name may end with anything, and URLs print its value.
        () if key.starts_with("session.") => PLAIN,
        () if key.starts_with("header.") => HEADER,
        () if ends.iter().any(|end| key.ends_with(end)) => SECRET,
        () => PLAIN,
    }
}

fn check(url: &str) {
    // Some keys read files: a device has no end, or blocks.
    let decoded = percent_decode_str(url).decode_utf8_lossy();
    if ["/dev", "/proc", "/sys", "../"]
        .iter()
        .any(|path| decoded.contains(path))
    {
        return;
    }
    let options: ConnectOptions = match url.parse() {
        Ok(options) => options,
        Err(error) => {
            let error: flightsql_client::OptionsError = error;
            let shown = format!("{error} {error:?}").to_ascii_lowercase();
            for marker in [PLAIN, SECRET, HEADER] {
                assert!(!shown.contains(&marker.to_ascii_lowercase()), "{shown}");
            }
            return;
        }
    };
    let shown = format!("{options:?} {options:#?}");
    assert!(
        !shown.contains(SECRET) && !shown.contains(HEADER),
        "{shown}"
    );
    let lossy = options.to_url_lossy();
    assert!(!lossy.as_str().contains(SECRET), "{lossy}");
    let again = parsed(lossy.as_str());
    assert_eq!(again.to_url_lossy(), lossy);
    let full = options.to_url_with_secrets();
    let again = parsed(full.as_str());
    assert_eq!(again.to_url_with_secrets(), full);
    assert_eq!(format!("{again:?}"), format!("{options:?}"));
    assert_eq!(again.to_url_lossy(), lossy);
}

fn parsed(url: &str) -> ConnectOptions {
    url.parse()
        .unwrap_or_else(|error| panic!("the printed URL {url} is an error: {error}"))
}
