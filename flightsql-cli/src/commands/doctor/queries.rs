//! The doctor's steps that run the simplest query of the engine, also with a parameter, and prepare it.

use std::time::{Duration, Instant};

use flightsql::dialect::{BindSupport, DialectProfile, Ping};
use flightsql::{
    AssertSqlSafe, Connection as _, Error, Executor as _, FlightSqlRow, Row as _, SqlSafeStr as _,
    Statement as _, TypeInfo as _, ValueRef as _,
};

use super::CheckContext;
use super::connect::millis;
use super::report::Verdict;

/// The simplest query of standard SQL.
const SELECT_ONE: &str = "SELECT 1";

/// Returns the statement that the dialect pings with, or [`SELECT_ONE`].
pub(super) fn simplest(dialect: &DialectProfile) -> String {
    match &dialect.session.ping {
        Ping::Statement(sql) => sql.clone(),
        _ => SELECT_ONE.to_owned(),
    }
}

/// Replaces the number of the simplest query: `VALUES 1` becomes `VALUES ?`. Returns `None` for a query of another form.
fn with_value(simplest: &str, value: &str) -> Option<String> {
    let (head, tail) = simplest.split_once('1')?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
    let is_number = head.ends_with([' ', '('])
        && head
            .chars()
            .all(|c| c.is_ascii_alphabetic() || " (".contains(c))
        && !tail.starts_with(is_name);
    is_number.then(|| format!("{head}{value}{tail}"))
}

pub(super) async fn query(context: &mut CheckContext) -> Result<Verdict, Error> {
    let sql = simplest(context.connection.dialect().profile());
    let begun = Instant::now();
    let fetched = context.connection.fetch_all(AssertSqlSafe(&*sql)).await;
    context.is_rejected = matches!(fetched, Err(Error::Database(_)));
    let rows = fetched?;
    let verdict = match with_value(&sql, "1") {
        Some(_) => expect(1, &rows, begun.elapsed())?,
        // The value of another query is not known.
        None => Verdict::ok(format!("{} rows ({})", rows.len(), millis(begun.elapsed()))),
    };
    context.queries = matches!(verdict, Verdict::Ok(_));
    Ok(match verdict {
        Verdict::Ok(fact) if sql != SELECT_ONE => Verdict::Ok(format!("{sql}: {fact}")),
        other => other,
    })
}

/// Connects to the servers that the simplest query's endpoints may be read from.
pub(super) async fn locations(context: &mut CheckContext) -> Result<Verdict, Error> {
    if context.is_rejected {
        return Ok(Verdict::Skipped("needs the query".to_owned()));
    }
    let sql = simplest(context.connection.dialect().profile());
    let places = context.connection.places_of(&sql).await?;
    let endpoints = match places.endpoints {
        1 => "1 endpoint".to_owned(),
        count => format!("{count} endpoints"),
    };
    if places.elsewhere.is_empty() {
        let text = format!("{endpoints}, read over this connection");
        return Ok(Verdict::Ok(text));
    }
    let is_reached = places.elsewhere.iter().any(|(_, outcome)| outcome.is_ok());
    let servers = places.elsewhere.into_iter().map(|(server, outcome)| {
        let outcome = match outcome {
            Ok(took) => millis(took),
            Err(error) => error.to_string(),
        };
        format!("{server} ({outcome})")
    });
    let servers: Vec<String> = servers.collect();
    let text = format!("{endpoints}, read at {}", servers.join(", "));
    Ok(match is_reached {
        true => Verdict::Ok(text),
        false => Verdict::failed(text, "check that this machine reaches these servers"),
    })
}

pub(super) async fn parameter(context: &mut CheckContext) -> Result<Verdict, Error> {
    let profile = context.connection.dialect().profile();
    let parameters = &profile.parameters;
    if let BindSupport::Refused(why) = &parameters.bind {
        return Ok(Verdict::Unsupported(why.clone()));
    }
    let placeholder = parameters.placeholder(1);
    // The cast states the type for engines that do not derive it from the value.
    let value = format!("CAST({placeholder} AS BIGINT)");
    let Some(sql) = with_value(&simplest(profile), &value) else {
        let why = "the ping statement of the dialect has no number to replace with a parameter";
        return Ok(Verdict::Skipped(why.to_owned()));
    };
    let begun = Instant::now();
    let query = flightsql::query(AssertSqlSafe(sql)).bind(42_i64);
    let rows = query.fetch_all(&mut context.connection).await?;
    Ok(match expect(42, &rows, begun.elapsed())? {
        Verdict::Ok(fact) => Verdict::Ok(format!("{placeholder} {fact}")),
        other => other,
    })
}

/// Compares the value of a result with the expected number, which may arrive in another type.
fn expect(wanted: i32, rows: &[FlightSqlRow], took: Duration) -> Result<Verdict, Error> {
    let took = millis(took);
    let wrong = |found: &str| {
        Verdict::wrong(
            format!("the server returned {found} instead of {wanted}"),
            "do not trust results of this server until it is fixed",
        )
    };
    let [row] = rows else {
        return Ok(wrong(&format!("{} rows", rows.len())));
    };
    let value = row.try_get_raw(0)?;
    if let Ok(number) = row.try_get::<i64, _>(0) {
        return Ok(match number == i64::from(wanted) {
            true => Verdict::ok(format!("returned {wanted} ({took})")),
            false => wrong(&number.to_string()),
        });
    }
    let (text, data_type) = (value.to_string(), value.type_info().name().to_owned());
    let number = text.trim().parse::<f64>();
    Ok(
        match number.is_ok_and(|number| (number - f64::from(wanted)).abs() < f64::EPSILON) {
            true => Verdict::ok(format!("returned {wanted} as {data_type} ({took})")),
            false => wrong(&format!("a {data_type}")),
        },
    )
}

pub(super) async fn prepare(context: &mut CheckContext) -> Result<Verdict, Error> {
    let sql = match simplest(context.connection.dialect().profile()) {
        sql if sql == SELECT_ONE => "SELECT 1 AS prepared".to_owned(),
        sql => sql,
    };
    let connection = &mut context.connection;
    let before = connection.cached_statements_size();
    let statement = connection
        .prepare(AssertSqlSafe(&*sql).into_sql_str())
        .await?;
    // If the server does not prepare, the driver describes the statement in another way and has no handle.
    Ok(match connection.cached_statements_size() > before {
        true => Verdict::ok(match statement.columns().len() {
            0 => "the server does not report the columns".to_owned(),
            1 => "the server reports 1 column".to_owned(),
            more => format!("the server reports {more} columns for {sql}"),
        }),
        false => Verdict::Unsupported("statements are described, but not prepared".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::with_value;

    #[test]
    fn replaces_only_number_of_simplest_query() {
        for (simplest, expected) in [
            ("SELECT 1", Some("SELECT ?")),
            ("VALUES 1", Some("VALUES ?")),
            ("VALUES (1)", Some("VALUES (?)")),
            (
                "SELECT 1 FROM SYSIBM.SYSDUMMY1",
                Some("SELECT ? FROM SYSIBM.SYSDUMMY1"),
            ),
            ("SELECT 10", None),
            ("SELECT a1", None),
            ("SELECT '1'", None),
            ("SHOW TABLES", None),
        ] {
            assert_eq!(with_value(simplest, "?").as_deref(), expected, "{simplest}");
        }
    }
}
