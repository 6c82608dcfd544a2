//! Group `binds`: parameters of queries with server-side binding.

use flightsql::types::chrono::{NaiveDate, NaiveDateTime};
use flightsql::{Decode, Encode, FlightSql, FlightSqlConnection, Row, Type, query};

use super::{Behavior, behavior};
use crate::context::{Context, sql};
use crate::verdict::{Stop, Verdict, same};

const GROUP: &str = "binds";

pub(super) fn all() -> Vec<Behavior> {
    vec![
        behavior(
            GROUP,
            "int",
            "integers, including the limits of 64 bits",
            int,
        ),
        behavior(
            GROUP,
            "text",
            "text, including empty text and one character",
            text,
        ),
        behavior(GROUP, "unicode", "text beyond ASCII", unicode),
        behavior(GROUP, "null", "NULL as a number and as text", null),
        behavior(GROUP, "float", "floating point numbers", float),
        behavior(GROUP, "bool", "true and false", bool),
        behavior(GROUP, "date", "a date", date),
        behavior(GROUP, "timestamp", "a timestamp of microseconds", timestamp),
        behavior(
            GROUP,
            "again",
            "one statement runs again with other values",
            again,
        ),
        behavior(
            GROUP,
            "twelve",
            "twelve parameters keep their order",
            twelve,
        ),
        behavior(
            GROUP,
            "wrong_number",
            "too few or too many values are an error, and the connection stays usable",
            wrong_number,
        ),
        behavior(
            GROUP,
            "quotes",
            "text with quotes, comments and placeholders stays data",
            quotes,
        ),
    ]
}

/// Binds each value and reads it back.
pub(super) async fn echo<T>(context: &Context, kind: &str, values: &[T]) -> Verdict
where
    T: for<'q> Encode<'q, FlightSql> + for<'r> Decode<'r, FlightSql> + Type<FlightSql>,
    T: PartialEq + std::fmt::Debug + Clone + Send,
{
    let text = context.quirks().echo([kind])?;
    let mut connection = context.connect().await?;
    for value in values {
        same(
            kind,
            &once(&mut connection, &text, value.clone()).await?,
            value,
        )?;
    }
    Ok(())
}

pub(super) async fn once<T>(
    connection: &mut FlightSqlConnection,
    text: &str,
    value: T,
) -> Result<T, Stop>
where
    T: for<'q> Encode<'q, FlightSql> + for<'r> Decode<'r, FlightSql> + Type<FlightSql>,
{
    let row = query(sql(text)).bind(value).fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}

async fn int(context: Context) -> Verdict {
    echo(
        &context,
        "int",
        &[0, -1, i64::from(i32::MAX), i64::MAX, i64::MIN],
    )
    .await
}

pub(super) async fn text(context: Context) -> Verdict {
    echo(&context, "text", &["Ada", "", "x"].map(str::to_owned)).await
}

pub(super) async fn unicode(context: Context) -> Verdict {
    echo(&context, "text", &["grüße 世界 🦀".to_owned()]).await
}

async fn null(context: Context) -> Verdict {
    echo(&context, "int", &[None, Some(7_i64)]).await?;
    echo(&context, "text", &[None, Some("seven".to_owned())]).await
}

pub(super) async fn float(context: Context) -> Verdict {
    echo(
        &context,
        "float",
        &[1.5, -0.25, 0.1, 1e300, 5e-324, 0.3 - 0.1],
    )
    .await
}

pub(super) async fn bool(context: Context) -> Verdict {
    let text = context.quirks().echo(["bool"])?;
    let mut connection = context.connect().await?;
    for value in [true, false] {
        let row = query(sql(&text))
            .bind(value)
            .fetch_one(&mut connection)
            .await?;
        // An engine without booleans returns the integer that its dialect binds.
        let found = row
            .try_get::<bool, _>(0)
            .or_else(|error| match row.try_get::<i64, _>(0) {
                Ok(number @ (0 | 1)) => Ok(number == 1),
                _ => Err(error),
            });
        same("bool", &found?, &value)?;
    }
    Ok(())
}

/// Returns 2024-05-01, a value that the quirks can compare with.
fn day() -> Result<NaiveDate, Stop> {
    let day = NaiveDate::from_ymd_opt(2024, 5, 1);
    day.ok_or_else(|| Stop::Wrong("the date is not valid".to_owned()))
}

/// Returns 2024-05-01 12:34:56.123456, also for comparisons.
pub(super) fn at() -> Result<NaiveDateTime, Stop> {
    let time = day()?.and_hms_micro_opt(12, 34, 56, 123_456);
    time.ok_or_else(|| Stop::Wrong("the time is not valid".to_owned()))
}

pub(super) async fn date(context: Context) -> Verdict {
    echo(&context, "date", &[day()?]).await
}

pub(super) async fn timestamp(context: Context) -> Verdict {
    echo(&context, "timestamp", &[at()?]).await
}

pub(super) async fn again(context: Context) -> Verdict {
    let text = context.quirks().echo(["int", "text"])?;
    let mut connection = context.connect().await?;
    for (number, name) in [(1_i64, "Ada"), (3, "Edsger"), (2, "Grace"), (1, "Ada")] {
        let query = query(sql(&*text)).bind(number).bind(name);
        let row = query.fetch_one(&mut connection).await?;
        same("number", row.try_get::<i64, _>("c1")?, number)?;
        same("text", row.try_get::<&str, _>("c2")?, name)?;
    }
    Ok(())
}

pub(super) async fn twelve(context: Context) -> Verdict {
    let text = context.quirks().echo(["int"; 12])?;
    let mut connection = context.connect().await?;
    let mut query = query(sql(text));
    for n in 1..=12_i64 {
        query = query.bind(100 + n);
    }
    let row = query.fetch_one(&mut connection).await?;
    for n in 1..=12_i64 {
        let name = format!("c{n}");
        same(&name, row.try_get::<i64, _>(&*name)?, 100 + n)?;
    }
    Ok(())
}

pub(super) async fn wrong_number(context: Context) -> Verdict {
    let text = context.quirks().echo(["int", "int"])?;
    let mut connection = context.connect().await?;
    let few = query(sql(&*text)).bind(1_i64).fetch_all(&mut connection);
    context.refused("one value for two parameters", few.await)?;
    let many = query(sql(&*text)).bind(1_i64).bind(2_i64).bind(3_i64);
    context.refused(
        "three values for two parameters",
        many.fetch_all(&mut connection).await,
    )?;
    let right = query(sql(text)).bind(1_i64).bind(2_i64);
    let row = right.fetch_one(&mut connection).await?;
    same("second", row.try_get::<i64, _>(1)?, 2)
}

pub(super) async fn quotes(context: Context) -> Verdict {
    let strings = [
        "it's",
        "'; DROP TABLE people; --",
        r#"a "name" \ ? $1 :x {} /* % */"#,
        "two\nlines",
    ];
    echo(&context, "text", &strings.map(str::to_owned)).await
}
