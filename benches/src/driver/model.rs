//! A struct for each table, with the derives that a user of the crate writes.

use chrono::NaiveDateTime;
use flightsql::{FlightSqlRow, FromArrow, FromRow, ToArrow};

use crate::data::{Checked, Checksum};

/// A row of any table.
pub(crate) trait Model:
    for<'r> FromRow<'r, FlightSqlRow>
    + for<'b> FromArrow<'b>
    + ToArrow
    + Checked
    + Clone
    + Send
    + Unpin
    + 'static
{
}

impl<T> Model for T where
    T: for<'r> FromRow<'r, FlightSqlRow>
        + for<'b> FromArrow<'b>
        + ToArrow
        + Checked
        + Clone
        + Send
        + Unpin
        + 'static
{
}

/// A row of `ints`.
#[derive(Debug, Clone, FromRow, FromArrow, ToArrow)]
pub(crate) struct Ints {
    a: i64,
    b: i64,
    c: i64,
    d: i64,
    e: i64,
}

/// A row of `mixed`.
#[derive(Debug, Clone, FromRow, FromArrow, ToArrow)]
pub(crate) struct Mixed {
    id: i64,
    value: Option<f64>,
    name: Option<String>,
    at: Option<NaiveDateTime>,
    flag: Option<bool>,
}

/// A row of `strings`.
#[derive(Debug, Clone, FromRow, FromArrow, ToArrow)]
pub(crate) struct Strings {
    a: String,
    b: String,
    c: String,
    d: String,
    e: String,
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
