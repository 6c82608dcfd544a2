//! [`Context`]: the server and the quirks of a behavior.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flightsql::{
    AssertSqlSafe, Connection, Executor, FlightSqlConnection, FlightSqlExecutor, FlightSqlRow,
    query_as, query_scalar,
};

use crate::quirks::Quirks;
use crate::verdict::{Stop, Verdict};

/// The server's URL and its quirks, from which each behavior opens its connections.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// The URL of the caller.
    plain: Arc<str>,
    url: Arc<str>,
    quirks: Arc<Quirks>,
    /// Statements that drop the tables of behaviors.
    leftovers: Arc<Mutex<Vec<String>>>,
}

/// Marks SQL as safe. It consists of the quirks, whose author is responsible for them.
pub(crate) fn sql(text: impl Into<String>) -> AssertSqlSafe<String> {
    AssertSqlSafe(text.into())
}

impl Context {
    pub(crate) fn new(url: &str, quirks: &Quirks) -> Self {
        Self {
            plain: url.into(),
            url: with_key(url, quirks.url_keys().join("&").as_str()).into(),
            quirks: Arc::new(quirks.clone()),
            leftovers: Arc::default(),
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// Opens a new connection.
    pub(crate) async fn connect(&self) -> Result<FlightSqlConnection, Stop> {
        self.connect_with("").await
    }

    /// Opens a new connection with additional URL keys, such as `ping_after=0`.
    pub(crate) async fn connect_with(&self, keys: &str) -> Result<FlightSqlConnection, Stop> {
        Ok(FlightSqlConnection::connect(&with_key(&self.url, keys)).await?)
    }

    /// Returns a context whose connections use `binds=literal`, with bare literals.
    pub(crate) fn with_literals(&self) -> Self {
        Self {
            url: with_key(&self.url, "binds=literal").into(),
            quirks: Arc::new(self.quirks.with_literals()),
            ..self.clone()
        }
    }

    /// Opens a new connection with these URL keys in place of those of the quirks.
    pub(crate) async fn connect_plainly(&self, keys: &str) -> Result<FlightSqlConnection, Stop> {
        Ok(FlightSqlConnection::connect(&with_key(&self.plain, keys)).await?)
    }

    /// Returns an unused table name. A table with this name is dropped after the behavior.
    pub(crate) fn table_name(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("conformance_{}_{number}", std::process::id());
        if let Some(drop) = self.quirks.drop_table_sql(&name) {
            self.lock().push(drop);
        }
        name
    }

    /// Creates an empty table of `id` and `name`.
    pub(crate) async fn table(&self, connection: &mut FlightSqlConnection) -> Result<String, Stop> {
        let name = self.table_name();
        let create = self.quirks.create_table_sql(&name)?;
        connection.execute(sql(create)).await?;
        Ok(name)
    }

    /// Returns the error of `result`, which must be one. "Unsupported" is passed on.
    pub(crate) fn refused<T>(
        &self,
        what: &str,
        result: Result<T, flightsql::Error>,
    ) -> Result<flightsql::Error, Stop> {
        match result {
            Ok(_) => Err(Stop::Wrong(format!("{what} is not an error"))),
            Err(error) if self.quirks.is_unsupported(&error) => Err(error.into()),
            Err(error) => Ok(error),
        }
    }

    /// Drops the created tables. Tables that cannot be dropped stay.
    pub(crate) async fn tidy(&self) {
        let statements = std::mem::take(&mut *self.lock());
        if statements.is_empty() {
            return;
        }
        let Ok(mut connection) = self.connect().await else {
            return;
        };
        for statement in statements.into_iter().rev() {
            // Most tables are already dropped.
            let _ = connection.execute(sql(statement)).await;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.leftovers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks that the connection returns the result of the simplest query.
    pub(crate) async fn answers(&self, connection: &mut FlightSqlConnection) -> Verdict {
        let row: FlightSqlRow = connection
            .fetch_one(sql(self.quirks.one_query().sql()))
            .await?;
        crate::verdict::same(
            "the simplest query",
            crate::verdict::shown(&row)?,
            self.quirks.one_query().value(),
        )
    }
}

/// Returns `url` with additional keys.
fn with_key(url: &str, keys: &str) -> String {
    let mut url = url.to_owned();
    if !keys.is_empty() {
        let separator = if url.contains('?') { '&' } else { '?' };
        // Writing to a string cannot fail.
        let _ = write!(url, "{separator}{keys}");
    }
    url
}

/// Counts the rows of a table.
pub(crate) async fn count<'c>(
    executor: impl FlightSqlExecutor<'c>,
    table: &str,
) -> Result<i64, Stop> {
    let text = sql(format!("SELECT COUNT(*) AS n FROM {table}"));
    Ok(query_scalar(text).fetch_one(executor).await?)
}

/// Returns the rows of a table of [`Context::table`], sorted.
pub(crate) async fn people<'c>(
    executor: impl FlightSqlExecutor<'c>,
    table: &str,
) -> Result<Vec<(i64, Option<String>)>, Stop> {
    let text = sql(format!("SELECT id, name FROM {table} ORDER BY id"));
    Ok(query_as(text).fetch_all(executor).await?)
}

/// Returns a row in the form of [`people`].
pub(crate) fn person(id: i64, name: &str) -> (i64, Option<String>) {
    (id, Some(name.to_owned()))
}
