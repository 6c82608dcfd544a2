//! Faults that a test injects into calls, for any service of the server.
//!
//! Job: say which calls are hit ([`Fault`]) and pick the one for a call at its arrival. What a fault does to
//! a reply is in [`super::call`] and [`super::reply`]. Layer: harness.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tonic::{Code, Status};

use crate::{engine::lock, record::Rpc};

/// Fault in calls of one method; installed with [`ServerHandle::fault`](crate::ServerHandle::fault).
///
/// Without [`nth`](Self::nth), [`times`](Self::times) or [`always`](Self::always) the next matching call is hit,
/// once. A later call of an effect method replaces the earlier effect; a delay is kept.
/// Effects with a number of messages act at the end of a stream that is shorter; a reply that is not a stream
/// counts as one message, for which only 0 makes sense.
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
    /// A fault for calls of `rpc`.
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

    /// Only calls with this [`Call::command`](crate::Call::command).
    pub fn command(mut self, name: impl Into<String>) -> Self {
        self.command = Some(name.into());
        self
    }

    /// The first call to hit, counted from 1 at the moment the fault is installed. Default 1.
    pub fn nth(mut self, nth: usize) -> Self {
        self.nth = nth.max(1);
        self
    }

    /// Sets the number of calls in a row that are hit, from the `nth` on. Defaults to 1.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// Every call is hit, from the `nth` on.
    pub fn always(self) -> Self {
        self.times(usize::MAX)
    }

    /// Waits before the call goes on, or before the effect that answers instead of it.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Answers with this error instead of the service.
    pub fn status(self, code: Code, message: impl Into<String>) -> Self {
        self.error(Status::new(code, message))
    }

    /// As [`status`](Self::status), with details and metadata.
    pub fn error(self, status: Status) -> Self {
        self.effect(Effect::Answer(status))
    }

    /// Answers "OK" in a trailers-only reply: no headers before it, no message. The service is not called.
    pub fn trailers_only(self) -> Self {
        self.effect(Effect::Answer(Status::ok("")))
    }

    /// Never answers; the service is not called.
    pub fn hang(self) -> Self {
        self.effect(Effect::Hang)
    }

    /// Cuts the call's connection before anything is answered; the service is not called.
    pub fn drop_connection(self) -> Self {
        self.effect(Effect::Drop)
    }

    /// The service does its work, but the reply stream goes silent after `messages` messages.
    pub fn hang_after(self, messages: usize) -> Self {
        self.effect(Effect::After(messages, After::Hang))
    }

    /// The service does its work, but the reply stream fails after `messages` messages.
    pub fn fail_after(self, messages: usize, status: Status) -> Self {
        self.effect(Effect::After(messages, After::Fail(status)))
    }

    /// The service does its work, but the connection is cut once `messages` messages were sent.
    ///
    /// The messages are given half a second to reach the socket: a peer that does not read loses them.
    pub fn cut_after(self, messages: usize) -> Self {
        self.effect(Effect::After(messages, After::Cut))
    }

    /// The service does its work, but the reply has no message and ends with "OK".
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

/// Effect on a reply.
#[derive(Clone, Debug)]
pub(crate) enum After {
    Hang,
    Fail(Status),
    Cut,
    Skip,
}

/// Effect on a call before the service receives it.
#[derive(Clone, Debug)]
pub(crate) enum Before {
    Answer(Status),
    Hang,
    Drop,
}

/// Effects of all faults on one call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay: Option<Duration>,
    pub(crate) before: Option<Before>,
    pub(crate) after: Option<(usize, After)>,
}

/// A fault that was installed: how often it was met.
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

    /// The plan for a call that arrives now: the first fault that hits it wins, all that match count it.
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
