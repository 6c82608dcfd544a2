//! What a dropped statement or transaction still owes the server (layer 4).
//!
//! Dropping never blocks: it writes a debt down, and a task pays it at once where a runtime is at hand.
//! Rollbacks are paid before the connection is used again; closed handles go on in the background, and only
//! a long list of them makes the next use wait.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use arrow_flight::FlightInfo;
use prost::bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Notify;

use super::{savepoint, upkeep};
use crate::protocol::rpc::Rpc;
use crate::protocol::transaction::{self, EndSavepoint, EndTransaction};
use crate::protocol::{cancel, prepared, session};
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
    Cancel(Unread),
    /// A statement that gives something back, in the transaction of this id: the lock of the migrations.
    Statement(String, Option<Bytes>),
}

/// A result that was not read to its end. `Debug` does not show it: tickets may hold values.
pub(crate) struct Unread(pub(crate) FlightInfo);

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a result")
    }
}

impl Debt {
    /// The next statement must not run before this is paid.
    fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::Rollback(_)
                | Self::RollbackSavepoint(_)
                | Self::RollbackTo(..)
                | Self::Statement(..)
        )
    }
}

/// One connection's debts. Clones of the `Arc` live in streams and tasks that outlast a borrow of it.
#[derive(Debug)]
pub(crate) struct Debts {
    rpc: Rpc,
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
    pub(crate) fn new(rpc: Rpc) -> Arc<Self> {
        Arc::new(Self {
            rpc,
            book: Mutex::default(),
            paid: Notify::new(),
        })
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
        let (rpc, name) = (&self.rpc, format!("{debt:?}"));
        let paid = match debt {
            Debt::ClosePrepared(handle) => prepared::close(rpc, handle).await,
            Debt::Rollback(id) => transaction::end(rpc, id, EndTransaction::Rollback).await,
            Debt::RollbackSavepoint(id) => {
                transaction::end_savepoint(rpc, id, EndSavepoint::Rollback).await
            }
            Debt::RollbackTo(id, name) => savepoint::rollback_to(rpc, id, &name).await,
            Debt::CloseSession => session::close(rpc).await,
            Debt::Cancel(Unread(info)) => cancel::result(rpc, info).await,
            Debt::Statement(sql, id) => upkeep::pay(self, rpc, &sql, id).await,
        };
        if let Err(error) = paid {
            // A handle or transaction that the server no longer knows is gone, which is what we wanted.
            log::debug!("{name} after a drop: {error}");
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

    /// The oldest debt. When there is none, the task is over: whoever owes next starts another.
    fn next(&mut self) -> Option<Debt> {
        let mut book = lock(&self.debts.book);
        let debt = book.open.pop_front();
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
