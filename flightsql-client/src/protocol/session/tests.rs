//! The messages of session options: each type, and replies that a server must not send.

use prost::Message as _;
use prost::bytes::Bytes;

use super::{Entries, GET};
use super::{MAX_REPLY, SetError, WireValue, entries, from_wire, rejected, to_wire};
use crate::session_option::{SessionOptionProblem, SessionOptionValue};

fn reply(entries: &[(&str, &[u8])]) -> Bytes {
    let entries = entries.iter();
    let entries = entries.map(|(name, value)| ((*name).to_owned(), value.to_vec()));
    let message = Entries {
        entries: entries.collect(),
    };
    message.encode_to_vec().into()
}

fn error(value: i32) -> Vec<u8> {
    SetError { value }.encode_to_vec()
}

#[test]
fn each_type_survives_the_wire() {
    let values = [
        SessionOptionValue::from(""),
        SessionOptionValue::from("(づ｡◕‿‿◕｡)づ"),
        SessionOptionValue::from(false),
        SessionOptionValue::from(i64::MIN),
        SessionOptionValue::from(0),
        SessionOptionValue::from(-0.5),
        SessionOptionValue::from(["", " ", "b"]),
        SessionOptionValue::TextList(Vec::new()),
    ];
    for value in values {
        let bytes = to_wire(Some(value.clone())).encode_to_vec();
        assert_eq!(from_wire(&bytes).unwrap(), Some(value));
    }
    assert_eq!(to_wire(None), WireValue { value: None });
    assert_eq!(from_wire(&[]).unwrap(), None);
}

#[test]
fn rejections_have_names_and_reasons() {
    let names = ["a", "b", "c", "d"].map(str::to_owned);
    let (one, two, three) = (error(1), error(2), error(3));
    let reply = reply(&[("a", &one), ("b", &two), ("c", &three), ("d", &[])]);
    let error = rejected(reply, &names).unwrap_err();
    assert!(error.is_configuration());
    assert_eq!(
        error.to_string(),
        "the server rejected these session options: `a` (unknown name), `b` (invalid value), `c` (refused), `d` (refused)"
    );
    let found: Vec<_> = error.session_options().unwrap().rejected().collect();
    assert_eq!(found[0], ("a", SessionOptionProblem::InvalidName));
    assert_eq!(found[3], ("d", SessionOptionProblem::Error));
    assert!(rejected(Bytes::new(), &names).is_ok());
}

#[test]
fn refuses_replies_that_break_the_protocol() {
    let names = ["a".to_owned()];
    let spelled = rejected(reply(&[("A", &error(1))]), &names).unwrap_err();
    assert!(spelled.to_string().ends_with("`A` (unknown name)"));
    let long = "b".repeat(257);
    for entries in [&[("a", b"" as &[u8]), ("b", b"")][..], &[(&long, b"")]] {
        let foreign = rejected(reply(entries), &names).unwrap_err();
        assert!(foreign.is_protocol(), "{foreign}");
        assert!(
            foreign
                .to_string()
                .ends_with("options that it was not sent")
        );
    }
    let malformed = rejected(reply(&[("a", b"\xff")]), &names).unwrap_err();
    assert!(
        malformed
            .to_string()
            .ends_with("the server's reply is malformed")
    );
    let unknown = from_wire(b"\x32\x01a").unwrap_err();
    assert!(unknown.to_string().contains("unknown type"), "{unknown}");
    let large = entries(GET, &vec![0; MAX_REPLY + 1].into()).unwrap_err();
    assert!(
        large.to_string().contains("more than 1048576 bytes"),
        "{large}"
    );
    assert!(entries(GET, &Bytes::from_static(b"\x0a\xff\xff\xff\xff\x0f")).is_err());
}
