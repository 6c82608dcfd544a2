//! Steps of a reply, and its metadata.
//!
//! Job: the methods of [`Reply`] that modify a reply. Layer: scripted service.

use std::time::Duration;

use bytes::Bytes;
use tonic::{
    Code, Status,
    metadata::{BinaryMetadataKey, BinaryMetadataValue, MetadataMap},
};

use super::{Item, Kind, Reply};

/// A step of a reply.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "most steps are messages, and a script has few"
)]
pub(in crate::scripted) enum Step {
    Send(Item),
    /// Repeated messages.
    Repeat(Vec<Item>),
    Wait(Duration),
    Fail(Status),
    Hang,
    Cut,
}

impl Reply {
    /// Waits before the headers of the reply.
    pub fn delay(mut self, delay: Duration) -> Self {
        let (Kind::Refuse(steps, _) | Kind::Play(steps) | Kind::Ask(steps, _)) = &mut self.kind;
        steps.insert(0, Step::Wait(delay));
        self
    }

    /// Then sends these messages.
    ///
    /// # Panics
    /// Panics on an [`error`](Self::error) and on a reply [`with`](Self::with) a function, which have no steps. This applies to
    /// all `then_…` methods.
    #[track_caller]
    pub fn then_raw(self, data: impl IntoIterator<Item = arrow_flight::FlightData>) -> Self {
        data.into_iter()
            .fold(self, |reply, data| reply.then(Step::Send(data.into())))
    }

    /// Then repeats the messages so far until the client disconnects.
    #[track_caller]
    pub fn then_repeat(self) -> Self {
        let Kind::Play(steps) = &self.kind else {
            panic!("flightsql-testkit: {self:?} has no messages to repeat");
        };
        let sent = steps.iter().filter_map(|step| match step {
            Step::Send(item) => Some(item.clone()),
            _ => None,
        });
        let sent = sent.collect();
        self.then(Step::Repeat(sent))
    }

    /// Then pauses the stream. In a reply of one message, the pause precedes the message.
    #[track_caller]
    pub fn then_wait(self, pause: Duration) -> Self {
        self.then(Step::Wait(pause))
    }

    /// Then fails, after the headers and the messages so far. In a reply of one message, the error replaces only a missing
    /// message, and follows the headers of [`header`](Self::header).
    #[track_caller]
    pub fn then_error(self, code: Code, message: impl Into<String>) -> Self {
        self.then_status(Status::new(code, message))
    }

    /// Then fails like [`then_error`](Self::then_error), with a complete `Status`.
    #[track_caller]
    pub fn then_status(self, status: Status) -> Self {
        self.then(Step::Fail(status))
    }

    /// Then sends nothing, and keeps the stream open.
    #[track_caller]
    pub fn then_hang(self) -> Self {
        self.then(Step::Hang)
    }

    /// Then closes the connection after the messages so far have reached the socket.
    #[track_caller]
    pub fn then_cut(self) -> Self {
        self.then(Step::Cut)
    }

    /// Sets the `grpc-status-details-bin` of an [`error`](Self::error).
    ///
    /// # Panics
    /// Panics on other replies. Use [`then_status`](Self::then_status) with details for them.
    #[track_caller]
    pub fn details(mut self, details: impl Into<Bytes>) -> Self {
        let Kind::Refuse(_, status) = &mut self.kind else {
            panic!("flightsql-testkit: {self:?} is not an error, only errors have details");
        };
        let metadata = status.metadata().clone();
        *status = Status::with_details_and_metadata(
            status.code(),
            status.message(),
            details.into(),
            metadata,
        );
        self
    }

    /// Adds a header to the reply. An [`error`](Self::error) has only trailers, so it gets a trailer; use
    /// [`empty`](Self::empty) and [`then_error`](Self::then_error) to send headers before an error. The value of a `-bin` header
    /// can be any bytes.
    ///
    /// # Panics
    /// Panics if the name or value is not valid in HTTP.
    #[track_caller]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        append(&mut self.headers, name, value.as_ref());
        self
    }

    /// Adds a trailer, which is sent with the final status. A reply of one message and "OK" cannot have one: its RPC fails
    /// with an INTERNAL error that states the mistake.
    ///
    /// # Panics
    /// Panics if the name or value is not valid in HTTP.
    #[track_caller]
    pub fn trailer(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        append(&mut self.trailers, name, value.as_ref());
        self
    }

    /// Replies to `DoPut` and `DoExchange` immediately, and reads only the first message of the client.
    pub fn early(mut self) -> Self {
        self.early = true;
        self
    }

    #[track_caller]
    pub(super) fn then(mut self, step: Step) -> Self {
        let Kind::Play(steps) = &mut self.kind else {
            panic!("flightsql-testkit: {self:?} has no steps to add to");
        };
        steps.push(step);
        self
    }
}

#[track_caller]
fn append(metadata: &mut MetadataMap, name: &str, value: &[u8]) {
    if name.ends_with("-bin") {
        let key = BinaryMetadataKey::from_bytes(name.as_bytes())
            .unwrap_or_else(|_| panic!("flightsql-testkit: {name:?} is not a header name"));
        metadata.append_bin(key, BinaryMetadataValue::from_bytes(value));
        return;
    }
    let key = tonic::metadata::AsciiMetadataKey::from_bytes(name.as_bytes())
        .unwrap_or_else(|_| panic!("flightsql-testkit: {name:?} is not a header name"));
    let value = tonic::metadata::AsciiMetadataValue::try_from(value)
        .unwrap_or_else(|_| panic!("flightsql-testkit: the value of header {name:?} is not valid"));
    metadata.append(key, value);
}
