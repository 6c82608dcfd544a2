//! What is taken out of texts.
#![allow(clippy::unwrap_used, reason = "tests")]

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
