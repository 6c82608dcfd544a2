//! Details of each type, malformed ones, and masking.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;

use super::proto::{self, Pair, Pairs, ProtoDuration};
use super::{ErrorDetail, LONGEST, MOST, parse, retry_delay};

fn status<'a>(details: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> Vec<u8> {
    let details = details.into_iter().map(|(name, value)| proto::Any {
        type_url: format!("type.googleapis.com/google.rpc.{name}"),
        value: value.into(),
    });
    let details = details.collect();
    proto::Status { details }.encode_to_vec()
}

fn pair(first: &str, second: &str) -> Pair {
    Pair {
        first: first.to_owned(),
        second: second.to_owned(),
    }
}

fn pairs() -> Vec<u8> {
    let pairs = vec![pair("a", "b"), pair("hunter2", "d")];
    Pairs { pairs }.encode_to_vec()
}

fn retry(seconds: i64, nanos: i32) -> Vec<u8> {
    let retry_delay = Some(ProtoDuration { seconds, nanos });
    proto::RetryInfo { retry_delay }.encode_to_vec()
}

/// A status with a detail of each type.
fn every_type() -> Vec<u8> {
    let text = str::to_owned;
    let info = proto::ErrorInfo {
        reason: text("QUOTA"),
        domain: text("example.com"),
        metadata: [(text("hunter2"), text("1")), (text("b"), text("hunter2"))].into(),
    };
    let condition = proto::Precondition {
        kind: text("TOS"),
        subject: text("hunter2"),
        description: text("not accepted"),
    };
    let conditions = proto::PreconditionFailure {
        violations: vec![condition],
    };
    let resource = proto::ResourceInfo {
        resource_type: text("table"),
        resource_name: text("t"),
        owner: text("ann"),
        description: text("hunter2"),
    };
    let debug = proto::DebugInfo {
        stack_entries: vec![text("main"), text("at hunter2")],
        detail: text("panic"),
    };
    status([
        ("ErrorInfo", info.encode_to_vec()),
        ("RetryInfo", retry(2, 500_000_000)),
        ("QuotaFailure", pairs()),
        ("PreconditionFailure", conditions.encode_to_vec()),
        ("BadRequest", pairs()),
        ("RequestInfo", pair("7f3a", "hunter2").encode_to_vec()),
        ("ResourceInfo", resource.encode_to_vec()),
        ("Help", pairs()),
        ("LocalizedMessage", pair("de-CH", "zu viel").encode_to_vec()),
        ("DebugInfo", debug.encode_to_vec()),
        ("Unheard", b"hunter2".to_vec()),
    ])
}

const EVERY_TYPE: [&str; 11] = [
    r#"ErrorInfo { reason: "QUOTA", domain: "example.com", metadata: {"***": "1", "b": "***"} }"#,
    "RetryInfo { retry_delay: 2.5s }",
    r#"QuotaFailure { violations: [QuotaViolation { subject: "a", description: "b" }, QuotaViolation { subject: "***", description: "d" }] }"#,
    r#"PreconditionFailure { violations: [PreconditionViolation { kind: "TOS", subject: "***", description: "not accepted" }] }"#,
    r#"BadRequest { field_violations: [FieldViolation { field: "a", description: "b" }, FieldViolation { field: "***", description: "d" }] }"#,
    r#"RequestInfo { request_id: "7f3a", serving_data: "***" }"#,
    r#"ResourceInfo { resource_type: "table", resource_name: "t", owner: "ann", description: "***" }"#,
    r#"Help { links: [HelpLink { description: "a", url: "b" }, HelpLink { description: "***", url: "d" }] }"#,
    r#"LocalizedMessage { locale: "de-CH", message: "zu viel" }"#,
    r#"DebugInfo { stack_entries: ["main", "at ***"], detail: "panic" }"#,
    r#"Other { type_url: "type.googleapis.com/google.rpc.Unheard", bytes: b"*" }"#,
];

#[test]
fn reads_and_masks_each_type() {
    let mut details = parse(&every_type());
    for detail in &mut details {
        detail.mask(&|text| text.replace("hunter2", "***"));
        detail.mask_bytes(&|bytes| *bytes = Bytes::from_static(b"*"));
    }
    let shown: Vec<_> = details.iter().map(|detail| format!("{detail:?}")).collect();
    assert_eq!(shown, EVERY_TYPE);
}

#[test]
fn returns_a_malformed_detail_undecoded() {
    for name in [
        "ErrorInfo",
        "RetryInfo",
        "QuotaFailure",
        "PreconditionFailure",
        "BadRequest",
        "RequestInfo",
        "ResourceInfo",
        "Help",
        "LocalizedMessage",
        "DebugInfo",
    ] {
        // A text of 127 bytes that ends after one, and a text that is not UTF-8.
        for value in [vec![0x0a, 0x7f, b'a'], vec![0x0a, 1, 0xff]] {
            let details = parse(&status([(name, value.clone()), ("RetryInfo", retry(1, 0))]));
            assert_eq!(
                details[0],
                ErrorDetail::Other {
                    type_url: format!("type.googleapis.com/google.rpc.{name}"),
                    bytes: value.into()
                }
            );
            assert_eq!(retry_delay(&details), Some(Duration::from_secs(1)));
        }
    }
}

#[test]
fn reads_no_details_beyond_the_limits() {
    let many = |count| status((0..count).map(|_| ("RetryInfo", retry(1, 0))));
    assert_eq!(parse(&many(MOST)).len(), MOST);
    assert!(parse(&many(MOST + 1)).is_empty());
    let long = |size: usize| status([("DebugInfo", pair("", &"x".repeat(size)).encode_to_vec())]);
    assert_eq!(parse(&long(LONGEST - 100)).len(), 1);
    assert!(parse(&long(LONGEST)).is_empty());
    assert!(parse(&[]).is_empty());
    assert!(parse(b"no message").is_empty());
}

#[test]
fn never_panics_on_changed_bytes() {
    let bytes = every_type();
    let mut parsed = 0;
    for place in 0..bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[place] = value;
            parsed += parse(&changed).len();
        }
        parsed += parse(&bytes[..place]).len();
    }
    assert!(parsed > bytes.len());
}

#[test]
fn the_delay_of_the_server_is_read() {
    let delay = |seconds, nanos| {
        let other = ("ErrorInfo", vec![0xff]);
        retry_delay(&parse(&status([
            other,
            ("RetryInfo", retry(seconds, nanos)),
        ])))
    };
    assert_eq!(delay(2, 500_000_000), Some(Duration::from_millis(2500)));
    assert_eq!(delay(-1, -1), Some(Duration::ZERO));
    assert_eq!(
        delay(i64::MAX, i32::MAX).unwrap().as_secs(),
        i64::MAX as u64
    );
    let none = parse(&status([("RetryInfo", Vec::new())]));
    assert_eq!(retry_delay(&none), Some(Duration::ZERO));
    assert_eq!(retry_delay(&parse(&status([("Help", Vec::new())]))), None);
}
