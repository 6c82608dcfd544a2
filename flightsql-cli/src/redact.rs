//! Redaction of terminal output: secrets, and control characters that a server sent.

use std::borrow::Cow;
use std::ffi::OsString;

/// Replaces every argument that is a URL with its scheme, because a URL may contain a password or a token.
pub(crate) fn without_urls(text: &str, args: &[OsString]) -> String {
    let mut text = text.to_owned();
    for arg in args.iter().filter_map(|arg| arg.to_str()) {
        // Include URLs in `--url=…`.
        let value = arg.split_once('=').map_or(arg, |(name, value)| {
            match name.contains("://") || !name.starts_with('-') {
                true => arg,
                false => value,
            }
        });
        if let Some((scheme, rest)) = value.split_once("://")
            && !rest.is_empty()
        {
            text = text.replace(value, &format!("{scheme}://…"));
        }
    }
    text
}

/// Replaces each control character except tab and line feed with U+FFFD, because a terminal would interpret it.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    match text.contains(harmful) {
        true => Cow::Owned(text.replace(harmful, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_cut_to_their_scheme() {
        let args = [
            "flightsql",
            "a://u:p@h",
            "--url=b://x?token=y",
            "SELECT 'c://d'",
            "1=2",
        ];
        let args: Vec<OsString> = args.iter().map(OsString::from).collect();
        assert_eq!(
            without_urls(
                "bad 'a://u:p@h' and b://x?token=y in --url=b://x?token=y, 1=2",
                &args
            ),
            "bad 'a://…' and b://… in --url=b://…, 1=2"
        );
    }

    #[test]
    fn control_characters_are_replaced() {
        assert_eq!(printable("plain\ttext\nö"), "plain\ttext\nö");
        assert!(matches!(printable("plain"), Cow::Borrowed(_)));
        assert_eq!(
            printable("\u{1b}[2Jx\r\u{9b}y\0"),
            "\u{fffd}[2Jx\u{fffd}\u{fffd}y\u{fffd}"
        );
    }
}
