//! Description of a request: the Flight SQL message inside it.
//!
//! Job: decode `Any` wrappers leniently, and describe a request without one by its other content.
//! Layer: harness. Spec: <https://arrow.apache.org/docs/format/FlightSql.html#rpc-methods>.

use arrow_flight::{
    Action, Criteria, Empty, FlightData, FlightDescriptor, Ticket,
    sql::{
        ActionCreatePreparedStatementRequest, Any, CommandStatementQuery, CommandStatementUpdate,
    },
};
use bytes::Bytes;
use prost::Message;

/// The name and bytes of the message in a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Description {
    pub(crate) name: Option<String>,
    pub(crate) payload: Bytes,
}

impl Description {
    fn of_any(bytes: &Bytes) -> Option<Self> {
        let any = Any::decode(bytes.clone()).ok()?;
        let (_, full_name) = any.type_url.rsplit_once('/')?;
        let name = full_name.rsplit('.').next().unwrap_or(full_name);
        let is_name =
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        is_name.then(|| Self {
            name: Some(name.to_owned()),
            payload: any.value,
        })
    }

    fn of_bytes(bytes: &Bytes) -> Self {
        Self::of_any(bytes).unwrap_or_else(|| Self {
            name: None,
            payload: bytes.clone(),
        })
    }

    /// Returns the SQL of the three messages that contain one.
    pub(crate) fn sql(&self) -> Option<String> {
        let payload = self.payload.clone();
        match self.name.as_deref()? {
            "CommandStatementQuery" => CommandStatementQuery::decode(payload).ok().map(|m| m.query),
            "CommandStatementUpdate" => CommandStatementUpdate::decode(payload)
                .ok()
                .map(|m| m.query),
            "CreatePreparedStatement" => ActionCreatePreparedStatementRequest::decode(payload)
                .ok()
                .map(|m| m.query),
            _ => None,
        }
    }
}

/// A request message that can describe itself.
pub(crate) trait Describe {
    /// Describes the request. It shares the request's bytes, so it is cheap.
    fn describe(&self) -> Description;
}

impl Describe for FlightDescriptor {
    fn describe(&self) -> Description {
        if self.cmd.is_empty() && !self.path.is_empty() {
            return Description {
                name: Some(self.path.join("/")),
                payload: Bytes::new(),
            };
        }
        Description::of_bytes(&self.cmd)
    }
}

impl Describe for Ticket {
    fn describe(&self) -> Description {
        Description::of_bytes(&self.ticket)
    }
}

impl Describe for Action {
    fn describe(&self) -> Description {
        let inner = Description::of_bytes(&self.body);
        Description {
            name: Some(self.r#type.clone()),
            payload: inner.payload,
        }
    }
}

impl Describe for FlightData {
    fn describe(&self) -> Description {
        self.flight_descriptor
            .as_ref()
            .map(Describe::describe)
            .unwrap_or_default()
    }
}

impl Describe for Option<FlightData> {
    fn describe(&self) -> Description {
        self.as_ref().map(Describe::describe).unwrap_or_default()
    }
}

impl Describe for Criteria {
    fn describe(&self) -> Description {
        Description {
            name: None,
            payload: self.expression.clone(),
        }
    }
}

impl Describe for Empty {
    fn describe(&self) -> Description {
        Description::default()
    }
}
