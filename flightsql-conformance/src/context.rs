//! [`Context`]: the server and the quirks of a behavior.

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
            url: with_defaults(url, quirks.url_keys()).into(),
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
    for pair in keys.split('&').filter(|pair| !pair.is_empty()) {
        let (base, query) = url.split_once('?').unwrap_or((&url, ""));
        let base = match base.find(PREFIX) {
            Some(at) if name(pair) == "dialect" => &base[at + 1..],
            _ => base,
        };
        let kept = query.split('&').filter(|other| !other.is_empty());
        let kept = kept.filter(|other| name(other) != name(pair));
        let pairs: Vec<&str> = kept.chain([pair]).collect();
        url = format!("{base}?{}", pairs.join("&"));
    }
    url
}

/// Adds the keys that the URL does not have.
fn with_defaults(url: &str, keys: &[String]) -> String {
    let (base, query) = url.split_once('?').unwrap_or((url, ""));
    let has = |key: &str| {
        query.split('&').any(|pair| name(pair) == key)
            || (key == "dialect" && base.contains(PREFIX))
    };
    let missing = keys.iter().filter(|key| !has(name(key)));
    missing.fold(url.to_owned(), |url, key| with_key(&url, key))
}

/// Follows the name of a dialect in the scheme.
const PREFIX: &str = "+flightsql";

fn name(pair: &str) -> &str {
    pair.split('=').next().unwrap_or(pair)
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

#[cfg(test)]
mod tests {
    use super::{with_defaults, with_key};

    #[test]
    fn e4_the_dialect_of_the_url_wins_over_the_quirks() {
        let quirks = ["dialect=sqlite".to_owned(), "ping_after=0".to_owned()];
        for (url, expected) in [
            ("flightsql://h", "flightsql://h?dialect=sqlite&ping_after=0"),
            (
                "flightsql://h?dialect=duckdb",
                "flightsql://h?dialect=duckdb&ping_after=0",
            ),
            (
                "duckdb+flightsql+tcp://h:1",
                "duckdb+flightsql+tcp://h:1?ping_after=0",
            ),
            (
                "flightsql+tcp://h:1?ping_after=5s",
                "flightsql+tcp://h:1?ping_after=5s&dialect=sqlite",
            ),
        ] {
            assert_eq!(with_defaults(url, &quirks), expected);
        }
    }

    #[test]
    fn k9_the_key_of_a_behavior_replaces_that_of_the_url() {
        for (url, key, expected) in [
            (
                "flightsql://h?binds=literal&a=b",
                "binds=literal",
                "flightsql://h?a=b&binds=literal",
            ),
            (
                "duckdb+flightsql://h",
                "dialect=auto",
                "flightsql://h?dialect=auto",
            ),
            (
                "duckdb+flightsql://h",
                "binds=literal",
                "duckdb+flightsql://h?binds=literal",
            ),
            ("flightsql://h", "", "flightsql://h"),
        ] {
            assert_eq!(with_key(url, key), expected);
        }
    }
}
