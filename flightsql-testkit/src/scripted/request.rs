//! The request a scripted reply is made from.
//!
//! Job: [`ScriptRequest`]. Layer: scripted service.

use std::ops::Deref;

use arrow_flight::FlightData;

use crate::record::Call;

/// A call as [`Reply::with`](super::Reply::with) sees it: the [`Call`] it dereferences to, and what a client
/// stream sent.
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

    /// The message in the call's payload, if it decodes as one of this type.
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
