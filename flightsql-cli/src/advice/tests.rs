//! What is advised.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io;

use super::*;

#[test]
fn each_way_tls_fails_has_its_own_cure() {
    for (text, cure) in [
        ("no TLS; say so with flightsql+tcp://", "TLS port"),
        (
            "its certificate is from an unknown CA; name it",
            "`tls_ca=FILE`",
        ),
        (
            "its certificate is for another name",
            "`tls_server_name=NAME`",
        ),
        ("its certificate has expired", "clock"),
        (
            "it may ask for a client certificate",
            "`tls_client_key=FILE`",
        ),
        ("something new", "the server's log"),
    ] {
        let error = Error::Tls(text.into());
        assert!(advice(&error).unwrap().contains(cure), "{text}");
    }
}

#[test]
fn what_says_enough_gets_no_advice() {
    assert_eq!(advice(&Error::RowNotFound), None);
    let other = io::Error::other("odd");
    assert_eq!(advice(&Error::Io(other)), None);
    let refused = io::Error::from(ErrorKind::ConnectionRefused);
    assert!(
        advice(&Error::Io(refused))
            .unwrap()
            .contains("start the server")
    );
}
