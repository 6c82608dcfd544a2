//! Commands inside descriptors and actions (layer 3).
//!
//! Flight SQL packs each command as a `google.protobuf.Any` into
//! [`FlightDescriptor.cmd`](https://arrow.apache.org/docs/format/FlightSql.html#commands) or `Action.body`.

use arrow_flight::sql::{Any, ProstMessageExt};
use arrow_flight::{Action, FlightDescriptor};
use prost::Message;
use prost::bytes::Bytes;

use crate::error::{Error, Result};

/// The command as a descriptor.
pub(crate) fn descriptor<M: ProstMessageExt>(command: &M) -> FlightDescriptor {
    FlightDescriptor::new_cmd(command.as_any().encode_to_vec())
}

/// The command as an action of this name.
pub(crate) fn action<M: ProstMessageExt>(name: &str, command: &M) -> Action {
    Action::new(name, command.as_any().encode_to_vec())
}

/// The message in an answer, whether the server wrapped it in an `Any` or sent it bare: both are seen.
pub(crate) fn unwrap<M: Message + Default>(
    operation: &'static str,
    body: Bytes,
    type_url: &str,
) -> Result<M> {
    let bare = match Any::decode(body.clone()) {
        Ok(any) if any.type_url == type_url => any.value,
        _ => body,
    };
    M::decode(bare).map_err(|error| {
        Error::peer(
            operation,
            format!("the server's answer is not the message that the protocol names: {error}"),
        )
    })
}
