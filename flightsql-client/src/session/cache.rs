//! Prepared statements of one session: least recently used ones are closed first.
//!
//! A statement belongs to the transaction in which it was prepared, or to none:
//! [`ActionCreatePreparedStatementRequest.transaction_id`](https://arrow.apache.org/docs/format/FlightSql.html#query-execution).
//! A statement that was prepared outside would autocommit inside a transaction. There are therefore two caches, and the inner
//! one ends with its transaction.

use hashlink::LruCache;
use prost::bytes::Bytes;

use crate::protocol::prepared::Prepared;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Autocommit,
    Transaction,
}

/// The number of times in a row that a statement is prepared again after a failure. A value that the server always refuses
/// therefore does not cost two more RPCs forever.
const MAX_FAILURES: u8 = 3;

/// The statement of one text, or its place after an eviction.
struct Entry {
    statement: Option<Prepared>,
    failures: u8,
}

type Cache = LruCache<String, Entry>;

pub(crate) struct Statements {
    capacity: usize,
    autocommit: Cache,
    transaction: Cache,
    /// Entries without a statement, in both.
    evicted: usize,
}

impl Statements {
    /// A capacity of 0 keeps none.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity,
            autocommit: LruCache::new(capacity),
            transaction: LruCache::new(capacity),
            evicted: 0,
        }
    }

    /// The statement, and the number of times in a row that it has failed.
    pub(crate) fn get(&mut self, scope: Scope, sql: &str) -> Option<(&mut Prepared, u8)> {
        let entry = self.cache(scope).get_mut(sql)?;
        Some((entry.statement.as_mut()?, entry.failures))
    }

    pub(crate) fn failures(&mut self, scope: Scope, sql: &str) -> u8 {
        let entry = self.cache(scope).get_mut(sql);
        entry.map_or(0, |entry| entry.failures)
    }

    /// Keeps a statement. The returned handle must be closed: the statement that it pushed out.
    pub(crate) fn insert(&mut self, scope: Scope, sql: &str, statement: Prepared) -> Option<Bytes> {
        let out = match self.cache(scope).get_mut(sql) {
            Some(entry) => entry.statement.replace(statement),
            None => {
                let entry = Entry {
                    statement: Some(statement),
                    failures: 0,
                };
                let cache = self.cache(scope);
                let is_full = cache.len() == cache.capacity();
                let oldest = is_full.then(|| cache.remove_lru()).flatten();
                cache.insert(sql.to_owned(), entry);
                oldest?.1.statement
            }
        };
        if out.is_none() {
            self.evicted -= 1;
        }
        out.map(|statement| statement.handle)
    }

    /// Removes a statement that has failed. The returned handle must be closed. Returns `None` if it is not cached, or has
    /// failed too often in a row; one that the server has `forgotten` is always removed.
    pub(crate) fn evict(&mut self, scope: Scope, sql: &str, forgotten: bool) -> Option<Bytes> {
        let entry = self.cache(scope).get_mut(sql)?;
        if entry.failures >= MAX_FAILURES && !forgotten {
            return None;
        }
        let statement = entry.statement.take()?;
        entry.failures = entry.failures.saturating_add(1);
        self.evicted += 1;
        Some(statement.handle)
    }

    pub(crate) fn succeeded(&mut self, scope: Scope, sql: &str) {
        if let Some(entry) = self.cache(scope).get_mut(sql) {
            entry.failures = 0;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.autocommit.len() + self.transaction.len() - self.evicted
    }

    pub(crate) fn is_enabled(&self) -> bool {
        self.capacity > 0
    }

    /// Empties one cache and gives its handles, to be closed.
    pub(crate) fn drain(&mut self, scope: Scope) -> Vec<Bytes> {
        let cache = self.cache(scope);
        let mut handles = Vec::with_capacity(cache.len());
        let mut evicted = 0;
        while let Some((_, entry)) = cache.remove_lru() {
            match entry.statement {
                Some(statement) => handles.push(statement.handle),
                None => evicted += 1,
            }
        }
        self.evicted -= evicted;
        handles
    }

    fn cache(&mut self, scope: Scope) -> &mut Cache {
        match scope {
            Scope::Autocommit => &mut self.autocommit,
            Scope::Transaction => &mut self.transaction,
        }
    }
}
