//! The four tables, and their rows in `examples/data/*.csv`.

use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use csv::StringRecord;

pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Target types of the strings of a CSV column. `NA` is NULL in each of them.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Int,
    Float,
    Time,
}

use Kind::{Float, Int, Text, Time};

/// A CSV file and the table that it fills.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) create: &'static str,
    /// The CSV file's header and, in the same order, the table's columns.
    pub(crate) columns: &'static [(&'static str, Kind)],
}

pub(crate) const TABLES: [Table; 4] = [
    Table {
        name: "airlines",
        file: "airlines.csv",
        create: "CREATE TABLE airlines (carrier TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL)",
        columns: &[("carrier", Text), ("name", Text)],
    },
    Table {
        name: "airports",
        file: "airports.csv",
        create: "CREATE TABLE airports (
            faa TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, lat DOUBLE, lon DOUBLE,
            alt INTEGER, tz INTEGER, dst TEXT, tzone TEXT)",
        columns: &[
            ("faa", Text),
            ("name", Text),
            ("lat", Float),
            ("lon", Float),
            ("alt", Int),
            ("tz", Int),
            ("dst", Text),
            ("tzone", Text),
        ],
    },
    Table {
        name: "planes",
        file: "planes.csv",
        create: "CREATE TABLE planes (
            tailnum TEXT NOT NULL PRIMARY KEY, year INTEGER, type TEXT, manufacturer TEXT, model TEXT,
            engines INTEGER, seats INTEGER, speed INTEGER, engine TEXT)",
        columns: &[
            ("tailnum", Text),
            ("year", Int),
            ("type", Text),
            ("manufacturer", Text),
            ("model", Text),
            ("engines", Int),
            ("seats", Int),
            ("speed", Int),
            ("engine", Text),
        ],
    },
    Table {
        name: "flights",
        file: "flights_2013_01.csv",
        create: "CREATE TABLE flights (
            year INTEGER NOT NULL, month INTEGER NOT NULL, day INTEGER NOT NULL,
            dep_time INTEGER, sched_dep_time INTEGER NOT NULL, dep_delay INTEGER,
            arr_time INTEGER, sched_arr_time INTEGER NOT NULL, arr_delay INTEGER,
            carrier TEXT NOT NULL, flight INTEGER NOT NULL, tailnum TEXT, origin TEXT NOT NULL, dest TEXT NOT NULL,
            air_time INTEGER, distance INTEGER NOT NULL, hour INTEGER NOT NULL, minute INTEGER NOT NULL,
            time_hour TIMESTAMPTZ NOT NULL)",
        columns: &[
            ("year", Int),
            ("month", Int),
            ("day", Int),
            ("dep_time", Int),
            ("sched_dep_time", Int),
            ("dep_delay", Int),
            ("arr_time", Int),
            ("sched_arr_time", Int),
            ("arr_delay", Int),
            ("carrier", Text),
            ("flight", Int),
            ("tailnum", Text),
            ("origin", Text),
            ("dest", Text),
            ("air_time", Int),
            ("distance", Int),
            ("hour", Int),
            ("minute", Int),
            ("time_hour", Time),
        ],
    },
];

impl Table {
    pub(crate) fn column_names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }

    /// Reads all rows of the file, whose header must contain the table's columns in order.
    pub(crate) fn read(&self) -> Result<Vec<StringRecord>> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples/data")
            .join(self.file);
        let mut csv = csv::Reader::from_path(path)?;
        let expected = self.column_names();
        if csv.headers()? != expected {
            return Err(
                format!("the header is {:?}, expected {expected:?}", csv.headers()?).into(),
            );
        }
        Ok(csv.into_records().collect::<std::result::Result<_, _>>()?)
    }

    /// Parses a field. Returns `None` for `NA`.
    pub(crate) fn field<T: FromStr<Err: Display>>(
        &self,
        row: &StringRecord,
        column: usize,
    ) -> Result<Option<T>> {
        let text = row.get(column).filter(|text| *text != "NA");
        text.map(str::parse).transpose().map_err(|error| {
            let line = row.position().map_or(0, csv::Position::line);
            format!("line {line}, column {}: {error}", self.columns[column].0).into()
        })
    }
}
