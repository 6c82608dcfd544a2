//! What a dropped statement or transaction still owes the server (layer 4).
//!
//! Dropping never blocks: it writes a debt down, and a task pays it at once where a runtime is at hand. Rollbacks,
//! cancellations and statements are urgent: they are paid first, and before the connection is used again. Closed handles go
//! on in the background, and only a long list of them makes the next use wait.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use prost::bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::shared::Shared;
use super::unread::Unread;
use super::{savepoint, upkeep};
use crate::dialect::CancelScope;
use crate::options::Login;
use crate::protocol::rpc::Rpc;
use crate::protocol::transaction::{self, EndSavepoint, EndTransaction};
use crate::protocol::{prepared, session};
use crate::transport::deadline::within;
use crate::transport::lock::lock;

/// Handles that may wait to be closed before the next use waits for them: enough for a burst of dropped
/// streams, too few to matter to a server.
const MAX_WAITING: usize = 64;

/// Something the server still holds for us.
#[derive(Debug)]
pub(crate) enum Debt {
    ClosePrepared(Bytes),
    Rollback(Bytes),
    RollbackSavepoint(Bytes),
    /// The same by statement, in the transaction of this id.
    RollbackTo(Bytes, String),
    CloseSession,
    Cancel(Box<Unread>),
    /// A statement that gives something back, in the transaction of this id: the lock of the migrations.
    Statement(String, Option<Bytes>),
}

impl Debt {
    /// The action, for logs. A handle may contain bound values, so it is not logged.
    fn name(&self) -> &'static str {
        match self {
            Self::ClosePrepared(_) => "close a prepared statement",
            Self::Rollback(_) | Self::RollbackSavepoint(_) | Self::RollbackTo(..) => "roll back",
            Self::CloseSession => "close the session",
            Self::Cancel(_) => "cancel a result",
            Self::Statement(..) => "run a statement",
        }
    }

    /// The next statement must not run before this is paid.
    fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::Rollback(_)
                | Self::RollbackSavepoint(_)
                | Self::RollbackTo(..)
                | Self::Statement(..)
                | Self::Cancel(_)
        )
    }
}

/// One connection's debts. Clones of the `Arc` live in streams and tasks that outlast a borrow of it.
#[derive(Debug)]
pub(crate) struct Debts {
    rpc: Rpc,
    shared: Arc<Shared>,
    /// Whether the dialect lets the driver cancel the results of this connection.
    cancels: bool,
    book: Mutex<Book>,
    paid: Notify,
}

#[derive(Debug, Default)]
struct Book {
    open: VecDeque<Debt>,
    urgent: usize,
    paying: bool,
}

impl Debts {
    pub(crate) fn new(rpc: Rpc, shared: Arc<Shared>) -> Arc<Self> {
        let cancels = match rpc.options().dialect.profile().session.cancel {
            CancelScope::Result => true,
            CancelScope::Session => rpc.options().login == Login::PerConnection,
            CancelScope::Never => false,
        };
        Arc::new(Self {
            rpc,
            shared,
            cancels,
            book: Mutex::default(),
            paid: Notify::new(),
        })
    }

    /// Returns `true` if a result that is dropped before its end is cancelled on the server.
    pub(crate) fn cancels_results(&self) -> bool {
        self.cancels && self.shared.cancel_actions.any()
    }

    /// Writes a debt down. It is paid in a task of its own if a Tokio runtime is running here, else when the
    /// connection is used next. Never blocks.
    pub(crate) fn owe(self: &Arc<Self>, debt: Debt) {
        let mut book = lock(&self.book);
        book.urgent += usize::from(debt.is_urgent());
        book.open.push_back(debt);
        drop(book);
        self.start();
    }

    /// Waits for what must be paid before the connection is used again. Cancel-safe.
    pub(crate) async fn before_use(self: &Arc<Self>) {
        self.wait(|book| book.urgent == 0 && book.open.len() <= MAX_WAITING)
            .await;
    }

    /// Whether anything is owed now.
    pub(crate) fn any(&self) -> bool {
        let book = lock(&self.book);
        book.paying || !book.open.is_empty()
    }

    /// Waits until nothing is owed. Cancel-safe.
    pub(crate) async fn settle(self: &Arc<Self>) {
        self.wait(|book| book.open.is_empty() && !book.paying).await;
    }

    async fn wait(self: &Arc<Self>, enough: impl Fn(&Book) -> bool) {
        if enough(&lock(&self.book)) {
            return;
        }
        loop {
            let notified = self.paid.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if enough(&lock(&self.book)) {
                return;
            }
            self.start();
            notified.await;
            // On a runtime that is shutting down, each new task is dropped at once and says so: without this await, in
            // which the runtime can drop the waiting task too, that would go round for ever.
            tokio::task::yield_now().await;
        }
    }

    /// Starts the paying task, once.
    fn start(self: &Arc<Self>) {
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let mut book = lock(&self.book);
        if book.paying || book.open.is_empty() {
            return;
        }
        book.paying = true;
        // A runtime that is shutting down drops the task here and now, and the drop looks into the book.
        drop(book);
        let payment = Payment {
            debts: Arc::clone(self),
            urgent: 0,
            over: false,
        };
        runtime.spawn(payment.run());
    }

    async fn pay(self: &Arc<Self>, debt: Debt) {
        if !self.rpc.is_open() {
            // The server lost the connection and with it everything that hung on it.
            return;
        }
        let (rpc, name) = (&self.rpc, debt.name());
        let paid = match debt {
            Debt::ClosePrepared(handle) => prepared::close(rpc, handle).await,
            Debt::Rollback(id) => transaction::end(rpc, id, EndTransaction::Rollback).await,
            Debt::RollbackSavepoint(id) => {
                transaction::end_savepoint(rpc, id, EndSavepoint::Rollback).await
            }
            Debt::RollbackTo(id, name) => savepoint::rollback_to(rpc, id, &name).await,
            Debt::CloseSession => session::close(rpc).await,
            Debt::Cancel(unread) => {
                let cancel = unread.cancel(rpc, &self.shared.cancel_actions);
                within(
                    cancel,
                    "cancel",
                    "close_timeout",
                    rpc.options().timeouts.close,
                )
                .await
            }
            Debt::Statement(sql, id) => upkeep::pay(self, rpc, &sql, id).await,
        };
        if let Err(error) = paid {
            // A handle or transaction that the server no longer knows is gone, which is what we wanted.
            let error = rpc.session().mask(&error.to_string());
            log::debug!("failed to {name} after a drop: {error}");
        }
    }
}

/// The paying task. If the runtime drops it half-way, the next use starts another.
struct Payment {
    debts: Arc<Debts>,
    /// 1 while an urgent debt is being paid.
    urgent: usize,
    /// It ended by itself, and a task after it may already be paying.
    over: bool,
}

impl Payment {
    async fn run(mut self) {
        while let Some(debt) = self.next() {
            self.debts.pay(debt).await;
            self.paid();
        }
    }

    /// The oldest urgent debt, or the oldest one: the next statement does not wait for closed handles. When there is none,
    /// the task is over: whoever owes next starts another.
    fn next(&mut self) -> Option<Debt> {
        let mut book = lock(&self.debts.book);
        let urgent = book.open.iter().position(Debt::is_urgent);
        let debt = book.open.remove(urgent.unwrap_or(0));
        match &debt {
            Some(debt) => self.urgent = usize::from(debt.is_urgent()),
            None => {
                book.paying = false;
                self.over = true;
            }
        }
        debt
    }

    fn paid(&mut self) {
        lock(&self.debts.book).urgent -= std::mem::take(&mut self.urgent);
        self.debts.paid.notify_waiters();
    }
}

impl Drop for Payment {
    fn drop(&mut self) {
        // A debt that was cut off half-way is lost with its runtime; nobody may wait for it.
        if !self.over {
            lock(&self.debts.book).paying = false;
        }
        self.paid();
    }
}
