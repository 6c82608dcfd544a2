//! What a call shows of its request.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_flight::{Action, FlightDescriptor, Ticket};
use bytes::Bytes;
use prost::Message as _;
use tonic::metadata::MetadataMap;

use super::{Call, Describe, Description, Recorder, Rpc};
use crate::testing::query;

#[test]
fn an_opaque_ticket_has_no_command() {
    for bytes in [&b"plain text"[..], b"", b"\x0a\x03a/b", b"\xff\xff"] {
        let about = Ticket::new(bytes.to_vec()).describe();
        let expected = (bytes == b"\x0a\x03a/b").then_some("b");
        assert_eq!(about.name.as_deref(), expected, "{bytes:?}");
    }
    assert_eq!(Ticket::new("plain").describe().payload, "plain");
}

#[test]
fn a_type_url_that_is_no_name_is_opaque() {
    let any = arrow_flight::sql::Any {
        type_url: "x/not a name\n".to_owned(),
        value: Bytes::new(),
    };
    assert_eq!(Ticket::new(any.encode_to_vec()).describe().name, None);
}

#[test]
fn actions_and_paths_are_named() {
    let about = Action::new("BeginTransaction", Vec::new()).describe();
    assert_eq!(about.name.as_deref(), Some("BeginTransaction"));
    let path = FlightDescriptor::new_path(vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(path.describe().name.as_deref(), Some("a/b"));
}

#[test]
fn debug_hides_credentials() {
    let mut metadata = MetadataMap::new();
    for (name, value) in [
        ("authorization", "Bearer s3cret"),
        ("cookie", "session=s3cret"),
        ("x-api-key", "s3cret"),
        ("user-agent", "me"),
    ] {
        metadata.append(name, value.parse().unwrap());
    }
    let call = Call::new(Rpc::DoGet, query("x").describe(), &metadata, 1);
    let text = format!("{call:?}");
    assert!(!text.contains("s3cret"), "{text}");
    assert!(text.contains("user-agent") && text.contains("me"), "{text}");
    assert_eq!(call.header("authorization"), Some("Bearer s3cret"));
}

#[test]
fn counts_are_kept_without_calls() {
    let recorder = Recorder::new(false);
    recorder.count_one(Rpc::DoPut);
    recorder.count_one(Rpc::DoPut);
    assert_eq!(
        (recorder.count(Rpc::DoPut), recorder.count(Rpc::DoGet)),
        (2, 0)
    );
    assert!(!recorder.keeps_calls());
    recorder.clear();
    assert_eq!(recorder.count(Rpc::DoPut), 0);
}

#[test]
fn every_method_has_a_counter_of_its_own() {
    for (place, rpc) in Rpc::ALL.into_iter().enumerate() {
        assert_eq!(rpc as usize, place);
    }
    let call = Call::new(
        Rpc::Handshake,
        Description::default(),
        &MetadataMap::new(),
        0,
    );
    assert_eq!((call.command(), call.sql()), (None, None));
}
