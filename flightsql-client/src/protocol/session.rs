//! Session options, with the messages of [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto) that
//! arrow-flight 59 does not have. Their actions contain the message without an `Any`.

use std::collections::BTreeMap;

use arrow_flight::Action;
use prost::Message;
use prost::bytes::Bytes;

use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::error::{Error, Result};
use crate::session_option::{SessionOptionProblem, SessionOptionValue, SessionOptionsError};

#[cfg(test)]
mod tests;

const SET: Operation = Operation::new("DoAction(SetSessionOptions)", TimeoutClass::Metadata);
const GET: Operation = Operation::new("DoAction(GetSessionOptions)", TimeoutClass::Metadata);
const CLOSE: Operation = Operation::new("DoAction(CloseSession)", TimeoutClass::Close);

/// The size of a reply: enough for the settings of any engine, of which ClickHouse has a thousand in 50 kB. The decoded form is
/// up to 24 times as large, for options with short names and for empty strings.
const MAX_REPLY: usize = 1 << 20;

/// `SessionOptionValue`. Without a value, the option is erased.
#[derive(Clone, PartialEq, Message)]
struct WireValue {
    #[prost(oneof = "wire_value::Value", tags = "1, 2, 3, 4, 5")]
    value: Option<wire_value::Value>,
}

mod wire_value {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(super) enum Value {
        #[prost(string, tag = "1")]
        Text(String),
        #[prost(bool, tag = "2")]
        Bool(bool),
        #[prost(sfixed64, tag = "3")]
        Int64(i64),
        #[prost(double, tag = "4")]
        Float64(f64),
        #[prost(message, tag = "5")]
        TextList(super::TextList),
    }
}

/// `SessionOptionValue.StringListValue`.
#[derive(Clone, PartialEq, Message)]
struct TextList {
    #[prost(string, repeated, tag = "1")]
    values: Vec<String>,
}

/// `SetSessionOptionsRequest`.
#[derive(Clone, PartialEq, Message)]
struct SetSessionOptionsRequest {
    #[prost(btree_map = "string, message", tag = "1")]
    session_options: BTreeMap<String, WireValue>,
}

/// `GetSessionOptionsResult` and `SetSessionOptionsResult`, with the bytes of each value.
#[derive(Clone, PartialEq, Message)]
struct Entries {
    #[prost(btree_map = "string, bytes", tag = "1")]
    entries: BTreeMap<String, Vec<u8>>,
}

/// `SetSessionOptionsResult.Error`.
#[derive(Clone, PartialEq, Message)]
struct SetError {
    #[prost(int32, tag = "1")]
    value: i32,
}

/// The options to set; `None` erases one.
pub(crate) type Settings = BTreeMap<String, Option<SessionOptionValue>>;

/// Sets options of the server's session. Returns an error that lists each rejected name with the reason, and no value.
pub(crate) async fn set(rpc: &Rpc, options: Settings) -> Result<()> {
    let names: Vec<String> = options.keys().cloned().collect();
    let options = options.into_iter();
    let session_options = options.map(|(name, value)| (name, to_wire(value)));
    let request = SetSessionOptionsRequest {
        session_options: session_options.collect(),
    };
    let action = Action::new("SetSessionOptions", request.encode_to_vec());
    let reply = rpc.action_reply(SET, action).await?;
    rejected(reply, &names)
}

/// Returns the options of the server's session that have a value.
pub(crate) async fn get(rpc: &Rpc) -> Result<BTreeMap<String, SessionOptionValue>> {
    let action = Action::new("GetSessionOptions", Vec::new());
    let reply = rpc.action_reply(GET, action).await?;
    let mut options = BTreeMap::new();
    for (name, value) in entries(GET, &reply)? {
        if let Some(value) = from_wire(&value)? {
            options.insert(name, value);
        }
    }
    Ok(options)
}

pub(crate) async fn close(rpc: &Rpc) -> Result<()> {
    rpc.action(CLOSE, Action::new("CloseSession", Vec::new()))
        .await
        .map(drop)
}

/// The longest name of a rejected option that the client did not send, such as another spelling of one.
const MAX_NAME: usize = 256;

/// Reads the rejected options from a reply: at most as many as were sent.
fn rejected(reply: Bytes, names: &[String]) -> Result<()> {
    let mut rejected = Vec::new();
    let entries = entries(SET, &reply)?;
    let is_foreign = |name: &String| name.len() > MAX_NAME && !names.contains(name);
    if entries.len() > names.len() || entries.keys().any(is_foreign) {
        return Err(Error::protocol(
            SET.name,
            "the server rejected session options that it was not sent",
        ));
    }
    for (name, error) in entries {
        let error = SetError::decode(&error[..]).map_err(|_| malformed(SET))?;
        let problem = match error.value {
            1 => SessionOptionProblem::InvalidName,
            2 => SessionOptionProblem::InvalidValue,
            _ => SessionOptionProblem::Error,
        };
        rejected.push((name, problem));
    }
    match rejected.is_empty() {
        true => Ok(()),
        false => Err(SessionOptionsError::new(rejected, names).into()),
    }
}

fn entries(operation: Operation, reply: &Bytes) -> Result<BTreeMap<String, Vec<u8>>> {
    if reply.len() > MAX_REPLY {
        return Err(Error::protocol(
            operation.name,
            format!("the server's reply has more than {MAX_REPLY} bytes"),
        ));
    }
    let entries = Entries::decode(&reply[..]).map_err(|_| malformed(operation))?;
    Ok(entries.entries)
}

fn malformed(operation: Operation) -> Error {
    Error::protocol(operation.name, "the server's reply is malformed")
}

fn to_wire(value: Option<SessionOptionValue>) -> WireValue {
    use wire_value::Value;
    let value = value.map(|value| match value {
        SessionOptionValue::Text(text) => Value::Text(text),
        SessionOptionValue::Bool(value) => Value::Bool(value),
        SessionOptionValue::Int64(value) => Value::Int64(value),
        SessionOptionValue::Float64(value) => Value::Float64(value),
        SessionOptionValue::TextList(values) => Value::TextList(TextList { values }),
    });
    WireValue { value }
}

/// Reads one value; `None` for an option without a value, which is not set.
fn from_wire(bytes: &[u8]) -> Result<Option<SessionOptionValue>> {
    use wire_value::Value;
    let wire = WireValue::decode(bytes).map_err(|_| malformed(GET))?;
    Ok(Some(match wire.value {
        Some(Value::Text(text)) => SessionOptionValue::Text(text),
        Some(Value::Bool(value)) => SessionOptionValue::Bool(value),
        Some(Value::Int64(value)) => SessionOptionValue::Int64(value),
        Some(Value::Float64(value)) => SessionOptionValue::Float64(value),
        Some(Value::TextList(list)) => SessionOptionValue::TextList(list.values),
        None if bytes.is_empty() => return Ok(None),
        // A type of a later version of the protocol.
        None => {
            return Err(Error::protocol(
                GET.name,
                "a session option has a value of an unknown type",
            ));
        }
    }))
}
