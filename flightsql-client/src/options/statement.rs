//! [`StatementOptions`]: headers, timeouts and limits of one statement.

use std::fmt;
use std::time::Duration;

use super::binary::is_binary;
use super::check::{PRINTABLE, is_value, name_problem};
use super::secret::Secret;
use super::timeouts::{check_max, none_if_zero};

/// Headers, timeouts and limits of one statement, in place of those of its connection.
///
/// The options apply to every RPC of the statement: the preparation of the statement, its values, its plan, its rows, and the
/// RPCs that cancel its result or close its handle. They apply to no RPC of another statement, and neither to the begin nor to
/// the commit of a transaction.
///
/// An invalid header or timeout is an argument error of the statement, before anything is sent.
///
/// ```
/// use std::time::Duration;
/// use flightsql_client::{StatementOptions, StatementRequest};
///
/// let options = StatementOptions::new()
///     .header("x-request-id", "7f3a")
///     .timeout(Duration::from_secs(30))
///     .max_rows(10_000);
/// let request = StatementRequest::new("SELECT * FROM flights").options(options);
/// ```
#[derive(Clone, Default)]
pub struct StatementOptions {
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) timeouts: StatementTimeouts,
    pub(crate) max_rows: Option<u64>,
    pub(crate) max_bytes: Option<u64>,
    /// The outer `None` is the limit of the connection, and the inner one no limit.
    pub(crate) max_query_memory: Option<Option<u64>>,
    /// The first invalid value.
    problem: Option<String>,
}

/// The timeouts of a statement. The outer `None` is the timeout of the connection, and the inner one no limit.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct StatementTimeouts {
    /// The limit from the start of the statement to its last row.
    pub(crate) total: Option<Option<Duration>>,
    pub(crate) query: Option<Option<Duration>>,
    pub(crate) update: Option<Option<Duration>>,
    pub(crate) fetch: Option<Option<Duration>>,
}

impl StatementOptions {
    /// Creates options that change nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a header, or replaces the header of this name: that of these options, and for the statement that of the
    /// connection. The name may have any case. The value is a secret, which errors and logs never show.
    ///
    /// Names that HTTP/2 and gRPC reserve, `authorization`, `cookie` and `user-agent` are invalid, and so is a value that is
    /// not printable ASCII.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into().to_ascii_lowercase(), Secret::new(value));
        match header_problem(&name, &value) {
            Some(problem) => self.reject(format!("header `{}` {problem}", name.escape_debug())),
            None => {
                self.headers.retain(|(known, _)| *known != name);
                self.headers.push((name, value));
            }
        }
        self
    }

    /// Sets the limit of the complete statement, from its start on the connection to its last row. It includes the wait for
    /// the cleanup of earlier statements, and not the wait for a connection of a pool. `None` and zero mean no limit. Defaults
    /// to the timeouts of the connection.
    ///
    /// The limit takes the place of the connection's `query_timeout`, `update_timeout`, `fetch_timeout` and
    /// `metadata_timeout`, which may be shorter or longer. A timeout of these options applies in addition. The connection's
    /// `idle_timeout` still limits the time without data while rows are read.
    ///
    /// The client sends the remaining time to the server as `grpc-timeout`. The error of an expired limit names `timeout`.
    #[must_use]
    pub fn timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.total = self.limit("timeout", limit.into());
        self
    }

    /// Sets the `query_timeout` of the statement: the limit of each RPC before its rows. `None` and zero mean no limit.
    #[must_use]
    pub fn query_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.query = self.limit("query_timeout", limit.into());
        self
    }

    /// Sets the `update_timeout` of the statement: the limit of a statement without rows, and of a bulk ingest. `None` and
    /// zero mean no limit.
    #[must_use]
    pub fn update_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.update = self.limit("update_timeout", limit.into());
        self
    }

    /// Sets the `fetch_timeout` of the statement: the maximum time to read its result from the first to the last byte. `None`
    /// and zero mean no limit.
    #[must_use]
    pub fn fetch_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.timeouts.fetch = self.limit("fetch_timeout", limit.into());
        self
    }

    /// Sets the maximum number of rows in the result. Defaults to no limit.
    ///
    /// A larger result is a protocol error that names `max_rows`, and never a shorter result. The client counts whole record
    /// batches as they arrive: it returns no row of the batch that exceeds the limit, and cancels the statement.
    #[must_use]
    pub fn max_rows(mut self, rows: impl Into<Option<u64>>) -> Self {
        self.max_rows = rows.into();
        self
    }

    /// Sets the maximum size of the result in bytes of decoded Arrow data, over all its batches. Defaults to no limit.
    ///
    /// A larger result is a protocol error that names `max_bytes`, as with [`max_rows`](Self::max_rows). The client counts a
    /// batch after it was decoded, so the limit of one batch is still that of the connection: `max_message_size` and
    /// `max_decompressed_size`.
    #[must_use]
    pub fn max_bytes(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.max_bytes = bytes.into();
        self
    }

    /// Sets the maximum memory that the result uses at once, in bytes. `None` and zero mean no limit. Defaults to the
    /// [`max_query_memory`](crate::ConnectOptions::max_query_memory) of the connection, which describes the limit.
    #[must_use]
    pub fn max_query_memory(mut self, bytes: impl Into<Option<u64>>) -> Self {
        self.max_query_memory = Some(bytes.into().filter(|bytes| *bytes > 0));
        self
    }

    /// Returns the first invalid value, without the value itself.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    fn limit(&mut self, name: &'static str, limit: Option<Duration>) -> Option<Option<Duration>> {
        let limit = none_if_zero(limit);
        if let Err(error) = check_max(name, limit.unwrap_or_default()) {
            self.reject(error.to_string());
        }
        Some(limit)
    }

    fn reject(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

pub(crate) fn header_problem(name: &str, value: &Secret) -> Option<&'static str> {
    match name {
        // The session's own, which a server sets.
        "cookie" => Some("is reserved for the cookies of the server"),
        "authorization" => Some("is reserved; use the credentials of the connection"),
        _ if is_binary(name) => Some("is a binary header of gRPC; use a text header"),
        _ => name_problem(name).or_else(|| (!is_value(value.expose())).then_some(PRINTABLE)),
    }
}

// Shows the names of headers, and never their values.
impl fmt::Debug for StatementOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementOptions")
            .field("headers", &self.headers)
            .field("timeouts", &self.timeouts)
            .field("max_rows", &self.max_rows)
            .field("max_bytes", &self.max_bytes)
            .field("max_query_memory", &self.max_query_memory)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::StatementOptions;

    #[test]
    fn rejects_invalid_headers_without_their_values() {
        for (name, value, problem) in [
            ("", "v", "header `` has no name"),
            (
                "a b",
                "v",
                "header `a b` is not a valid header name; use letters, digits and `-`",
            ),
            (
                ":path",
                "v",
                "header `:path` is not a valid header name; use letters, digits and `-`",
            ),
            (
                "Authorization",
                "v",
                "header `authorization` is reserved; use the credentials of the connection",
            ),
            (
                "cookie",
                "v",
                "header `cookie` is reserved for the cookies of the server",
            ),
            (
                "user-agent",
                "v",
                "header `user-agent` is reserved; use `application_name`",
            ),
            ("te", "v", "header `te` is reserved for HTTP/2 and gRPC"),
            (
                "content-type",
                "v",
                "header `content-type` is reserved for HTTP/2 and gRPC",
            ),
            (
                "grpc-timeout",
                "1S",
                "header `grpc-timeout` is reserved for gRPC; for a deadline, use the timeouts",
            ),
            (
                "x-bin",
                "v",
                "header `x-bin` is a binary header of gRPC; use a text header",
            ),
            (
                "x",
                "a\r\nb: c",
                "header `x` must be printable ASCII without white space at its ends",
            ),
            (
                "x",
                "käse",
                "header `x` must be printable ASCII without white space at its ends",
            ),
        ] {
            let options = StatementOptions::new().header(name, value);
            assert_eq!(options.problem(), Some(problem));
            assert!(options.headers.is_empty(), "{name}");
        }
    }

    #[test]
    fn keeps_the_first_problem() {
        let options = StatementOptions::new().header("te", "v").header("", "v");
        let options = options.timeout(Duration::MAX);
        assert_eq!(
            options.problem(),
            Some("header `te` is reserved for HTTP/2 and gRPC")
        );
    }

    #[test]
    fn rejects_a_timeout_that_no_clock_represents() {
        let options = StatementOptions::new().timeout(Duration::MAX);
        let problem = options.problem().unwrap();
        assert!(
            problem.contains("timeout") && problem.contains("8760h"),
            "{problem}"
        );
    }

    #[test]
    fn replaces_a_header_of_one_name() {
        let options = StatementOptions::new()
            .header("X-Tenant", "a")
            .header("x-tenant", "b");
        let headers: Vec<_> = options
            .headers
            .iter()
            .map(|(n, v)| (&**n, v.expose()))
            .collect();
        assert_eq!(headers, [("x-tenant", "b")]);
    }

    #[test]
    fn debug_shows_no_value() {
        let options = StatementOptions::new()
            .header("x-tenant", "swordfish")
            .max_rows(7);
        let text = format!("{options:?}");
        assert!(!text.contains("swordfish"), "{text}");
        assert!(
            text.contains("x-tenant") && text.contains("Some(7)"),
            "{text}"
        );
    }

    #[test]
    fn zero_means_no_limit() {
        let options = StatementOptions::new()
            .timeout(Duration::ZERO)
            .query_timeout(None)
            .max_query_memory(0);
        assert_eq!(options.max_query_memory, Some(None));
        assert_eq!(options.timeouts.total, Some(None));
        assert_eq!(options.timeouts.query, Some(None));
        assert_eq!(options.timeouts.update, None);
    }
}
