//! Faults that a test injects into RPCs, for any service of the server.
//!
//! Job: define the affected RPCs ([`Fault`]), and select the fault of an RPC at its arrival. [`super::call`] and
//! [`super::reply`] apply the effects. Layer: harness.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tonic::{Code, Status};

use crate::{engine::lock, record::Rpc};

/// Fault in RPCs of one method, installed with [`ServerHandle::fault`](crate::ServerHandle::fault).
///
/// Without [`nth`](Self::nth), [`times`](Self::times) or [`always`](Self::always), the fault affects only the next matching
/// RPC. A later effect method replaces an earlier effect, except a delay. Effects after a number of messages also apply at
/// the end of a shorter stream. A reply that is not a stream has one message, so only 0 is useful for it.
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until it is given to `server.fault(…)`"]
pub struct Fault {
    rpc: Rpc,
    command: Option<String>,
    nth: usize,
    times: usize,
    delay: Option<Duration>,
    effect: Option<Effect>,
}

impl Fault {
    /// Creates a fault for RPCs of `rpc`.
    pub fn new(rpc: Rpc) -> Self {
        Self {
            rpc,
            command: None,
            nth: 1,
            times: 1,
            delay: None,
            effect: None,
        }
    }

    /// Limits the fault to RPCs with this [`Call::command`](crate::Call::command).
    pub fn command(mut self, name: impl Into<String>) -> Self {
        self.command = Some(name.into());
        self
    }

    /// Sets the first affected RPC, counted from 1 after the fault is installed. Defaults to 1.
    pub fn nth(mut self, nth: usize) -> Self {
        self.nth = nth.max(1);
        self
    }

    /// Sets the number of consecutive affected RPCs, starting with the `nth`. Defaults to 1.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Affects every RPC, starting with the `nth`.
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Waits before the RPC continues, or before the effect that replaces it.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Replies with this error instead of the service.
    pub fn status(self, code: Code, message: impl Into<String>) -> Self {
        self.error(Status::new(code, message))
    }

    /// Replies with an error like [`status`](Self::status), with details and metadata.
    pub fn error(self, status: Status) -> Self {
        self.effect(Effect::Answer(status))
    }

    /// Replies "OK" with a trailers-only response, without headers and messages. The service is not called.
    pub fn trailers_only(self) -> Self {
        self.effect(Effect::Answer(Status::ok("")))
    }

    /// Never replies. The service is not called.
    pub fn hang(self) -> Self {
        self.effect(Effect::Hang)
    }

    /// Closes the connection before any reply. The service is not called.
    pub fn drop_connection(self) -> Self {
        self.effect(Effect::Drop)
    }

    /// Runs the service, but sends nothing after `messages` messages of the reply stream.
    pub fn hang_after(self, messages: usize) -> Self {
        self.effect(Effect::After(messages, After::Hang))
    }

    /// Runs the service, but fails the reply stream after `messages` messages.
    pub fn fail_after(self, messages: usize, status: Status) -> Self {
        self.effect(Effect::After(messages, After::Fail(status)))
    }

    /// Runs the service, but closes the connection after `messages` messages.
    ///
    /// The messages have half a second to reach the socket, so a peer that does not read loses them.
    pub fn cut_after(self, messages: usize) -> Self {
        self.effect(Effect::After(messages, After::Cut))
    }

    /// Runs the service, but replies without a message and ends with "OK".
    pub fn skip_reply(self) -> Self {
        self.effect(Effect::After(0, After::Skip))
    }

    fn effect(mut self, effect: Effect) -> Self {
        self.effect = Some(effect);
        self
    }

    /// Returns the reason why this fault can never have an effect.
    fn objection(&self) -> Option<String> {
        if self.delay.is_none() && self.effect.is_none() {
            return Some("it has no effect; add .status(…), .hang(), .delay(…) or another".into());
        }
        match self.effect {
            Some(Effect::After(messages, _)) if messages > 0 && !self.rpc.is_streaming() => {
                Some(format!(
                    "the reply of {} is one message, not a stream; use 0 messages",
                    self.rpc
                ))
            }
            _ => None,
        }
    }
}

#[derive(Clone, Debug)]
enum Effect {
    Answer(Status),
    Hang,
    Drop,
    After(usize, After),
}

/// The effect on a reply.
#[derive(Clone, Debug)]
pub(crate) enum After {
    Hang,
    Fail(Status),
    Cut,
    Skip,
}

/// The effect on an RPC before the service receives it.
#[derive(Clone, Debug)]
pub(crate) enum Before {
    Answer(Status),
    Hang,
    Drop,
}

/// The effects of all faults on one RPC.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Option<Duration>,
    pub(crate) before: Option<Before>,
    pub(crate) after: Option<(usize, After)>,
}

/// An installed fault, with the number of matching RPCs.
#[derive(Clone, Debug)]
pub struct FaultHandle {
    hits: Arc<AtomicUsize>,
}

impl FaultHandle {
    /// Returns the number of calls that this fault has hit.
    pub fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

/// The installed faults.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Installed>>);

#[derive(Debug)]
struct Installed {
    fault: Fault,
    seen: usize,
    hits: Arc<AtomicUsize>,
}

impl Faults {
    #[track_caller]
    pub(crate) fn install(&self, fault: Fault) -> FaultHandle {
        if let Some(objection) = fault.objection() {
            panic!(
                "flightsql-testkit: this fault for {} cannot work: {objection}",
                fault.rpc
            );
        }
        let hits = Arc::new(AtomicUsize::new(0));
        lock(&self.0).push(Installed {
            fault,
            seen: 0,
            hits: hits.clone(),
        });
        FaultHandle { hits }
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// Returns the effects on a new RPC. The first fault that affects it wins, and all matching faults count it.
    pub(crate) fn plan(&self, rpc: Rpc, command: Option<&str>) -> Plan {
        let mut plan = None;
        for installed in lock(&self.0).iter_mut() {
            if installed.meets(rpc, command) && plan.is_none() {
                installed.hits.fetch_add(1, Ordering::SeqCst);
                plan = Some(installed.fault.plan());
            }
        }
        plan.unwrap_or_default()
    }
}

impl Installed {
    fn meets(&mut self, rpc: Rpc, command: Option<&str>) -> bool {
        let fault = &self.fault;
        let about_it =
            fault.rpc == rpc && (fault.command.is_none() || fault.command.as_deref() == command);
        if !about_it {
            return false;
        }
        self.seen += 1;
        self.seen >= fault.nth && self.seen - fault.nth < fault.times
    }
}

impl Fault {
    fn plan(&self) -> Plan {
        let (before, after) = match self.effect.clone() {
            None => (None, None),
            Some(Effect::Answer(status)) => (Some(Before::Answer(status)), None),
            Some(Effect::Hang) => (Some(Before::Hang), None),
            Some(Effect::Drop) => (Some(Before::Drop), None),
            Some(Effect::After(messages, after)) => (None, Some((messages, after))),
        };
        Plan {
            delay: self.delay,
            before,
            after,
        }
    }
}
