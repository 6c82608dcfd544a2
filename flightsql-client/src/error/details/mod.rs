//! [`ErrorDetail`]: the details of a status, which are
//! [`google.rpc.Status`](https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto) in
//! `grpc-status-details-bin`.

mod proto;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;

use super::mask::Mask;

/// The most bytes of details that are parsed. Servers send a few hundred.
const LONGEST: usize = 64 * 1024;
/// The most details of one error that are parsed. There are ten types, and servers send one of each at most.
const MOST: usize = 256;

/// A detail of an error that the server sent in addition to its message, as defined in
/// [error_details.proto](https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto).
///
/// The texts are those of the server, without the secrets of the connection.
///
/// ```
/// use flightsql_client::{Error, ErrorDetail};
///
/// /// Returns the machine-readable reason of an error, such as `QUOTA_EXCEEDED`.
/// fn reason(error: &Error) -> Option<&str> {
///     error.server()?.error_details().iter().find_map(|detail| match detail {
///         ErrorDetail::ErrorInfo { reason, .. } => Some(reason.as_str()),
///         _ => None,
///     })
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorDetail {
    /// The cause of the error, for programs.
    #[non_exhaustive]
    ErrorInfo {
        /// The reason, as a constant in upper case such as `QUOTA_EXCEEDED`.
        reason: String,
        /// The service that defines the reason.
        domain: String,
        /// Further facts by name.
        metadata: BTreeMap<String, String>,
    },
    /// The time after which a client may try again.
    #[non_exhaustive]
    RetryInfo {
        /// The delay before the next attempt. Zero if the server sent none, or a negative one.
        retry_delay: Duration,
    },
    /// Quotas that the request exceeded.
    #[non_exhaustive]
    QuotaFailure {
        /// The exceeded quotas.
        violations: Vec<QuotaViolation>,
    },
    /// Conditions that the request did not meet.
    #[non_exhaustive]
    PreconditionFailure {
        /// The unmet conditions.
        violations: Vec<PreconditionViolation>,
    },
    /// Invalid fields of the request.
    #[non_exhaustive]
    BadRequest {
        /// The invalid fields.
        field_violations: Vec<FieldViolation>,
    },
    /// The request, as the server knows it.
    #[non_exhaustive]
    RequestInfo {
        /// The id of the request in the logs of the server.
        request_id: String,
        /// Data for the operators of the server.
        serving_data: String,
    },
    /// The resource that was accessed.
    #[non_exhaustive]
    ResourceInfo {
        /// The type of the resource, such as `table`.
        resource_type: String,
        /// The name of the resource.
        resource_name: String,
        /// The owner of the resource.
        owner: String,
        /// The error in accessing the resource.
        description: String,
    },
    /// Links to documentation.
    #[non_exhaustive]
    Help {
        /// The links.
        links: Vec<HelpLink>,
    },
    /// A message for users, in their language.
    #[non_exhaustive]
    LocalizedMessage {
        /// The locale, such as `de-CH`.
        locale: String,
        /// The message.
        message: String,
    },
    /// Debugging information of the server.
    #[non_exhaustive]
    DebugInfo {
        /// The stack of the server.
        stack_entries: Vec<String>,
        /// Further information.
        detail: String,
    },
    /// A detail of another type, or one that cannot be decoded.
    #[non_exhaustive]
    Other {
        /// The type, such as `type.googleapis.com/google.rpc.ErrorInfo`.
        type_url: String,
        /// The undecoded message. Secrets of the connection in it are overwritten.
        bytes: Bytes,
    },
}

/// An exceeded quota of [`ErrorDetail::QuotaFailure`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuotaViolation {
    /// The subject of the quota, such as a project.
    pub subject: String,
    /// The description of the quota.
    pub description: String,
}

/// An unmet condition of [`ErrorDetail::PreconditionFailure`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreconditionViolation {
    /// The kind of the condition; `type` in the message.
    pub kind: String,
    /// The subject of the condition.
    pub subject: String,
    /// The description of the failure.
    pub description: String,
}

/// An invalid field of [`ErrorDetail::BadRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldViolation {
    /// The path of the field in the request.
    pub field: String,
    /// The reason why the value is invalid.
    pub description: String,
}

/// A link of [`ErrorDetail::Help`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HelpLink {
    /// The description of the target.
    pub description: String,
    /// The URL.
    pub url: String,
}

/// Returns the details in a `google.rpc.Status`; none if it is malformed, or has too many of them.
pub(super) fn parse(details: &[u8]) -> Vec<ErrorDetail> {
    if details.is_empty() || details.len() > LONGEST {
        return Vec::new();
    }
    match proto::Status::decode(details) {
        Ok(status) if status.details.len() <= MOST => {
            status.details.into_iter().map(ErrorDetail::of).collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the delay of the first `RetryInfo`.
pub(super) fn retry_delay(details: &[ErrorDetail]) -> Option<Duration> {
    details.iter().find_map(|detail| match detail {
        ErrorDetail::RetryInfo { retry_delay } => Some(*retry_delay),
        _ => None,
    })
}

impl ErrorDetail {
    fn of(any: proto::Any) -> Self {
        Self::decode(&any).unwrap_or(Self::Other {
            type_url: any.type_url,
            bytes: any.value,
        })
    }

    /// Returns `None` for another type, and for a malformed message.
    fn decode(any: &proto::Any) -> Option<Self> {
        let name = any.type_url.rsplit('/').next()?;
        let name = name.strip_prefix("google.rpc.")?;
        let value = &*any.value;
        let pairs = || {
            proto::Pairs::decode(value)
                .ok()
                .map(|message| message.pairs)
        };
        Some(match name {
            "ErrorInfo" => {
                let info = proto::ErrorInfo::decode(value).ok()?;
                Self::ErrorInfo {
                    reason: info.reason,
                    domain: info.domain,
                    metadata: info.metadata.into_iter().collect(),
                }
            }
            "RetryInfo" => {
                let delay = proto::RetryInfo::decode(value).ok()?.retry_delay;
                Self::RetryInfo {
                    retry_delay: duration(&delay.unwrap_or_default()),
                }
            }
            "QuotaFailure" => Self::QuotaFailure {
                violations: each(pairs()?, |subject, description| QuotaViolation {
                    subject,
                    description,
                }),
            },
            "PreconditionFailure" => {
                let failure = proto::PreconditionFailure::decode(value).ok()?;
                let violations = failure.violations.into_iter();
                let violations = violations.map(|violation| PreconditionViolation {
                    kind: violation.kind,
                    subject: violation.subject,
                    description: violation.description,
                });
                Self::PreconditionFailure {
                    violations: violations.collect(),
                }
            }
            "BadRequest" => Self::BadRequest {
                field_violations: each(pairs()?, |field, description| FieldViolation {
                    field,
                    description,
                }),
            },
            "RequestInfo" => {
                let info = proto::Pair::decode(value).ok()?;
                Self::RequestInfo {
                    request_id: info.first,
                    serving_data: info.second,
                }
            }
            "ResourceInfo" => {
                let info = proto::ResourceInfo::decode(value).ok()?;
                Self::ResourceInfo {
                    resource_type: info.resource_type,
                    resource_name: info.resource_name,
                    owner: info.owner,
                    description: info.description,
                }
            }
            "Help" => Self::Help {
                links: each(pairs()?, |description, url| HelpLink { description, url }),
            },
            "LocalizedMessage" => {
                let message = proto::Pair::decode(value).ok()?;
                Self::LocalizedMessage {
                    locale: message.first,
                    message: message.second,
                }
            }
            "DebugInfo" => {
                let info = proto::DebugInfo::decode(value).ok()?;
                Self::DebugInfo {
                    stack_entries: info.stack_entries,
                    detail: info.detail,
                }
            }
            _ => return None,
        })
    }

    /// Masks each text. The bytes of a detail of another type have no texts.
    pub(super) fn mask(&mut self, mask: Mask<'_>) {
        let change = |text: &mut String| *text = mask(text);
        match self {
            Self::ErrorInfo {
                reason,
                domain,
                metadata,
            } => {
                [reason, domain].into_iter().for_each(change);
                let masked = std::mem::take(metadata).into_iter();
                *metadata = masked
                    .map(|(name, value)| (mask(&name), mask(&value)))
                    .collect();
            }
            Self::RetryInfo { .. } => {}
            Self::QuotaFailure { violations } => {
                for violation in violations {
                    [&mut violation.subject, &mut violation.description]
                        .into_iter()
                        .for_each(change);
                }
            }
            Self::PreconditionFailure { violations } => {
                for violation in violations {
                    let texts = [&mut violation.kind, &mut violation.subject];
                    texts.into_iter().for_each(change);
                    change(&mut violation.description);
                }
            }
            Self::BadRequest { field_violations } => {
                for violation in field_violations {
                    [&mut violation.field, &mut violation.description]
                        .into_iter()
                        .for_each(change);
                }
            }
            Self::RequestInfo {
                request_id: a,
                serving_data: b,
            }
            | Self::LocalizedMessage {
                locale: a,
                message: b,
            } => {
                [a, b].into_iter().for_each(change);
            }
            Self::ResourceInfo {
                resource_type,
                resource_name,
                owner,
                description,
            } => {
                [resource_type, resource_name, owner, description]
                    .into_iter()
                    .for_each(change);
            }
            Self::Help { links } => {
                for link in links {
                    [&mut link.description, &mut link.url]
                        .into_iter()
                        .for_each(change);
                }
            }
            Self::DebugInfo {
                stack_entries,
                detail,
            } => {
                stack_entries.iter_mut().for_each(change);
                change(detail);
            }
            Self::Other { type_url, .. } => change(type_url),
        }
    }

    /// Changes the bytes of a detail that is not decoded.
    pub(super) fn mask_bytes(&mut self, mask: &dyn Fn(&mut Bytes)) {
        if let Self::Other { bytes, .. } = self {
            mask(bytes);
        }
    }
}

fn each<T>(pairs: Vec<proto::Pair>, make: impl Fn(String, String) -> T) -> Vec<T> {
    let pairs = pairs.into_iter();
    pairs.map(|pair| make(pair.first, pair.second)).collect()
}

/// Returns the duration; zero for a negative one.
fn duration(delay: &proto::ProtoDuration) -> Duration {
    let seconds = u64::try_from(delay.seconds).unwrap_or(0);
    let nanos = u32::try_from(delay.nanos).unwrap_or(0).min(999_999_999);
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests;
