//! A message of a scripted reply for any method.
//!
//! Job: keep the queue untyped, and send the correct type. Layer: scripted service, lowest.

use arrow_flight::{
    ActionType, FlightData, FlightInfo, HandshakeResponse, PollInfo, PutResult, SchemaResult,
};
use tonic::Status;

use crate::record::Rpc;

/// A reply message of a method, extracted from an [`Item`].
pub(super) trait FromItem: Sized {
    fn from_item(item: Item) -> Option<Self>;
}

macro_rules! items {
    ($($variant:ident($message:ty),)*) => {
        /// A message of any reply type.
        #[derive(Clone, Debug)]
        pub(super) enum Item {
            $($variant($message),)*
        }

        impl Item {
            fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($variant),)*
                }
            }
        }

        $(
            impl FromItem for $message {
                fn from_item(item: Item) -> Option<Self> {
                    match item {
                        Item::$variant(message) => Some(message),
                        _ => None,
                    }
                }
            }

            impl From<$message> for Item {
                fn from(message: $message) -> Self {
                    Self::$variant(message)
                }
            }
        )*
    };
}

items! {
    HandshakeResponse(HandshakeResponse),
    FlightInfo(FlightInfo),
    PollInfo(PollInfo),
    SchemaResult(SchemaResult),
    FlightData(FlightData),
    PutResult(PutResult),
    ActionResult(arrow_flight::Result),
    ActionType(ActionType),
}

impl Item {
    /// Returns the message in the method's type, or an error if the script has another type for the method.
    pub(super) fn into_reply<T: FromItem>(self, rpc: Rpc) -> Result<T, Status> {
        let name = self.name();
        T::from_item(self).ok_or_else(|| {
            Status::internal(format!(
                "the script answers {rpc} with a {name}, which {rpc} cannot send"
            ))
        })
    }
}
