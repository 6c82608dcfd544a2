//! The secrets that no text may contain.

use std::collections::VecDeque;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::options::RESERVED;

/// The minimum length of a masked secret. Masking each `a` would hide the text and reveal the secret.
const SHORTEST: usize = 4;
/// The minimum length of a masked cookie or session option: shorter ones are often words of a message, such as `true`.
const SHORTEST_VALUE: usize = 8;
/// The maximum number of kept tokens, and of kept session options, in all forms. A server may replace its token in every
/// response, and a caller may set an option before every statement.
const MAX_KEPT: usize = 128;

/// The secrets of one connection, which it masks in every text.
#[derive(Default)]
pub(in super::super) struct Secrets {
    /// Secrets of the options.
    own: Vec<String>,
    /// Values of headers that the options send with every RPC.
    headers: Vec<String>,
    /// The last tokens of the server, oldest first.
    tokens: VecDeque<String>,
    /// The last values of session options, oldest first.
    settings: VecDeque<String>,
}

impl Secrets {
    pub(crate) fn keep(&mut self, text: &str) {
        if text.len() >= SHORTEST && !self.own.iter().any(|known| known == text) {
            self.own.extend(forms(text));
        }
    }

    /// Keeps the value of a header, or its credential.
    pub(super) fn keep_header(&mut self, text: &str) {
        if text.len() >= SHORTEST && !self.headers.iter().any(|known| known == text) {
            self.headers.extend(forms(text));
        }
    }

    /// Returns `true` if a text contains a secret that is not only the value of a header.
    pub(super) fn has_credential(&self, text: &str) -> bool {
        let own = self.own.iter().chain(&self.tokens);
        own.chain(&self.settings)
            .any(|secret| text.contains(&**secret))
    }

    /// Keeps a binary value: its text if it is one, and its base64 as in a header.
    pub(super) fn keep_bytes(&mut self, bytes: &[u8]) {
        if let Ok(text) = std::str::from_utf8(bytes) {
            self.keep_token(text);
        }
        self.keep_token(&STANDARD_NO_PAD.encode(bytes));
    }

    /// Keeps the credential of an `authorization`.
    pub(in super::super) fn keep_authorization(&mut self, text: &str) {
        self.keep_token(super::credential(text));
    }

    pub(super) fn keep_token(&mut self, token: &str) {
        if token.len() >= SHORTEST {
            keep_last(&mut self.tokens, token);
        }
    }

    /// Keeps the value of a session option, which may be a secret of the user's. The names of a catalog and a schema are not.
    pub(super) fn keep_setting(&mut self, name: &str, value: &str) {
        if is_value(value) && !matches!(name, "catalog" | "schema") {
            keep_last(&mut self.settings, value);
        }
    }

    /// Returns the tokens of the server, oldest first, in all forms.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let own = self.own.iter().chain(&self.headers);
        let of_server = own.chain(&self.tokens);
        of_server.chain(&self.settings).map(String::as_str)
    }

    /// Returns the text without these secrets and without `others`.
    pub(in super::super) fn mask<'s>(
        &'s self,
        text: &str,
        others: impl Iterator<Item = &'s str>,
    ) -> String {
        let mut masked = text.to_owned();
        let mut secrets: Vec<&str> = self.iter().chain(others).collect();
        // Longest first, so that a secret that contains another is masked completely.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            if masked.contains(secret) {
                masked = masked.replace(secret, "***");
            }
        }
        masked
    }
}

/// Returns `true` if a cookie or a session option is long enough to be masked.
pub(super) fn is_value(value: &str) -> bool {
    value.len() >= SHORTEST_VALUE
}

fn keep_last(kept: &mut VecDeque<String>, text: &str) {
    if kept.iter().any(|known| known == text) {
        return;
    }
    kept.extend(forms(text));
    while kept.len() > MAX_KEPT {
        kept.pop_front();
    }
}

/// Returns the text in each form in which a URL or `{:?}` writes it.
fn forms(text: &str) -> Vec<String> {
    let all = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let most = utf8_percent_encode(text, RESERVED).to_string();
    let mut forms = vec![text.to_owned(), text.escape_debug().to_string()];
    forms.extend([lower_hex(&all), lower_hex(&most), all, most]);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Returns a percent-encoded text with lower-case hexadecimal digits, as some servers write them.
fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text + "%" + &digits.to_ascii_lowercase() + rest
    })
}
