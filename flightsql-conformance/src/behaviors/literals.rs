//! Group `literals`: client-side binding (`binds=literal`). By default, the SQL contains the bare literal, and the engine
//! derives its type.

use flightsql::types::chrono::{DateTime, NaiveTime, Utc};
use flightsql::types::{Decimal, FlightSqlInterval};
use flightsql::{Error, FlightSql, FlightSqlQueryBuilderExt, QueryBuilder, query};

use super::binds::{at, echo, once};
use super::{Behavior, behavior, binds, updates};
use crate::context::{Context, sql};
use crate::verdict::{Stop, Verdict, check, same};

const GROUP: &str = "literals";

/// Creates a behavior over a connection with `binds=literal`.
macro_rules! written {
    ($name:literal, $about:literal, $run:path) => {
        behavior(GROUP, $name, $about, |context: Context| async move {
            refused_is_unsupported($run(context.with_literals()).await)
        })
    };
}

pub(super) fn all() -> Vec<Behavior> {
    let mut all = again();
    all.extend(types());
    all.extend(statements());
    all
}

/// The values of the group `binds`.
fn again() -> Vec<Behavior> {
    vec![
        written!("int", "integers of 32 and 64 bits", int),
        written!(
            "text",
            "text, including empty text and one character",
            binds::text
        ),
        written!("unicode", "text beyond ASCII", binds::unicode),
        written!("null", "NULL as a number and as text", null),
        written!(
            "float",
            "floating point numbers, exact to the last bit",
            binds::float
        ),
        written!("bool", "true and false", binds::bool),
        written!("date", "a date", binds::date),
        written!("timestamp", "a timestamp of microseconds", binds::timestamp),
        written!(
            "again",
            "one statement runs again with other values",
            binds::again
        ),
        written!(
            "twelve",
            "twelve parameters keep their order",
            binds::twelve
        ),
        written!(
            "wrong_number",
            "too few or too many values are an error, and the connection stays usable",
            binds::wrong_number
        ),
        written!(
            "quotes",
            "text with quotes, backslashes and comments stays data",
            binds::quotes
        ),
    ]
}

/// The types that some servers do not accept as parameters.
fn types() -> Vec<Behavior> {
    vec![
        written!("least", "the minimum integer of 64 bits", least),
        written!(
            "unsigned",
            "the maximum unsigned integer of 64 bits",
            unsigned
        ),
        written!("decimal", "exact decimals", decimal),
        written!("nan", "a NaN", nan),
        written!(
            "infinities",
            "the positive and the negative infinity",
            infinities
        ),
        written!("bytes", "bytes, including none", bytes),
        written!("time", "a time of day with microseconds", time),
        written!("timestamptz", "an instant with microseconds", timestamptz),
        written!("interval", "months, days and seconds", interval),
    ]
}

fn statements() -> Vec<Behavior> {
    vec![
        written!("list", "a list of numbers for IN", list),
        written!("empty_list", "an empty list for IN", empty_list),
        written!(
            "bound_insert",
            "one INSERT with bound values runs three times",
            updates::bound_insert
        ),
        written!(
            "many_rows",
            "one INSERT runs with three parameter sets",
            updates::many_rows
        ),
    ]
}

/// Treats the error for a value without a literal as unsupported.
fn refused_is_unsupported(verdict: Verdict) -> Verdict {
    match verdict {
        Err(Stop::Error(Error::Encode(why))) => Err(Stop::Unsupported(why.to_string())),
        verdict => verdict,
    }
}

async fn int(context: Context) -> Verdict {
    let ends = [i32::MIN.into(), i32::MAX.into(), i64::MIN + 1, i64::MAX];
    echo(&context, "int", &[0, -1]).await?;
    echo(&context, "int", &ends).await
}

async fn least(context: Context) -> Verdict {
    echo(&context, "int", &[i64::MIN]).await
}

async fn null(context: Context) -> Verdict {
    echo(&context, "null", &[None, Some(7_i64)]).await?;
    let rows = context.quirks().rows_query(1);
    let place = context.quirks().placeholder_text(1);
    let text = format!("SELECT n FROM ({rows}) AS t WHERE {place} IS NULL");
    let mut connection = context.connect().await?;
    for value in [None, Some("NULL")] {
        let found = query(sql(&*text)).bind(value);
        let found = found.fetch_all(&mut connection).await?;
        same("rows", found.len(), usize::from(value.is_none()))?;
    }
    Ok(())
}

async fn unsigned(context: Context) -> Verdict {
    echo(&context, "unsigned", &[u64::MAX]).await
}

async fn decimal(context: Context) -> Verdict {
    let values = [
        Decimal::new(1250, 2),
        Decimal::new(-1, 2),
        Decimal::new(1_234_567_890_123, 2),
    ];
    echo(&context, "decimal", &values).await
}

async fn nan(context: Context) -> Verdict {
    let text = context.quirks().echo(["float"])?;
    let value = once(&mut context.connect().await?, &text, f64::NAN).await?;
    check(value.is_nan(), format!("it is {value}"))
}

async fn infinities(context: Context) -> Verdict {
    echo(&context, "float", &[f64::INFINITY, f64::NEG_INFINITY]).await
}

async fn bytes(context: Context) -> Verdict {
    let values = [vec![0_u8, 0xff, 0x10, b'\''], Vec::new()];
    echo(&context, "bytes", &values).await
}

async fn time(context: Context) -> Verdict {
    let midnight = NaiveTime::default();
    echo(&context, "time", &[at()?.time(), midnight]).await
}

async fn timestamptz(context: Context) -> Verdict {
    let instant: DateTime<Utc> = at()?.and_utc();
    echo(&context, "timestamptz", &[instant]).await
}

async fn interval(context: Context) -> Verdict {
    let value = FlightSqlInterval {
        months: 14,
        days: -3,
        nanoseconds: 1_500_000_000,
    };
    echo(&context, "interval", &[value]).await
}

async fn list(context: Context) -> Verdict {
    within(&context, &[2, 3, 5]).await
}

async fn empty_list(context: Context) -> Verdict {
    within(&context, &[]).await
}

/// Selects these of the numbers 1 to 10.
async fn within(context: &Context, ids: &[i64]) -> Verdict {
    let mut connection = context.connect().await?;
    let rows = context.quirks().rows_query(10);
    let mut select = QueryBuilder::<FlightSql>::new("SELECT n FROM (");
    select.push(rows).push(") AS t WHERE n IN ");
    select.push_list(ids.iter().copied());
    let found = select.build_query_scalar::<i64>();
    let mut found = found.fetch_all(&mut connection).await?;
    found.sort_unstable();
    same("found", found.as_slice(), ids)?;
    context.answers(&mut connection).await
}
