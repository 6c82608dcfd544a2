//! A struct for each table, with `FromRow` as `#[derive(FromRow)]` writes it: `try_get` by name, column by column.

use chrono::NaiveDateTime;
use flightsql::{Error, FlightSqlRow, FromRow, Row};

use crate::data::{Checked, Checksum};

/// A row of any table.
pub(crate) trait Model: for<'r> FromRow<'r, FlightSqlRow> + Checked + Send + Unpin {}

impl<T: for<'r> FromRow<'r, FlightSqlRow> + Checked + Send + Unpin> Model for T {}

/// A row of `ints`.
#[derive(Debug)]
pub(crate) struct Ints {
    a: i64,
    b: i64,
    c: i64,
    d: i64,
    e: i64,
}

/// A row of `mixed`.
#[derive(Debug)]
pub(crate) struct Mixed {
    id: i64,
    value: Option<f64>,
    name: Option<String>,
    at: Option<NaiveDateTime>,
    flag: Option<bool>,
}

/// A row of `strings`.
#[derive(Debug)]
pub(crate) struct Strings {
    a: String,
    b: String,
    c: String,
    d: String,
    e: String,
}

impl<'r> FromRow<'r, FlightSqlRow> for Ints {
    fn from_row(row: &'r FlightSqlRow) -> Result<Self, Error> {
        let a = row.try_get("a")?;
        let b = row.try_get("b")?;
        let c = row.try_get("c")?;
        let d = row.try_get("d")?;
        let e = row.try_get("e")?;
        Ok(Self { a, b, c, d, e })
    }
}

impl<'r> FromRow<'r, FlightSqlRow> for Mixed {
    fn from_row(row: &'r FlightSqlRow) -> Result<Self, Error> {
        let id = row.try_get("id")?;
        let value = row.try_get("value")?;
        let name = row.try_get("name")?;
        let at = row.try_get("at")?;
        let flag = row.try_get("flag")?;
        Ok(Self {
            id,
            value,
            name,
            at,
            flag,
        })
    }
}

impl<'r> FromRow<'r, FlightSqlRow> for Strings {
    fn from_row(row: &'r FlightSqlRow) -> Result<Self, Error> {
        let a = row.try_get("a")?;
        let b = row.try_get("b")?;
        let c = row.try_get("c")?;
        let d = row.try_get("d")?;
        let e = row.try_get("e")?;
        Ok(Self { a, b, c, d, e })
    }
}

impl Checked for Ints {
    fn add_to(&self, sum: &mut Checksum) {
        for value in [self.a, self.b, self.c, self.d, self.e] {
            sum.int(value);
        }
    }
}

impl Checked for Mixed {
    fn add_to(&self, sum: &mut Checksum) {
        sum.int(self.id);
        sum.float(self.value);
        sum.text(self.name.as_deref());
        sum.micros(self.at.map(|at| at.and_utc().timestamp_micros()));
        sum.bool(self.flag);
    }
}

impl Checked for Strings {
    fn add_to(&self, sum: &mut Checksum) {
        for value in [&self.a, &self.b, &self.c, &self.d, &self.e] {
            sum.text(Some(value));
        }
    }
}
