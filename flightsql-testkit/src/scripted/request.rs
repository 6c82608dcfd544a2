//! The request of a scripted reply.
//!
//! Job: [`ScriptRequest`]. Layer: scripted service.

use std::ops::Deref;

use arrow_flight::FlightData;

use crate::record::Call;

/// The request for [`Reply::with`](super::Reply::with): a [`Call`], to which it dereferences, and the messages of a client
/// stream.
#[derive(Clone, Debug)]
pub struct ScriptRequest {
    pub(super) call: Call,
    pub(super) data: Vec<FlightData>,
}

impl ScriptRequest {
    /// Returns the messages of a `DoPut` or `DoExchange`, all of them unless the reply is
    /// [`early`](super::Reply::early). Empty for other methods.
    pub fn data(&self) -> &[FlightData] {
        &self.data
    }

    /// Decodes the payload as a message of this type. Returns `None` for any other payload.
    pub fn message<M: prost::Message + Default>(&self) -> Option<M> {
        M::decode(self.call.payload().clone()).ok()
    }
}

impl Deref for ScriptRequest {
    type Target = Call;

    fn deref(&self) -> &Call {
        &self.call
    }
}
