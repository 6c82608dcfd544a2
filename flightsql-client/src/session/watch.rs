//! Operations of a session as spans and metrics.

use std::time::Duration;

use super::Session;
use super::execute::Outcome;
use crate::bind::Parameters;
use crate::error::Result;
use crate::observe::{About, ConnectionEvent, Watch, is_watched};
use crate::sql::ParsedStatement;
use crate::sql::summary::summarize;

impl Session {
    fn is_watched(&self) -> bool {
        is_watched(self.options().observe.observer.as_ref())
    }

    /// Starts an operation, which `about` describes.
    pub(super) fn watch(&self, about: impl FnOnce(&Self) -> About) -> Watch {
        if !self.is_watched() {
            return Watch::default();
        }
        let mut about = about(self);
        let (channel, options) = (self.rpc().channel(), self.options());
        about.peer = channel.state().peer();
        // One of several hosts.
        let at = channel.server();
        let server = options.server_at(&at.host, at.port);
        Watch::start(options.observe.observer.as_ref(), server, about)
    }

    /// Starts an operation that has no SQL.
    pub(super) fn watch_named(&self, operation: &'static str) -> Watch {
        self.watch(|_| About::named(operation))
    }

    /// Starts a statement.
    pub(super) fn watch_statement(
        &self,
        statement: &ParsedStatement,
        parameters: Option<&Parameters>,
    ) -> Watch {
        self.watch(|session| About {
            sets: parameters.map_or(1, Parameters::num_sets),
            ..session.about(statement)
        })
    }

    /// Starts an operation on the text of a statement that does not run.
    pub(super) fn watch_text(&self, operation: &'static str, sql: &str) -> Watch {
        self.watch(|session| {
            let mut about = match session.dialect().parse(sql) {
                Ok(statement) => session.about(&statement),
                Err(_) => About::default(),
            };
            about.operation = Some(operation.to_owned());
            about.summary = about.summary.map(|text| format!("{operation} {text}"));
            about
        })
    }

    /// Returns `true` if an observer receives events.
    #[doc(hidden)]
    pub fn has_observer(&self) -> bool {
        self.options().observe.observer.is_some()
    }

    /// Reports to the observer that a pool got the connection back, after it was used for this time.
    #[doc(hidden)]
    pub fn released(&self, used: Duration) {
        if let Some(observer) = &self.options().observe.observer {
            let server = self.options().server();
            let event = ConnectionEvent {
                duration: used,
                system: server.system,
                namespace: server.namespace.as_deref(),
                error_type: None,
                server_address: &server.address,
                server_port: server.port,
                is_cancelled: false,
            };
            observer.tell(|observer| observer.connection_released(&event));
        }
    }

    fn about(&self, statement: &ParsedStatement) -> About {
        let summary = summarize(statement, &self.dialect().profile().syntax);
        let (operation, summary) = summary
            .map(|summary| (summary.operation, summary.text))
            .unzip();
        let shows_text = self.options().observe.query_text;
        About {
            operation,
            summary,
            text: shows_text.then(|| statement.text().to_owned()),
            ..About::default()
        }
    }
}

/// Runs an operation that ends with this future.
pub(super) async fn watched<T>(watch: Watch, run: impl Future<Output = Result<T>>) -> Result<T> {
    let result = watch.within(run).await;
    watch.finish(result)
}

/// Runs a statement, which ends with its result.
pub(super) async fn started(
    mut watch: Watch,
    run: impl Future<Output = Result<Outcome>>,
) -> Result<Outcome> {
    match watch.within(run).await {
        Ok(Outcome::Rows(rows)) => Ok(Outcome::Rows(Box::new(rows.watched(watch)))),
        Ok(Outcome::Done(result)) => {
            watch.succeed(result.known_rows_affected());
            Ok(Outcome::Done(result))
        }
        Err(error) => {
            watch.fail(&error);
            Err(error)
        }
    }
}
