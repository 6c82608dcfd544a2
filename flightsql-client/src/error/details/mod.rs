//! The details of a status: [`google.rpc.Status`](https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto)
//! in `grpc-status-details-bin`.

use std::time::Duration;

use prost::Message;

#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<ProtoDuration>,
}

#[derive(Clone, PartialEq, Message)]
struct ProtoDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Returns the delay of the first `RetryInfo`; `None` if there is none, or if the details are not readable. A `RetryInfo`
/// without a delay, or with a negative one, means no delay.
pub(super) fn retry_delay(details: &[u8]) -> Option<Duration> {
    let status = Status::decode(details).ok()?;
    let is_retry = |any: &&Any| any.type_url.rsplit('/').next() == Some("google.rpc.RetryInfo");
    let any = status.details.iter().find(is_retry)?;
    let delay = RetryInfo::decode(&*any.value).ok()?.retry_delay;
    let delay = delay.unwrap_or_default();
    let seconds = u64::try_from(delay.seconds).unwrap_or(0);
    let nanos = u32::try_from(delay.nanos).unwrap_or(0).min(999_999_999);
    Some(Duration::new(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prost::Message as _;

    use super::{Any, ProtoDuration, RetryInfo, Status, retry_delay};

    fn details(type_url: &str, seconds: i64, nanos: i32) -> Vec<u8> {
        let info = RetryInfo {
            retry_delay: Some(ProtoDuration { seconds, nanos }),
        };
        let other = Any {
            type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
            value: vec![0xff],
        };
        let retry = Any {
            type_url: type_url.to_owned(),
            value: info.encode_to_vec(),
        };
        Status {
            details: vec![other, retry],
        }
        .encode_to_vec()
    }

    #[test]
    fn the_delay_of_the_server_is_read() {
        const RETRY: &str = "type.googleapis.com/google.rpc.RetryInfo";
        let delay = |seconds, nanos| retry_delay(&details(RETRY, seconds, nanos));
        assert_eq!(delay(2, 500_000_000), Some(Duration::from_millis(2500)));
        assert_eq!(delay(-1, -1), Some(Duration::ZERO));
        assert_eq!(
            delay(i64::MAX, i32::MAX).unwrap().as_secs(),
            i64::MAX as u64
        );
        assert_eq!(retry_delay(&details("x/google.rpc.Help", 1, 0)), None);
        assert_eq!(retry_delay(&[]), None);
        assert_eq!(retry_delay(b"no message"), None);
    }
}
