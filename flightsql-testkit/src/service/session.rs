//! Sessions: options kept between calls.
//!
//! Layer: service. Messages: `SetSessionOptions`, `GetSessionOptions`, `CloseSession`
//! (<https://arrow.apache.org/docs/format/Flight.html#session-management>). A session is named by the header `x-session-id`, which
//! the client chooses, or by the cookie `session`, which the server sets with the first option.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use bytes::Bytes;
use prost::Message;
use tonic::Status;
use tonic::metadata::MetadataMap;

use super::messages::{
    CloseSessionRequest, CloseSessionResult, CloseStatus, ErrorValue, GetSessionOptionsRequest,
    GetSessionOptionsResult, OptionValue, SessionOptionValue, SetSessionOptionsError,
    SetSessionOptionsRequest, SetSessionOptionsResult,
};
use super::status::malformed;
use crate::engine::{CATALOG, SCHEMA, lock, random};

const COOKIE: &str = "session";
const HEADER: &str = "x-session-id";
/// Sessions, options of one session, bytes of one value, and bytes of a name.
const MAX_SESSIONS: usize = 10_000;
const MAX_OPTIONS: usize = 256;
const MAX_VALUE: usize = 64 << 10;
const MAX_NAME: usize = 256;

type Options = BTreeMap<String, SessionOptionValue>;

/// All sessions by id.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<HashMap<String, Options>>);

/// The answer to a session action: its message, and the cookie to set.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) cookie: Option<String>,
}

impl Sessions {
    /// Runs a session action; `None` for any other action.
    pub(crate) fn action(
        &self,
        name: &str,
        body: &Bytes,
        headers: &MetadataMap,
    ) -> Result<Option<Answer>, Status> {
        let id = session_id(headers)?;
        match name {
            "SetSessionOptions" => {
                let request = SetSessionOptionsRequest::decode(body.clone()).map_err(malformed)?;
                self.set(request, id).map(Some)
            }
            "GetSessionOptions" => {
                GetSessionOptionsRequest::decode(body.clone()).map_err(malformed)?;
                Ok(Some(self.get(id.as_deref())))
            }
            "CloseSession" => {
                CloseSessionRequest::decode(body.clone()).map_err(malformed)?;
                self.close(id.as_deref()).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn set(&self, request: SetSessionOptionsRequest, id: Option<String>) -> Result<Answer, Status> {
        let mut sessions = lock(&self.0);
        let known = id.as_ref().is_some_and(|id| sessions.contains_key(id));
        if !known && sessions.len() >= MAX_SESSIONS {
            return Err(Status::resource_exhausted(format!(
                "{MAX_SESSIONS} sessions are open: close some"
            )));
        }
        let fresh = id.is_none();
        let id = id.unwrap_or_else(|| format!("{:032x}", random()));
        let options = sessions.entry(id.clone()).or_default();
        let mut errors = HashMap::new();
        for (name, value) in request.session_options {
            if let Err(error) = set_one(options, &name, value) {
                errors.insert(
                    name,
                    SetSessionOptionsError {
                        value: error.into(),
                    },
                );
            }
        }
        let cookie = fresh.then(|| format!("{COOKIE}={id}; Path=/; HttpOnly"));
        Ok(Answer {
            body: SetSessionOptionsResult { errors }.encode_to_vec().into(),
            cookie,
        })
    }

    fn get(&self, id: Option<&str>) -> Answer {
        let sessions = lock(&self.0);
        let options = id
            .and_then(|id| sessions.get(id))
            .cloned()
            .unwrap_or_default();
        let result = GetSessionOptionsResult {
            session_options: options.into_iter().collect(),
        };
        Answer {
            body: result.encode_to_vec().into(),
            cookie: None,
        }
    }

    fn close(&self, id: Option<&str>) -> Result<Answer, Status> {
        let closed = id.and_then(|id| lock(&self.0).remove(id));
        if closed.is_none() {
            return Err(Status::not_found(
                "no such session: none was opened, or it is closed",
            ));
        }
        let body = CloseSessionResult {
            status: CloseStatus::Closed.into(),
        }
        .encode_to_vec()
        .into();
        Ok(Answer {
            body,
            cookie: Some(format!("{COOKIE}=; Path=/; Max-Age=0")),
        })
    }
}

/// Sets or removes one option. `catalog` and `schema` may only name what there is.
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

/// The session a call names, the header before the cookie.
fn session_id(headers: &MetadataMap) -> Result<Option<String>, Status> {
    let id = match headers.get(HEADER) {
        Some(value) => Some(
            value
                .to_str()
                .map_err(|_| malformed("the header x-session-id is not text"))?
                .to_owned(),
        ),
        None => cookies(headers),
    };
    match id {
        Some(id) if id.is_empty() || id.len() > MAX_NAME => {
            Err(malformed(format!("a session id has 1 to {MAX_NAME} bytes")))
        }
        id => Ok(id),
    }
}

fn cookies(headers: &MetadataMap) -> Option<String> {
    let all = headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = all
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| value.to_owned())
}
