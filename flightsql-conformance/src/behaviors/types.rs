//! Group `types`: a value of each type, as a Rust value and as text.

mod cases;

use std::sync::Arc;

use flightsql::{Executor, FlightSqlRow, Row, ValueRef};

use self::cases::Case;
use super::{Behavior, behavior};
use crate::context::{Context, sql};
use crate::quirks::Quirks;
use crate::verdict::{Stop, Verdict, same, shown};

pub(super) use self::cases::{I64, TEXT};

const GROUP: &str = "types";

pub(super) fn all() -> Vec<Behavior> {
    let values = cases::all().into_iter().map(|case| {
        let about = format!("a value of the type, read as `{}`", case.rust);
        let case = Arc::new(case);
        behavior(GROUP, case.name, &about, {
            let case = Arc::clone(&case);
            move |context| value(context, Arc::clone(&case))
        })
    });
    let about = "a NULL of every type of the engine";
    values
        .chain([behavior(GROUP, "nulls", about, nulls)])
        .collect()
}

/// Returns the engine's expression for the value of a case.
pub(super) fn expression(quirks: &Quirks, name: &str) -> Result<String, Stop> {
    if let Some(literal) = quirks.literal_of(name) {
        return Ok(literal.expression.clone());
    }
    let standard = cases::all().into_iter().find(|case| case.name == name);
    let standard = standard.and_then(|case| case.standard);
    standard.map(str::to_owned).ok_or_else(|| {
        Stop::NotTried(
            "standard SQL has no such type, and the quirks define no expression".to_owned(),
        )
    })
}

async fn value(context: Context, case: Arc<Case>) -> Verdict {
    let quirks = context.quirks();
    let text = format!("SELECT {} AS v", expression(quirks, case.name)?);
    let mut connection = context.connect().await?;
    let rows = connection.fetch_all(sql(text)).await?;
    same("rows", rows.len(), 1)?;
    (case.check)(&rows[0])?;
    let special = quirks
        .literal_of(case.name)
        .and_then(|literal| literal.shown.as_deref());
    let seen = shown(&rows[0])?;
    // A dialect may read a timestamp without a zone as an instant in UTC.
    let seen = match case.name.starts_with("timestamp_") {
        true => seen.trim_end_matches('Z'),
        false => &seen,
    };
    same("text", seen, special.unwrap_or(case.shown))
}

async fn nulls(context: Context) -> Verdict {
    let quirks = context.quirks();
    let mut connection = context.connect().await?;
    let mut wrong = Vec::new();
    for case in cases::all() {
        let skipped = quirks.reason_to_skip(&format!("{GROUP}.{}", case.name));
        let Ok(expression) = expression(quirks, case.name) else {
            continue;
        };
        if skipped.is_some() {
            continue;
        }
        let text = format!("SELECT CASE WHEN 1 = 0 THEN {expression} END AS v");
        let found = match connection.fetch_all(sql(text)).await {
            Ok(rows) => one_null(&rows, &case),
            Err(error) if quirks.is_unsupported(&error) => continue,
            Err(error) => Err(error.to_string()),
        };
        if let Err(what) = found {
            wrong.push(format!("{}: {what}", case.name));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Stop::Wrong(wrong.join("; ")))
}

fn one_null(rows: &[FlightSqlRow], case: &Case) -> Result<(), String> {
    let [row] = rows else {
        return Err(format!("{} rows", rows.len()));
    };
    let value = row.try_get_raw(0).map_err(|error| error.to_string())?;
    if !value.is_null() {
        return Err(format!("is {value}"));
    }
    (case.null)(row).map_err(|error| error.to_string())
}
