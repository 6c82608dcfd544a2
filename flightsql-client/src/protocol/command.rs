//! Commands inside descriptors and actions.
//!
//! Flight SQL packs each command as a `google.protobuf.Any` into
//! [`FlightDescriptor.cmd`](https://arrow.apache.org/docs/format/FlightSql.html#commands) or `Action.body`.

use arrow_flight::sql::{Any, ProstMessageExt};
use arrow_flight::{Action, FlightDescriptor};
use prost::Message;
use prost::bytes::Bytes;

use crate::error::{Error, Result};

pub(crate) fn descriptor<M: ProstMessageExt>(command: &M) -> FlightDescriptor {
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}

pub(crate) fn action<M: ProstMessageExt>(name: &str, command: &M) -> Action {
    Action::new(name, command.as_any().encode_to_vec())
}

/// Returns the message in the reply to an action, which is wrapped in an `Any` with the name of the message. Protobuf itself
/// parses a message as almost any other.
pub(crate) fn unwrap<M: ProstMessageExt + Default>(
    operation: &'static str,
    body: Bytes,
) -> Result<M> {
    unwrap_as(operation, body, M::type_url())
}

/// Returns the message like [`unwrap`], by the name of another message, whose fields it extends.
pub(crate) fn unwrap_as<M: Message + Default>(
    operation: &'static str,
    body: Bytes,
    type_url: &str,
) -> Result<M> {
    let any = Any::decode(body).map_err(|error| unlike(operation, error))?;
    if message_name(&any.type_url) != message_name(type_url) {
        let sent = message_name(&any.type_url).unwrap_or("a message without a name");
        return Err(unlike(operation, sent));
    }
    M::decode(any.value).map_err(|error| unlike(operation, error))
}

/// Returns the message in the result of a `DoPut`. The protocol sends it bare, and servers built on arrow-rs wrap it.
pub(crate) fn unwrap_or_bare<M: ProstMessageExt + Default>(
    operation: &'static str,
    body: Bytes,
) -> Result<M> {
    match Any::decode(body.clone()) {
        Ok(any) if message_name(&any.type_url).is_some() => unwrap(operation, body),
        _ => M::decode(body).map_err(|error| unlike(operation, error)),
    }
}

/// Checks the reply to an action that returns no message. Some servers send an empty result.
pub(crate) fn no_message(operation: &'static str, replies: &[arrow_flight::Result]) -> Result<()> {
    for reply in replies {
        let any = Any::decode(reply.body.clone()).unwrap_or_default();
        if let Some(sent) = message_name(&any.type_url) {
            return Err(unlike(operation, sent));
        }
    }
    Ok(())
}

/// Returns the name of a Flight SQL message in a type URL; `None` if the text is something else.
fn message_name(type_url: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    let (_, name) = type_url.rsplit_once('/')?;
    (name.starts_with("arrow.flight.protocol.") && type_url.chars().all(is_part)).then_some(name)
}

fn unlike(operation: &'static str, what: impl std::fmt::Display) -> Error {
    let text =
        format!("the server's reply is not the message that the protocol names: {what:.200}");
    Error::protocol(operation, text)
}
