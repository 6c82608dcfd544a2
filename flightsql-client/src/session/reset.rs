//! Resetting a session: its changes are undone, so that its next user finds it as it was opened.

use super::Session;
use super::changes::State;
use super::open;
use super::transaction::End;
use crate::dialect::CatalogTarget;
use crate::error::Result;
use crate::protocol::session::{self, Settings};
use crate::transport::deadline::within;

const RESET: &str = "reset_session";

impl Session {
    /// Undoes what was changed since the session was opened, for its next user. Returns `false` if something cannot be undone;
    /// the session must then be closed. Sends nothing if nothing was changed.
    ///
    /// - An open transaction is rolled back, also one that a statement such as `BEGIN` began.
    /// - Session options that were set at run time get the value of the connect options, or are erased.
    /// - After `USE`, the catalog and schema of the connect options are selected again. Without them, `USE` cannot be undone.
    /// - After `SET`, the statements `session.reset` of the dialect run, and then the first statements of a connection.
    ///   Without such statements, `SET` cannot be undone.
    /// - Temporary tables, attached databases and the like cannot be undone.
    ///
    /// The client recognizes statements by their first words. A function that changes the session is not recognized.
    ///
    /// # Errors
    /// Returns an error if the server refuses a step, or if all steps together take longer than `close_timeout`. Close the
    /// session then.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, what was not undone still counts as changed.
    pub async fn reset_session(&mut self) -> Result<bool> {
        if self.is_broken() {
            return Ok(false);
        }
        if !self.is_changed() && !self.is_in_transaction() {
            return Ok(true);
        }
        let changed = self.changes.state();
        if !self.can_undo(&changed) {
            return Ok(false);
        }
        let limit = self.options().timeouts.close;
        let undone = Box::pin(self.undo(&changed));
        let undone = within(undone, RESET, "close_timeout", limit).await;
        undone.map_err(|error| self.masked(error))
    }

    fn can_undo(&self, changed: &State) -> bool {
        let options = self.options();
        let session = &options.dialect.profile().session;
        let (catalog, schema) = (options.catalog.is_some(), options.schema.is_some());
        let own = usize::from(catalog) + usize::from(schema);
        let can_use = match &session.catalog {
            // A shorter name than that of the caller leaves one part of the selection.
            CatalogTarget::Statement => own >= changed.used,
            CatalogTarget::SessionOptions => catalog && schema,
            _ => false,
        };
        !changed.temporary
            && !changed.uncertain
            && (!changed.settings || !session.reset.is_empty())
            && (changed.used == 0 || can_use)
    }

    async fn undo(&mut self, changed: &State) -> Result<bool> {
        if self.depth() > 0 {
            self.abandon_savepoints();
            self.end_level(End::Rollback).await?;
        }
        if self.is_in_text_transaction() {
            self.run_internal("ROLLBACK").await?;
            if self.is_in_text_transaction() {
                return Ok(false);
            }
        }
        if !changed.options.is_empty() {
            let options = self.opening_options(changed);
            session::set(self.rpc(), options).await?;
        }
        if changed.settings {
            let statements = self.dialect().profile().session.reset.clone();
            for sql in statements {
                self.run_internal(&sql).await?;
            }
        }
        if changed.settings || changed.used > 0 {
            open::set_up(self).await?;
            self.clear_cached_statements();
        }
        self.forget_changes();
        Ok(true)
    }

    /// The options that were set at run time, with the values of the connect options. The others are erased.
    fn opening_options(&self, changed: &State) -> Settings {
        let opening = open::session_options(self.options());
        let names = changed.options.iter();
        names
            .map(|name| (name.clone(), opening.get(name).cloned().flatten()))
            .collect()
    }

    /// Runs a statement of the client itself to its end, without logging it.
    pub(super) async fn run_internal(&mut self, sql: &str) -> Result<()> {
        for statement in self.dialect().parse_script(sql) {
            let outcome = Box::pin(self.run_unwatched(&statement, None, false)).await?;
            outcome.drain().await?;
        }
        Ok(())
    }

    /// Declares the session on the server to be as it was opened.
    pub(super) fn forget_changes(&mut self) {
        self.drop_outdated_statements();
        self.changes.change(State::forget);
    }
}
