//! The error of a failed RPC, and its effect on the session.

use tonic::Status;

use super::super::channel::Channel;
use super::{CallState, is_plaintext};
use crate::error::{Error, ServerError, ServerStatus, StatusCode};
use crate::options::ConnectOptions;
use crate::response_headers::ResponseHeaders;

pub(crate) fn failure(
    operation: &'static str,
    status: &Status,
    session: &CallState,
    channel: &Channel,
    options: &ConnectOptions,
) -> Error {
    session.apply_response_metadata(status.metadata(), is_plaintext(options));
    // The status of a server has no local cause.
    let wire_error = std::error::Error::source(status).is_some();
    let reset = stream_reset(status).filter(|_| channel.is_open());
    if reset.is_some_and(h2::Error::is_library) {
        session.answered(channel);
        let text = format!(
            "the server's response is malformed, or its headers are larger than {} bytes; raise `max_header_size`",
            options.limits.header_room()
        );
        return Error::protocol(operation, text);
    }
    if (wire_error && reset.is_none())
        || (!channel.is_open() && status.code() == tonic::Code::Unavailable)
    {
        let source = Some(Box::new(status.clone()) as _);
        let error = channel.lost(options, source, |text| session.mask(text));
        session.mark_broken(error.to_string());
        return error;
    }
    if status.code() == tonic::Code::OutOfRange
        && status.message().contains("message length too large")
    {
        return Error::protocol(
            operation,
            format!("{}; raise `max_message_size`", status.message()),
        );
    }
    session.answered(channel);
    let message = match reset.and_then(h2::Error::reason) {
        Some(reason) => format!("the server reset the HTTP/2 stream: {reason:?}"),
        None => session.mask(status.message()),
    };
    let mut error = ServerError::new(
        operation,
        ServerStatus {
            code: StatusCode::from_number(i32::from(status.code())),
            message,
            details: status.details().to_vec().into(),
        },
        &*options.dialect,
    );
    if !status.details().is_empty() {
        let bytes = |bytes: &mut bytes::Bytes| session.mask_bytes(bytes);
        error.mask_details(&|text| session.mask(text), &bytes);
    }
    let mut headers = ResponseHeaders::default();
    headers.extend(session.captured(options, operation, status.metadata()));
    error.set_response_headers(headers);
    let error = Error::from_server(error);
    if error.server().is_some_and(ServerError::is_session_lost) {
        session.mark_broken(error.to_string());
        let is_refused = status.code() == tonic::Code::Unauthenticated;
        session.lose_token(is_refused);
    }
    error
}

/// Returns `true` if the server has not processed the RPC: its stream is above the last one of a GOAWAY, or was refused. A broken
/// socket proves nothing.
pub(crate) fn is_unprocessed(status: &Status) -> bool {
    http2_error(status).is_some_and(|error| {
        let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (error.is_go_away() || is_refused)
    })
}

/// The reset of one stream, which leaves the connection alone.
fn stream_reset(status: &Status) -> Option<&h2::Error> {
    http2_error(status).filter(|error| error.is_reset())
}

fn http2_error(status: &Status) -> Option<&h2::Error> {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}
