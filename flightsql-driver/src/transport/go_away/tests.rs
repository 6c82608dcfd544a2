//! The text of a GOAWAY frame in errors.

use super::{Bounded, GoAway, KEPT, Reason, unescape};
use std::fmt::Write as _;

#[test]
fn i1_debug_data_as_bytes_print_it_is_read_back() {
    for text in [
        "too_many_pings",
        "a \"b\" \\ c",
        "\n\r\t\0",
        "\u{1b}[31m",
        "é",
    ] {
        let printed = format!("{:?}", bytes::Bytes::copy_from_slice(text.as_bytes()));
        let inner = printed
            .strip_prefix("b\"")
            .and_then(|text| text.strip_suffix('"'));
        assert_eq!(inner.map(unescape).as_deref(), Some(text));
    }
    // Cut anywhere, as by a bound.
    for cut in ["\\", "\\x", "\\x4", "\\xzz", "a\\"] {
        assert!(unescape(cut).len() <= 1, "{cut}");
    }
}

#[test]
fn i1_long_debug_data_is_cut_before_it_is_copied() {
    let mut bounded = Bounded(String::new());
    assert!(write!(bounded, "{}", "é".repeat(KEPT)).is_err());
    assert_eq!(bounded.0.len(), KEPT);
    let go_away = GoAway {
        reason: Reason::NO_ERROR,
        debug: "secret ".repeat(100),
    };
    let text = go_away.describe(|text| text.replace("secret", "***"));
    assert!(
        text.starts_with("the server sent GOAWAY NO_ERROR: *** ***"),
        "{text}"
    );
    assert!(text.len() < 250, "{text}");
}

#[test]
fn i1_only_a_frame_of_the_server_is_a_reason() {
    assert!(GoAway::of(&h2::Error::from(Reason::ENHANCE_YOUR_CALM)).is_none());
}
