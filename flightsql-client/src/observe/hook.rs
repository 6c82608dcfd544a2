//! [`HeaderHook`]: headers that a program adds to each RPC, such as `traceparent`.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Adds headers to each RPC of a session, such as `traceparent`; set by
/// [`ConnectOptions::header_hook`](crate::ConnectOptions::header_hook). A closure is a hook.
///
/// The client calls the hook once for each RPC, in the span of the RPC, or of its operation if the span of the RPC is disabled. The
/// hook must not block. RPCs to other servers of a cluster call it only if
/// [`location_credentials`](crate::ConnectOptions::location_credentials) permits headers there.
///
/// A header that the hook must not set, and a panic of the hook, are an error of the RPC, which is then not sent. The RPCs of
/// cleanup are sent without the headers of the hook in this case. Values are not masked in errors, so a hook is not the place
/// for credentials.
///
/// ```
/// use flightsql_client::{ConnectOptions, RpcHeaders};
///
/// let options = ConnectOptions::new().header_hook(|headers: &mut RpcHeaders<'_>| {
///     headers.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
/// });
/// # drop(options);
/// ```
pub trait HeaderHook: Send + Sync + 'static {
    /// Adds the headers of one RPC.
    fn add_headers(&self, headers: &mut RpcHeaders<'_>);
}

impl<F> HeaderHook for F
where
    F: Fn(&mut RpcHeaders<'_>) + Send + Sync + 'static,
{
    fn add_headers(&self, headers: &mut RpcHeaders<'_>) {
        self(headers);
    }
}

/// The headers that a [`HeaderHook`] adds to one RPC.
pub struct RpcHeaders<'r> {
    method: &'r str,
    added: Vec<(String, String)>,
}

impl<'r> RpcHeaders<'r> {
    pub(crate) fn new(method: &'r str) -> Self {
        Self {
            method,
            added: Vec::new(),
        }
    }

    /// Returns the RPC, such as `arrow.flight.protocol.FlightService/DoGet`.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method
    }

    /// Adds a header, or replaces one that this hook added. A header of the options or of the statement remains instead.
    ///
    /// The client sends the name in lower case. `authorization`, `cookie`, binary headers and those of HTTP/2 and gRPC are errors of the RPC.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let mut name = name.into();
        name.make_ascii_lowercase();
        self.added.retain(|(known, _)| *known != name);
        self.added.push((name, value.into()));
    }

    pub(crate) fn into_added(self) -> Vec<(String, String)> {
        self.added
    }
}

// Values may be secret.
flightsql_dialect::debug_fields!(RpcHeaders<'_>, |it| {
    method: it.method,
    added: it.added.iter().map(|(name, _)| &**name).collect::<Vec<&str>>(),
});

/// A hook has panicked.
#[derive(Debug)]
pub(crate) struct HookPanic;

/// The hook of options, whose panics end here.
#[derive(Clone)]
pub(crate) struct HookSlot(Arc<dyn HeaderHook>);

impl HookSlot {
    pub(crate) fn new(hook: Arc<dyn HeaderHook>) -> Self {
        Self(hook)
    }

    /// Returns the headers of an RPC.
    pub(crate) fn headers(&self, method: &str) -> Result<Vec<(String, String)>, HookPanic> {
        let mut headers = RpcHeaders::new(method);
        catch_unwind(AssertUnwindSafe(|| self.0.add_headers(&mut headers)))
            .map_err(|_| HookPanic)?;
        Ok(headers.into_added())
    }
}

impl fmt::Debug for HookSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeaderHook")
    }
}
