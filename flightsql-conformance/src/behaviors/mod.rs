//! The table of behaviors, one file for each group.

mod binds;
mod catalog;
mod connect;
mod ingest;
mod keys;
mod literals;
mod pool;
mod query;
mod streams;
mod transactions;
mod types;
mod updates;

use std::fmt;

use futures_util::future::BoxFuture;

use crate::context::Context;
use crate::verdict::Verdict;

type Start = Box<dyn Fn(Context) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// A feature that a server supports or does not support. [`behaviors`] lists all of them.
pub struct Behavior {
    group: &'static str,
    name: String,
    about: String,
    start: Start,
}

impl Behavior {
    /// Returns the group, such as `binds`.
    #[must_use]
    pub fn group(&self) -> &str {
        self.group
    }

    /// Returns the full name, as in reports, such as `binds.text`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}.{}", self.group, self.name)
    }

    /// Returns the assertion.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    pub(crate) fn start(&self, context: Context) -> BoxFuture<'static, Verdict> {
        (self.start)(context)
    }
}

impl fmt::Debug for Behavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Behavior").field(&self.id()).finish()
    }
}

/// Returns every behavior, in the order of execution.
#[must_use]
pub fn behaviors() -> Vec<Behavior> {
    [
        connect::all(),
        query::all(),
        streams::all(),
        binds::all(),
        literals::all(),
        updates::all(),
        transactions::all(),
        ingest::all(),
        catalog::all(),
        keys::all(),
        types::all(),
        pool::all(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Creates one row of the table.
fn behavior<F>(
    group: &'static str,
    name: &str,
    about: &str,
    run: impl Fn(Context) -> F + Send + Sync + 'static,
) -> Behavior
where
    F: Future<Output = Verdict> + Send + 'static,
{
    Behavior {
        group,
        name: name.to_owned(),
        about: about.to_owned(),
        start: Box::new(move |context| Box::pin(run(context))),
    }
}
