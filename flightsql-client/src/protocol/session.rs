//! Session options, with the messages of [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto) that
//! arrow-flight 59 does not have. Their actions contain the message without an `Any`.

use std::collections::HashMap;

use arrow_flight::Action;
use prost::Message;

use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::error::{Error, Result};

const SET: Operation = Operation::new("DoAction(SetSessionOptions)", TimeoutClass::Metadata);
const CLOSE: Operation = Operation::new("DoAction(CloseSession)", TimeoutClass::Close);

#[derive(Clone, PartialEq, Message)]
struct SessionOptionValue {
    #[prost(oneof = "option_value::OptionValue", tags = "1")]
    option_value: Option<option_value::OptionValue>,
}

mod option_value {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(super) enum OptionValue {
        #[prost(string, tag = "1")]
        StringValue(String),
    }
}

#[derive(Clone, PartialEq, Message)]
struct SetSessionOptionsRequest {
    #[prost(map = "string, message", tag = "1")]
    session_options: HashMap<String, SessionOptionValue>,
}

#[derive(Clone, PartialEq, Message)]
struct SetSessionOptionsResult {
    #[prost(map = "string, message", tag = "1")]
    errors: HashMap<String, SetError>,
}

#[derive(Clone, PartialEq, Message)]
struct SetError {
    #[prost(int32, tag = "1")]
    value: i32,
}

/// Sets options of the server's session. Returns an error that lists each rejected key with the reason, and no value.
pub(crate) async fn set(rpc: &Rpc, options: &[(&str, &str)]) -> Result<()> {
    let session_options = options
        .iter()
        .map(|(name, value)| {
            let value = option_value::OptionValue::StringValue((*value).to_owned());
            let value = SessionOptionValue {
                option_value: Some(value),
            };
            ((*name).to_owned(), value)
        })
        .collect();
    let request = SetSessionOptionsRequest { session_options };
    let body = rpc
        .action_reply(
            SET,
            Action::new("SetSessionOptions", request.encode_to_vec()),
        )
        .await?;
    let result = SetSessionOptionsResult::decode(body).map_err(|error| {
        Error::protocol(
            SET.name,
            format!("the server's reply is malformed: {error}"),
        )
    })?;
    if result.errors.is_empty() {
        return Ok(());
    }
    let mut refused: Vec<String> = result
        .errors
        .iter()
        .map(|(name, error)| {
            let why = match error.value {
                1 => "unknown name",
                2 => "invalid value",
                _ => "refused",
            };
            format!("`{name}` ({why})")
        })
        .collect();
    refused.sort();
    Err(Error::configuration(format!(
        "the server rejected these session options: {}",
        refused.join(", ")
    )))
}

pub(crate) async fn close(rpc: &Rpc) -> Result<()> {
    rpc.action(CLOSE, Action::new("CloseSession", Vec::new()))
        .await
        .map(drop)
}
