//! Options of sessions.
//!
//! Layer: service. Messages: `SetSessionOptions`, `GetSessionOptions`, `CloseSession`
//! (<https://arrow.apache.org/docs/format/Flight.html#session-management>).

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use prost::Message;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use super::messages::{
    CloseSessionRequest, CloseSessionResult, CloseStatus, ErrorValue, GetSessionOptionsRequest,
    GetSessionOptionsResult, OptionValue, SessionOptionValue, SetSessionOptionsError,
    SetSessionOptionsRequest, SetSessionOptionsResult,
};
use super::status::{blocking, malformed};
use crate::engine::{CATALOG, Cancel, End, SCHEMA, lock};

/// Maximum number of options of a session, bytes of a value, and bytes of a name.
const MAX_OPTIONS: usize = 256;
const MAX_VALUE: usize = 64 << 10;
const MAX_NAME: usize = 256;

pub(crate) type Options = BTreeMap<String, SessionOptionValue>;

impl Inner {
    /// Runs a session action. Returns `None` for any other action.
    pub(crate) async fn session_action(
        &self,
        caller: &Caller,
        name: &str,
        body: &Bytes,
    ) -> Result<Option<Bytes>, Status> {
        match name {
            "SetSessionOptions" => {
                let request = SetSessionOptionsRequest::decode(body.clone()).map_err(malformed)?;
                self.set_options(caller, request).map(Some)
            }
            "GetSessionOptions" => {
                GetSessionOptionsRequest::decode(body.clone()).map_err(malformed)?;
                self.get_options(caller).map(Some)
            }
            "CloseSession" => {
                CloseSessionRequest::decode(body.clone()).map_err(malformed)?;
                self.close_session(caller).await.map(Some)
            }
            _ => Ok(None),
        }
    }

    fn set_options(
        &self,
        caller: &Caller,
        request: SetSessionOptionsRequest,
    ) -> Result<Bytes, Status> {
        let session = self.sessions.open(caller)?;
        let mut options = lock(&session.options);
        let mut errors = HashMap::new();
        for (name, value) in request.session_options {
            if let Err(error) = set_one(&mut options, &name, value) {
                errors.insert(
                    name,
                    SetSessionOptionsError {
                        value: error.into(),
                    },
                );
            }
        }
        Ok(SetSessionOptionsResult { errors }.encode_to_vec().into())
    }

    fn get_options(&self, caller: &Caller) -> Result<Bytes, Status> {
        let session = self.sessions.of(caller)?;
        let options = session.map(|session| lock(&session.options).clone());
        let result = GetSessionOptionsResult {
            session_options: options.unwrap_or_default().into_iter().collect(),
        };
        Ok(result.encode_to_vec().into())
    }

    async fn close_session(&self, caller: &Caller) -> Result<Bytes, Status> {
        let session = self.sessions.remove(caller).ok_or_else(|| {
            Status::not_found("no such session: none was opened, or it is closed")
        })?;
        caller.forget();
        // End the transaction that uses the connection. An ended transaction is fine.
        let id = session.transaction();
        let transaction = id.and_then(|id| self.transactions.remove(&id).ok());
        blocking(&Cancel::default(), move || {
            if let Some(transaction) = transaction {
                drop(transaction.end(End::Undo));
            }
            session.conn.close();
            Ok(())
        })
        .await?;
        let closed = CloseSessionResult {
            status: CloseStatus::Closed.into(),
        };
        Ok(closed.encode_to_vec().into())
    }
}

/// Sets or removes one option. `catalog` and `schema` accept only existing names.
fn set_one(options: &mut Options, name: &str, value: SessionOptionValue) -> Result<(), ErrorValue> {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let named = name.len() <= MAX_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(letters);
    if !named {
        return Err(ErrorValue::InvalidName);
    }
    let Some(given) = &value.option_value else {
        options.remove(name);
        return Ok(());
    };
    let only = match name {
        "catalog" => Some(CATALOG),
        "schema" => Some(SCHEMA),
        _ => None,
    };
    let fits = only.is_none_or(|only| matches!(given, OptionValue::Text(text) if text == only));
    if !fits || value.encoded_len() > MAX_VALUE {
        return Err(ErrorValue::InvalidValue);
    }
    if options.len() >= MAX_OPTIONS && !options.contains_key(name) {
        return Err(ErrorValue::Error);
    }
    options.insert(name.to_owned(), value);
    Ok(())
}
