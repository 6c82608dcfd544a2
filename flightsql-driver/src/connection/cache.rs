//! Prepared statements of one connection (layer 4): least recently used ones are closed first.
//!
//! A statement belongs to the transaction it was prepared in, or to none: the protocol says so in
//! [`ActionCreatePreparedStatementRequest.transaction_id`](https://arrow.apache.org/docs/format/FlightSql.html#query-execution).
//! One prepared outside would commit by itself when run inside a transaction. So there are two caches, and
//! the inner one ends with its transaction.

use std::sync::Arc;

use prost::bytes::Bytes;
use sqlx_core::common::StatementCache;

use crate::protocol::prepared::Prepared;
use crate::value::Meta;

/// A statement that the server prepared, with its columns read once.
#[derive(Debug, Clone)]
pub(crate) struct CachedStatement {
    pub(crate) prepared: Prepared,
    pub(crate) columns: Arc<Meta>,
}

/// Where a statement belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Autocommit,
    Transaction,
}

/// The statements of one connection, by their text.
pub(crate) struct Statements {
    capacity: usize,
    autocommit: StatementCache<CachedStatement>,
    transaction: StatementCache<CachedStatement>,
}

impl Statements {
    /// A capacity of 0 keeps none.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            autocommit: StatementCache::new(capacity),
            transaction: StatementCache::new(capacity),
        }
    }

    pub(crate) fn get(&mut self, scope: Scope, sql: &str) -> Option<&mut CachedStatement> {
        self.cache(scope).get_mut(sql)
    }

    /// Keeps a statement. What comes back must be closed: the one that it pushed out.
    pub(crate) fn insert(
        &mut self,
        scope: Scope,
        sql: &str,
        statement: CachedStatement,
    ) -> Option<Bytes> {
        let out = self.cache(scope).insert(sql, statement);
        out.map(|statement| statement.prepared.handle)
    }

    pub(crate) fn len(&self) -> usize {
        self.autocommit.len() + self.transaction.len()
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.capacity > 0
    }

    /// Empties one cache and gives its handles, to be closed.
    pub(crate) fn drain(&mut self, scope: Scope) -> Vec<Bytes> {
        let cache = self.cache(scope);
        let mut handles = Vec::with_capacity(cache.len());
        while let Some(statement) = cache.remove_lru() {
            handles.push(statement.prepared.handle);
        }
        handles
    }

    fn cache(&mut self, scope: Scope) -> &mut StatementCache<CachedStatement> {
        match scope {
            Scope::Autocommit => &mut self.autocommit,
            Scope::Transaction => &mut self.transaction,
        }
    }
}
