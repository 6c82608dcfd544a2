//! The planted secrets: each names its kind, and all begin alike, so that one search finds any of them.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The begin of each secret, which nothing else contains.
const MARK: &str = "zq7marker-";
/// The begin of each bound value. A server may repeat one in an error, but no log and no `Debug` shows it.
const BOUND: &str = "zq7bound-";

pub(super) const PASSWORD: &str = "zq7marker-password";
pub(super) const TOKEN: &str = "zq7marker-token";
pub(super) const TOKEN_OF_FILE: &str = "zq7marker-token-file";
pub(super) const PROVIDED: &str = "zq7marker-provided";
pub(super) const COMMAND: &str = "zq7marker-command";
pub(super) const AUTHORIZATION: &str = "Custom zq7marker-authorization";
#[cfg(feature = "oauth")]
pub(super) const CLIENT_SECRET: &str = "zq7marker-client-secret";
#[cfg(feature = "oauth")]
pub(super) const OAUTH: &str = "zq7marker-oauth";
pub(super) const PROXY: &str = "zq7marker-proxy-password";
pub(super) const ISSUED: &str = "zq7marker-issued";
pub(super) const ROTATED_BY_HEADER: &str = "zq7marker-rotated-header";
pub(super) const ROTATED_BY_TRAILER: &str = "zq7marker-rotated-trailer";
pub(super) const COOKIE: &str = "zq7marker-cookie";
pub(super) const SESSION_COOKIE: &str = "zq7marker-session-cookie";
pub(super) const HEADER: &str = "zq7marker-header";
pub(super) const BINARY: &str = "zq7marker-binary";
pub(super) const SESSION: &str = "zq7marker-session-value";
pub(super) const SESSION_LATER: &str = "zq7marker-session-later";
pub(super) const SESSION_LIST: &str = "zq7marker-session-list";
pub(super) const STATEMENT: &str = "zq7marker-statement-header";
pub(super) const VALUE: &str = "zq7bound-value";

/// `MARK` in base64, in each of its three positions.
static ENCODED: LazyLock<[String; 3]> = LazyLock::new(|| {
    [0, 1, 2].map(|before| {
        let text = format!("{}{MARK}", &"abc"[..before]);
        let encoded = STANDARD.encode(&text);
        // Only complete digits are those of any text with the mark at this place.
        let digits = text.len() * 8 / 6;
        encoded[(before * 8).div_ceil(6)..digits].to_owned()
    })
});

/// Returns the place of a secret in a text, in plain or in base64.
pub(super) fn leaks(text: &str) -> Option<String> {
    find(text, MARK).or_else(|| ENCODED.iter().find_map(|mark| find(text, mark)))
}

/// Returns the place of a bound value in a text.
pub(super) fn bound(text: &str) -> Option<String> {
    find(text, BOUND)
}

/// Returns the text around a pattern.
pub(super) fn find(text: &str, pattern: &str) -> Option<String> {
    let at = text.find(pattern)?;
    let before: String = text[..at].chars().rev().take(120).collect();
    let before: String = before.chars().rev().collect();
    let after: String = text[at..].chars().take(80).collect();
    Some(before + &after)
}

#[test]
fn are_found_in_each_form() {
    for secret in [PASSWORD, AUTHORIZATION, STATEMENT] {
        assert!(leaks(&format!("a {secret} b")).is_some());
        for user in ["", "a:", "ab:", "abc:", "abcd:"] {
            let encoded = STANDARD.encode(format!("{user}{secret}"));
            assert!(leaks(&encoded).is_some(), "{user}{secret}: {encoded}");
        }
    }
    assert_eq!(leaks("nothing"), None);
    assert_eq!(bound(VALUE).as_deref(), Some(VALUE));
}
