//! The header of a proxy's response: [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112).

/// The header of a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// The reason of the status line, which may contain a secret.
    reason: String,
    /// The challenges of the proxy, each of which begins with a scheme.
    challenges: Vec<String>,
    content_type: String,
}

/// The reason why bytes are not the header of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Invalid {
    NotHttp,
    TooLarge,
}

/// The maximum number of characters that an error shows of a text.
const SHOWN: usize = 100;

const VERSION: &[u8] = b"HTTP/1.";

/// Returns the header with its length once it is complete; `None` while it is not.
///
/// # Errors
/// Returns an error if the bytes are not the start of a response, or if the header is larger than `max` bytes.
pub(super) fn split(bytes: &[u8], max: usize) -> Result<Option<(Head, usize)>, Invalid> {
    // Other protocols may wait for the client, and would never end a header.
    if !bytes
        .iter()
        .zip(VERSION)
        .all(|(byte, expected)| byte == expected)
    {
        return Err(Invalid::NotHttp);
    }
    match end(bytes) {
        Some(length) if length > max => Err(Invalid::TooLarge),
        Some(length) => {
            let head = Head::parse(bytes.get(..length).unwrap_or_default());
            head.map(|head| Some((head, length)))
                .ok_or(Invalid::NotHttp)
        }
        None if bytes.len() >= max => Err(Invalid::TooLarge),
        None => Ok(None),
    }
}

/// Returns the length of the header: up to an empty line. A line may end without CR (RFC 9112, 2.2).
fn end(bytes: &[u8]) -> Option<usize> {
    let mut ends = (0..bytes.len()).filter(|at| bytes[*at] == b'\n');
    ends.find_map(|at| match bytes.get(at + 1..)? {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    })
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.lines();
        // `HTTP/1.1 200 Connection established`; some proxies omit the reason with its space.
        let (version, rest) = lines.next()?.split_once(' ')?;
        let (digits, reason) = rest.split_once(' ').unwrap_or((rest, ""));
        let is_status = digits.len() == 3 && digits.bytes().all(|b| b.is_ascii_digit());
        if version.len() != VERSION.len() + 1 || !is_status {
            return None;
        }
        let mut head = Self {
            status: digits.parse().ok().filter(|status| *status >= 100)?,
            reason: reason.to_owned(),
            challenges: Vec::new(),
            content_type: String::new(),
        };
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("proxy-authenticate") && head.challenges.len() < 4 {
                head.challenges.push(value.to_owned());
            } else if name.eq_ignore_ascii_case("content-type") {
                head.content_type = value.trim().to_ascii_lowercase();
            }
        }
        Some(head)
    }

    /// Returns status and reason, shortened. `mask` removes secrets before, since a part of one would not be found later.
    pub(super) fn line(&self, mask: &dyn Fn(&str) -> String) -> String {
        let reason = shown(&mask(&self.reason));
        let known = http::StatusCode::from_u16(self.status).ok();
        let known = known.and_then(|status| status.canonical_reason());
        match (&*reason, known) {
            ("", None) => self.status.to_string(),
            ("", Some(reason)) | (reason, _) => format!("{} {reason}", self.status),
        }
    }

    /// Returns the authentication schemes that the proxy offers, shortened, as [`line`](Self::line) does.
    pub(super) fn schemes(&self, mask: &dyn Fn(&str) -> String) -> Vec<String> {
        let scheme = |challenge: &String| {
            let masked = mask(challenge);
            shown(masked.split_whitespace().next().unwrap_or_default())
        };
        self.challenges.iter().map(scheme).collect()
    }

    /// Returns `true` if the content is text, such as a page to log in.
    pub(super) fn has_page(&self) -> bool {
        self.content_type.starts_with("text/")
    }
}

/// Returns a short text on one line.
fn shown(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MAX: usize = 256;

    fn head(text: &str) -> Head {
        split(text.as_bytes(), MAX).unwrap().unwrap().0
    }

    #[test]
    fn a_header_ends_with_an_empty_line() {
        for (text, length) in [
            ("HTTP/1.1 200 OK\r\n\r\n", 19),
            ("HTTP/1.1 200 OK\r\n\r\nabc", 19),
            ("HTTP/1.0 200 OK\n\nabc", 17),
            ("HTTP/1.1 200 OK\r\na: b\r\n\r\n\r\n\r\n", 25),
            ("HTTP/1.1 200 OK\na: b\n\r\n", 23),
        ] {
            let (head, found) = split(text.as_bytes(), MAX).unwrap().unwrap();
            assert_eq!((head.status, found), (200, length), "{text:?}");
            // Each part of it is incomplete.
            for cut in 0..length {
                assert_eq!(
                    split(&text.as_bytes()[..cut], MAX),
                    Ok(None),
                    "{text:?} {cut}"
                );
            }
        }
    }

    #[test]
    fn status_and_reason_are_shown() {
        for (line, expected) in [
            (
                "HTTP/1.1 403 Forbidden by rule 7",
                "403 Forbidden by rule 7",
            ),
            ("HTTP/1.1 403 ", "403 Forbidden"),
            ("HTTP/1.1 403", "403 Forbidden"),
            ("HTTP/1.1 799", "799"),
            ("HTTP/1.1 500 a\u{1b}[2J\tb", "500 a [2J b"),
        ] {
            let head = head(&format!("{line}\r\n\r\n"));
            assert_eq!(head.line(&str::to_owned), expected, "{line}");
        }
        let long = head(&format!("HTTP/1.1 500 {}\r\n\r\n", "é".repeat(110)));
        assert_eq!(long.line(&str::to_owned).chars().count(), 4 + SHOWN);
    }

    #[test]
    fn other_bytes_are_not_http() {
        for text in [
            "<html>",
            "SSH-2.0-x\r\n",
            "\u{15}\u{3}\u{3}",
            "HTTP/2.0 200 OK\r\n\r\n",
            "HTTP/1.1  200 OK\r\n\r\n",
            "HTTP/1.1 20 OK\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
            "HTTP/1.1 099 OK\r\n\r\n",
            "HTTP/1.1 +20 OK\r\n\r\n",
            "HTTP/1.\r\n\r\n",
            "HTTP/1.1\r\n\r\n",
        ] {
            assert_eq!(
                split(text.as_bytes(), MAX),
                Err(Invalid::NotHttp),
                "{text:?}"
            );
        }
    }

    #[test]
    fn the_size_of_a_header_is_limited() {
        let padded = |length: usize| {
            let text = format!("HTTP/1.1 200 OK\r\na: {}", "x".repeat(length));
            let fill = length - 24;
            text[..text.len() - length + fill].to_owned() + "\r\n\r\n"
        };
        let fits = padded(MAX);
        assert_eq!(fits.len(), MAX);
        assert!(split(fits.as_bytes(), MAX).unwrap().is_some());
        assert_eq!(
            split(padded(MAX + 1).as_bytes(), MAX),
            Err(Invalid::TooLarge)
        );
        let endless = "HTTP/1.1 200 OK\r\n".to_owned() + &"a: b\r\n".repeat(MAX);
        assert_eq!(split(endless.as_bytes(), MAX), Err(Invalid::TooLarge));
    }

    #[test]
    fn schemes_and_content_are_read() {
        let text = "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Negotiate abc\r\n\
                    Content-Type: Text/HTML; charset=utf-8\r\nno colon\r\n\r\n";
        let head = head(text);
        assert_eq!(head.schemes(&str::to_owned), ["NTLM", "Negotiate"]);
        assert!(head.has_page());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut text = b"HTTP/1.1 200".to_vec();
            text.extend(&bytes);
            let _ = split(&text, MAX);
            let _ = split(&bytes, MAX);
            text.extend(b"\r\n\r\n");
            if let Ok(Some((_, length))) = split(&text, MAX) {
                prop_assert!(length <= text.len());
            }
        }
    }
}
