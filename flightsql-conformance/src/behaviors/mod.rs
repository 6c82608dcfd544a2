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

/// Something a server does or does not do; [`behaviors`] lists them all.
pub struct Behavior {
    group: &'static str,
    name: String,
    about: String,
    start: Start,
}

impl Behavior {
    /// The group: `binds`.
    #[must_use]
    pub fn group(&self) -> &str {
        self.group
    }

    /// The full name, as it stands in reports: `binds.text`.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}.{}", self.group, self.name)
    }

    /// The assertion.
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

/// Every behavior, in the order in which they are run.
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

/// One row of the table.
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
