//! The caller: the session that an RPC names, and the cookie that its reply sets.
//!
//! Layer: service. A session is named by the header `x-session-id`, which the client chooses, or by a cookie with the name
//! that Flight suggests (<https://arrow.apache.org/docs/format/Flight.html#session-management>).

use std::sync::Mutex;

use tonic::metadata::MetadataMap;
use tonic::{Response, Status};

use super::status::malformed;
use crate::engine::{lock, random};

const COOKIE: &str = "arrow_flight_session_id";
const HEADER: &str = "x-session-id";
/// The user agent of a client that returns cookies, and therefore gets a session at the first statement that needs one.
const KEEPER: &str = "flightsql/";
/// Maximum length of a session id in bytes.
const MAX_ID: usize = 256;

/// The caller of one RPC.
#[derive(Debug)]
pub(crate) struct Caller {
    id: Option<Id>,
    keeps_cookies: bool,
    /// The `set-cookie` of the reply.
    reply: Mutex<Option<String>>,
}

/// The id of a session, with its origin.
#[derive(Debug, Clone)]
pub(crate) struct Id {
    pub(crate) text: String,
    /// The server chose the id, so an unknown session has existed.
    pub(crate) ours: bool,
}

impl Caller {
    /// Reads the headers of an RPC.
    pub(crate) fn of(headers: &MetadataMap) -> Result<Self, Status> {
        let id = match headers.get(HEADER) {
            Some(value) => {
                let text = value
                    .to_str()
                    .map_err(|_| malformed("the header x-session-id is not text"))?;
                Some((text.to_owned(), false))
            }
            None => cookie(headers).map(|text| (text, true)),
        };
        if id
            .as_ref()
            .is_some_and(|(text, _)| text.is_empty() || text.len() > MAX_ID)
        {
            return Err(malformed(format!("a session id has 1 to {MAX_ID} bytes")));
        }
        let agent = headers
            .get("user-agent")
            .and_then(|value| value.to_str().ok());
        let keeper =
            agent.is_some_and(|agent| agent.split(' ').any(|product| product.starts_with(KEEPER)));
        Ok(Self {
            keeps_cookies: keeper || id.is_some(),
            id: id.map(|(text, ours)| Id { text, ours }),
            reply: Mutex::default(),
        })
    }

    /// Returns the session that the RPC names.
    pub(crate) fn id(&self) -> Option<&Id> {
        self.id.as_ref()
    }

    /// Returns `true` if the client is known to return cookies.
    pub(crate) fn keeps_cookies(&self) -> bool {
        self.keeps_cookies
    }

    /// Creates an id, which the reply sets as a cookie.
    pub(crate) fn offer(&self) -> String {
        let id = format!("{:032x}", random());
        *lock(&self.reply) = Some(format!("{COOKIE}={id}; Path=/; HttpOnly"));
        id
    }

    /// Lets the reply remove the cookie.
    pub(crate) fn forget(&self) {
        *lock(&self.reply) = Some(format!("{COOKIE}=; Path=/; Max-Age=0"));
    }

    /// Adds the cookie to a reply or an error, so that a retry finds the session.
    pub(crate) fn reply<T>(&self, result: Result<T, Status>) -> Result<Response<T>, Status> {
        let mut result = result.map(Response::new);
        let cookie = lock(&self.reply).take();
        if let Some(cookie) = cookie.and_then(|cookie| cookie.parse().ok()) {
            let metadata = match &mut result {
                Ok(response) => response.metadata_mut(),
                Err(status) => status.metadata_mut(),
            };
            metadata.insert("set-cookie", cookie);
        }
        result
    }
}

fn cookie(headers: &MetadataMap) -> Option<String> {
    let all = headers
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = all
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, value)| *name == COOKIE && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}
