//! The messages of `google.rpc`, in the fields that the client reads:
//! [error_details.proto](https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto).

use std::collections::HashMap;

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Status {
    #[prost(message, repeated, tag = "3")]
    pub(super) details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Any {
    #[prost(string, tag = "1")]
    pub(super) type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    pub(super) value: bytes::Bytes,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ErrorInfo {
    #[prost(string, tag = "1")]
    pub(super) reason: String,
    #[prost(string, tag = "2")]
    pub(super) domain: String,
    #[prost(map = "string, string", tag = "3")]
    pub(super) metadata: HashMap<String, String>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    pub(super) retry_delay: Option<ProtoDuration>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ProtoDuration {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct DebugInfo {
    #[prost(string, repeated, tag = "1")]
    pub(super) stack_entries: Vec<String>,
    #[prost(string, tag = "2")]
    pub(super) detail: String,
}

/// `QuotaFailure`, `BadRequest`, `Help` and `LocalizedMessage` have two texts, also in their repeated messages.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Pair {
    #[prost(string, tag = "1")]
    pub(super) first: String,
    #[prost(string, tag = "2")]
    pub(super) second: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Pairs {
    #[prost(message, repeated, tag = "1")]
    pub(super) pairs: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct PreconditionFailure {
    #[prost(message, repeated, tag = "1")]
    pub(super) violations: Vec<Precondition>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Precondition {
    #[prost(string, tag = "1")]
    pub(super) kind: String,
    #[prost(string, tag = "2")]
    pub(super) subject: String,
    #[prost(string, tag = "3")]
    pub(super) description: String,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ResourceInfo {
    #[prost(string, tag = "1")]
    pub(super) resource_type: String,
    #[prost(string, tag = "2")]
    pub(super) resource_name: String,
    #[prost(string, tag = "3")]
    pub(super) owner: String,
    #[prost(string, tag = "4")]
    pub(super) description: String,
}
