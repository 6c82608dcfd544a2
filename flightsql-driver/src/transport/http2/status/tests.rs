//! Statuses that a parser must survive.
#![allow(clippy::unwrap_used, reason = "tests")]

use http::{HeaderMap, HeaderValue};
use tonic::{Code, Status};

use super::mend;

fn status(headers: &[(&'static str, &[u8])]) -> Option<Status> {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(*name, HeaderValue::from_bytes(value).unwrap());
    }
    mend(&mut map);
    Status::from_header_map(&map)
}

#[test]
fn d1_details_that_are_not_base64_keep_code_and_message() {
    for details in [&b"%%%"[..], b"a", b"QUJ\xff", b"QUI=QUI=", b"QUJ_", b" "] {
        let status = status(&[
            ("grpc-status", b"5"),
            ("grpc-message", b"no%20table"),
            ("grpc-status-details-bin", details),
        ])
        .unwrap();
        assert_eq!(status.code(), Code::NotFound);
        assert_eq!(
            status.message(),
            "no table; `grpc-status-details-bin` is not valid base64 and was dropped"
        );
        assert!(status.details().is_empty());
    }
}

#[test]
fn d1_details_in_base64_pass_with_and_without_padding() {
    for details in [&b"QUI="[..], b"QUI"] {
        let status = status(&[
            ("grpc-status", b"5"),
            ("grpc-status-details-bin", details),
            ("grpc-status-details-bin", b"%%%"),
        ])
        .unwrap();
        assert_eq!((status.message(), status.details()), ("", b"AB".as_slice()));
    }
}

#[test]
fn d1_a_message_that_is_not_utf8_keeps_the_code() {
    for (message, text) in [
        (&b"a%FFb"[..], "a\u{fffd}b"),
        (b"a\xffb c", "a\u{fffd}b c"),
        (b"50%", "50%"),
        (b"%zz%4", "%zz%4"),
    ] {
        let status = status(&[("grpc-status", b"3"), ("grpc-message", message)]).unwrap();
        assert_eq!(
            (status.code(), status.message()),
            (Code::InvalidArgument, text)
        );
    }
    let both = status(&[
        ("grpc-status", b"3"),
        ("grpc-message", b"a%FF"),
        ("grpc-status-details-bin", b"%"),
    ]);
    let both = both.unwrap();
    assert!(
        both.message()
            .starts_with("a\u{fffd}; `grpc-status-details-bin`")
    );
}

#[test]
fn d1_a_code_that_is_no_number_is_unknown() {
    for code in [&b"x"[..], b"", b"-1", b"99", b"5 5", b"\xff"] {
        assert_eq!(
            status(&[("grpc-status", code)]).unwrap().code(),
            Code::Unknown
        );
    }
    // Without a code there is no status, and the details are nobody's.
    assert!(status(&[("grpc-status-details-bin", b"%")]).is_none());
}
