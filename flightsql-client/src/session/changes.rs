//! The changes of a session on the server since it was opened or reset: settings, temporary objects, and a transaction that a
//! statement began.
//!
//! A statement counts as run from the moment it is sent, since its future or its result may be dropped. Its effect is taken
//! back only if the server refuses the statement.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use super::Session;
use super::cache::Scope;
use super::execute::Outcome;
use crate::error::{Error, Result, StatusCode};
use crate::lock::lock;
use crate::protocol::rpc::Rpc;
use crate::sql::{ParsedStatement, SessionEffect};

#[cfg(test)]
mod tests;

/// The changes of one session. Results that are being read keep a clone.
#[derive(Debug, Clone)]
pub(crate) struct Changes(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rpc: Rpc,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct State {
    /// The transaction that a statement began.
    transaction: Option<TextTransaction>,
    /// The number of such transactions so far.
    begun: u64,
    /// The session options that were set at run time.
    pub(super) options: BTreeSet<String>,
    /// The number of names in the longest `USE`; 0 without one.
    pub(super) used: usize,
    pub(super) settings: bool,
    pub(super) temporary: bool,
    /// Whether the server refused a `ROLLBACK`, so that it is unknown whether its transaction has ended.
    pub(super) uncertain: bool,
    /// Whether cached statements of a transaction that has ended are left.
    has_ended: bool,
    /// Whether cached statements may name tables of another catalog or schema.
    pub(super) is_moved: bool,
}

#[derive(Debug, Clone, PartialEq)]
struct TextTransaction {
    number: u64,
    /// The names of the savepoints, outermost first.
    savepoints: Vec<Box<str>>,
    /// Whether its first savepoint began it, whose release ends it.
    by_savepoint: bool,
}

impl State {
    fn has_settings(&self) -> bool {
        !self.options.is_empty()
            || self.used > 0
            || self.settings
            || self.temporary
            || self.uncertain
    }

    fn begin(&mut self, savepoint: Option<Box<str>>) {
        self.begun += 1;
        self.transaction = Some(TextTransaction {
            number: self.begun,
            by_savepoint: savepoint.is_some(),
            savepoints: savepoint.into_iter().collect(),
        });
    }

    /// The statement is about to be sent.
    fn start(&mut self, effect: &SessionEffect, in_transaction: bool) {
        match effect {
            SessionEffect::Use { names } => {
                self.used = self.used.max(*names);
                self.is_moved = true;
            }
            SessionEffect::Settings => self.settings = true,
            SessionEffect::Temporary => self.temporary = true,
            SessionEffect::Begin if self.transaction.is_none() => self.begin(None),
            SessionEffect::Savepoint(name) => match &mut self.transaction {
                Some(transaction) => transaction.savepoints.push(name.clone()),
                // A savepoint of a transaction that has an id ends with it.
                None if in_transaction => {}
                None => self.begin(Some(name.clone())),
            },
            _ => {}
        }
    }

    /// The statement has run.
    fn succeed(&mut self, effect: &SessionEffect) {
        let Some(transaction) = &mut self.transaction else {
            return;
        };
        let last = |name: &str| {
            let mut all = transaction.savepoints.iter();
            all.rposition(|savepoint| **savepoint == *name)
        };
        match effect {
            SessionEffect::Commit { chains } | SessionEffect::Rollback { chains } => {
                self.end_transaction();
                if *chains {
                    self.begin(None);
                }
            }
            SessionEffect::RollbackTo(name) => {
                if let Some(at) = last(name) {
                    transaction.savepoints.truncate(at + 1);
                }
            }
            SessionEffect::Release(name) => {
                if let Some(at) = last(name) {
                    transaction.savepoints.truncate(at);
                }
                if transaction.by_savepoint && transaction.savepoints.is_empty() {
                    self.end_transaction();
                }
            }
            _ => {}
        }
    }

    /// Forgets everything but the number of transactions, which statements of the caller remember.
    pub(super) fn forget(&mut self) {
        *self = Self {
            begun: self.begun,
            ..Self::default()
        };
    }

    fn end_transaction(&mut self) {
        self.transaction = None;
        self.has_ended = true;
    }
}

impl Changes {
    pub(super) fn new(rpc: Rpc) -> Self {
        Self(Arc::new(Shared {
            rpc,
            state: Mutex::default(),
        }))
    }

    /// Applies a change, and tells the RPCs whether the session has state that only its server knows.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = lock(&self.0.state);
        let result = change(&mut state);
        let has_state = state.has_settings() || state.transaction.is_some();
        self.0.rpc.set_changed(has_state);
        result
    }

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&lock(&self.0.state))
    }

    pub(super) fn state(&self) -> State {
        self.read(State::clone)
    }

    /// Records the effect of a statement that is about to be sent. Returns `None` for a statement without one.
    fn begin(&self, effect: &SessionEffect, in_transaction: bool) -> Option<Box<Running>> {
        if *effect == SessionEffect::None {
            return None;
        }
        Some(self.change(|state| {
            let before = state.clone();
            state.start(effect, in_transaction);
            Box::new(Running {
                changes: self.clone(),
                effect: effect.clone(),
                before,
            })
        }))
    }
}

/// A statement with an effect, from its first RPC to the end of its result. If it is dropped, its effect remains.
#[derive(Debug)]
pub(crate) struct Running {
    changes: Changes,
    effect: SessionEffect,
    before: State,
}

impl Running {
    pub(crate) fn succeeded(self) {
        self.changes.change(|state| state.succeed(&self.effect));
    }

    /// Takes the effect back if the statement has not run.
    pub(crate) fn failed(self, error: &Error) {
        if !is_refused(error) {
            return;
        }
        let Self {
            changes,
            effect,
            before,
        } = self;
        changes.change(|state| {
            *state = before;
            // No engine refuses to roll back an open transaction, so this one has probably ended before.
            if matches!(effect, SessionEffect::Rollback { .. })
                && error.server().is_some()
                && state.transaction.is_some()
            {
                state.end_transaction();
                state.uncertain = true;
            }
        });
    }
}

/// Returns `true` if the statement cannot have run: the client did not send it, or the server refused it.
fn is_refused(error: &Error) -> bool {
    match error.server() {
        Some(error) => !matches!(
            error.status(),
            StatusCode::Cancelled
                | StatusCode::DeadlineExceeded
                | StatusCode::Aborted
                | StatusCode::Unavailable
                | StatusCode::DataLoss
        ),
        None => error.is_argument() || error.is_unsupported() || error.is_configuration(),
    }
}

impl Session {
    /// Records the effect of a statement that is about to be sent.
    pub(super) fn starting(&self, statement: &ParsedStatement) -> Option<Box<Running>> {
        self.effect(statement.effect())
    }

    pub(super) fn effect(&self, effect: &SessionEffect) -> Option<Box<Running>> {
        self.changes.begin(effect, self.depth() > 0)
    }

    #[doc(hidden)]
    /// Returns `true` if a statement or a call has changed the session on the server since it was opened or reset: an option,
    /// a setting, a temporary object. A transaction is apart; see [`is_in_transaction`](Self::is_in_transaction).
    pub fn is_changed(&self) -> bool {
        self.changes.read(State::has_settings)
    }

    /// Returns `true` if a transaction is open: one of [`begin`](Self::begin), or one that a statement such as `BEGIN` began.
    ///
    /// A statement whose outcome is unknown, because its future was dropped, counts as run if it begins a transaction, and as
    /// not run if it ends one.
    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        self.depth() > 0 || self.is_in_text_transaction()
    }

    #[doc(hidden)]
    /// Returns `true` if a statement began a transaction that has not ended.
    pub fn is_in_text_transaction(&self) -> bool {
        self.changes.read(|state| state.transaction.is_some())
    }

    #[doc(hidden)]
    /// The number of open levels: transactions and savepoints, by calls and by statements.
    pub fn transaction_depth(&self) -> usize {
        let text = self.changes.read(|state| {
            let transaction = state.transaction.as_ref()?;
            let begun = usize::from(!transaction.by_savepoint);
            Some(begun + transaction.savepoints.len())
        });
        self.depth() + text.unwrap_or(0)
    }

    /// The number of the transaction that a statement began, if one is open.
    pub(super) fn text_transaction(&self) -> Option<u64> {
        self.changes
            .read(|state| Some(state.transaction.as_ref()?.number))
    }

    /// Closes cached statements that belong to a transaction that has ended, or to another catalog.
    pub(super) fn drop_outdated_statements(&mut self) {
        let (has_ended, is_moved) = {
            let mut state = lock(&self.changes.0.state);
            (
                std::mem::take(&mut state.has_ended),
                std::mem::take(&mut state.is_moved),
            )
        };
        if is_moved {
            self.clear_cached_statements();
        } else if has_ended && self.depth() == 0 {
            self.close_statements(Scope::Transaction);
        }
    }
}

/// Applies the outcome of a statement to the session. The effect of a result is known once it was read.
pub(super) fn settled(running: Option<Box<Running>>, outcome: Result<Outcome>) -> Result<Outcome> {
    let Some(running) = running else {
        return outcome;
    };
    match outcome {
        Ok(Outcome::Rows(rows)) => Ok(Outcome::Rows(Box::new(rows.running(running)))),
        Ok(done) => {
            running.succeeded();
            Ok(done)
        }
        Err(error) => {
            running.failed(&error);
            Err(error)
        }
    }
}
