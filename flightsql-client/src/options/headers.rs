//! Which headers the options may hold.
//!
//! Names are tokens of [RFC 9110, 5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2);
//! gRPC keeps some for itself: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.

/// Why a header cannot have this name, to be read behind the name of the option.
pub(super) fn name_problem(name: &str) -> Option<&'static str> {
    let is_token =
        |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&b);
    match name {
        "" => Some("has no name"),
        _ if !name.bytes().all(is_token) => {
            Some("is not a header name: use letters, digits and `-`")
        }
        "authorization" => Some("is reserved: use user and password, or `token`"),
        "user-agent" => Some("is reserved: use `application_name`"),
        "content-type" | "content-length" | "te" | "host" | "connection" | "keep-alive"
        | "proxy-connection" | "transfer-encoding" | "upgrade" => {
            Some("is reserved: HTTP/2 and gRPC set it themselves")
        }
        _ if name.starts_with("grpc-") => {
            Some("is reserved for gRPC: for a deadline use the timeouts")
        }
        _ if name.ends_with("-bin") => {
            Some("is a binary header of gRPC, which these options cannot hold: use a text header")
        }
        _ => None,
    }
}

/// Printable ASCII without white space at its ends.
pub(super) fn is_value(value: &str) -> bool {
    value.bytes().all(|b| (b' '..=b'~').contains(&b)) && value.trim() == value
}
