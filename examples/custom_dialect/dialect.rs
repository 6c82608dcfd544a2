//! The dialect of the engine "Quarry" in code: its differences from standard SQL.

use flightsql::arrow::schema::TimeUnit::Millisecond;
use flightsql::dialect::LogicalType::{
    Bool, Decimal, Instant, Int8, Json, Text, Time, Timestamp, Uuid,
};
use flightsql::dialect::{DialectProfile, Place, Quote, SentAs, TransactionMode, TypeRule};

/// The dialect. `quarry.toml` is the same dialect as a file.
pub(crate) fn quarry() -> DialectProfile {
    let mut quarry = DialectProfile::new("quarry");
    quarry.identifiers.quote = Quote('`', '`');
    quarry.syntax.identifier_quotes = vec![Quote('`', '`')];
    quarry.parameters.placeholder = ":p{n}".into();
    quarry.parameters.column_name = Some("{name}".into());
    quarry.parameters.max_rows = Some(1);
    quarry.transactions.mode = TransactionMode::None;
    quarry.errors.unique_violation = vec!["duplicate key".into()];
    quarry.errors.retryable = vec!["quarry is busy".into()];
    quarry.detect.name = vec!["quarry".into()];
    let (instant, time) = (Timestamp(Some(Millisecond)), Time(Some(Millisecond)));
    quarry.types.map = vec![
        TypeRule::new(Text, Uuid).with_sql_type("UUID"),
        TypeRule::new(Text, Json).with_sql_type("JSON"),
        TypeRule::new(Text, Decimal(None)).with_sql_type("DECIMAL"),
        TypeRule::new(Text, Decimal(Some((39, 0)))).with_sql_type("LARGEINT"),
        TypeRule::new(Int8, Bool).with_sql_type("BOOL*"),
        // A TIME parameter is reported as a timestamp, although the engine reads a time.
        TypeRule::new(instant.clone(), time.clone())
            .with_sql_type("TIME")
            .with_place(Place::Parameter)
            .with_send(SentAs::Type(time.clone())),
        // Every DATETIME is in UTC.
        TypeRule::new(Timestamp(None), Instant(None)),
    ];
    for (means, sent, name) in [
        (Uuid, Text, "UUID"),
        (Json, Text, "JSON"),
        (Decimal(None), Text, "DECIMAL({precision},{scale})"),
        (Bool, Int8, "BOOL"),
        (Instant(None), instant, "DATETIME"),
        (Time(None), time, "TIME"),
    ] {
        // The sent type of a value if the engine reports no parameter type, and the name of the type in DDL.
        quarry.types.bind.insert(means.clone(), sent);
        quarry.types.names.insert(means, name.into());
    }
    quarry.types.names.insert(Text, "STRING".into());
    quarry
}
