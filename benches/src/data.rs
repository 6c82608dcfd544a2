//! The tables of the bench: their schemas, their rows, and a checksum over them.
//!
//! The server and the parent generate the same rows from the same seed, so the parent knows the expected checksum.
//! Values are a hash of (batch, row, column). Types are those of
//! [Arrow's columnar format](https://arrow.apache.org/docs/format/Columnar.html).

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// Rows of every batch but the last, as DataFusion and most engines send.
pub(crate) const BATCH_ROWS: usize = 8192;

/// Number of distinct batches. A longer table repeats them, so that the server's memory does not grow.
pub(crate) const DISTINCT_BATCHES: usize = 4;

/// The maximum number of rows of a query.
pub(crate) const MAX_ROWS: u64 = 1_000_000_000;

/// A table of the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Case {
    /// 5 x Int64, no NULL.
    Ints,
    /// Int64, Float64, Utf8 of 12 chars, Timestamp(us), Boolean; 10 % NULL in all but the first.
    Mixed,
    /// 5 x Utf8 of 32 chars, no NULL.
    Strings,
}

impl Case {
    /// All tables.
    pub(crate) const ALL: [Self; 3] = [Self::Ints, Self::Mixed, Self::Strings];

    /// Returns the table's name in SQL and in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ints => "ints",
            Self::Mixed => "mixed",
            Self::Strings => "strings",
        }
    }

    /// Returns the statement that reads `rows` rows of this table.
    pub(crate) fn sql(self, rows: u64) -> String {
        format!("SELECT * FROM {} LIMIT {rows}", self.name())
    }

    /// Returns the table's schema.
    pub(crate) fn schema(self) -> SchemaRef {
        let fields = match self {
            Self::Ints => plain_fields(["a", "b", "c", "d", "e"], &DataType::Int64),
            Self::Strings => plain_fields(["a", "b", "c", "d", "e"], &DataType::Utf8),
            Self::Mixed => vec![
                Field::new("id", DataType::Int64, false),
                Field::new("value", DataType::Float64, true),
                Field::new("name", DataType::Utf8, true),
                Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, None), true),
                Field::new("flag", DataType::Boolean, true),
            ],
        };
        Arc::new(Schema::new(fields))
    }

    /// Returns full batch `index`. The batches repeat after [`DISTINCT_BATCHES`].
    pub(crate) fn batch(self, index: usize) -> Result<RecordBatch, ArrowError> {
        let batch = index % DISTINCT_BATCHES;
        let columns: Vec<ArrayRef> = match self {
            Self::Ints => (0..5).map(|column| ints(batch, column)).collect(),
            Self::Strings => (0..5).map(|column| strings(batch, column)).collect(),
            Self::Mixed => mixed(batch),
        };
        RecordBatch::try_new(self.schema(), columns)
    }
}

/// Returns the sizes of the batches of a table of `rows` rows, in order.
pub(crate) fn batch_sizes(rows: u64) -> impl Iterator<Item = usize> + Send + 'static {
    let mut left = rows;
    std::iter::from_fn(move || {
        let size = usize::try_from(left).map_or(BATCH_ROWS, |left| left.min(BATCH_ROWS));
        left -= u64::try_from(size).unwrap_or(left).min(left);
        (size > 0).then_some(size)
    })
}

/// An order-sensitive hash of values, with one multiplication per 8 bytes.
#[derive(Debug, Default)]
pub(crate) struct Checksum(u64);

impl Checksum {
    /// State of the hash.
    pub(crate) fn finish(&self) -> u64 {
        self.0
    }

    /// Adds an integer, or a timestamp in microseconds.
    pub(crate) fn int(&mut self, value: i64) {
        self.word(value.cast_unsigned());
    }

    /// Adds a float by its bits.
    pub(crate) fn float(&mut self, value: Option<f64>) {
        self.word(value.map_or(NULL, f64::to_bits));
    }

    /// Adds a nullable timestamp in microseconds.
    pub(crate) fn micros(&mut self, value: Option<i64>) {
        self.word(value.map_or(NULL, i64::cast_unsigned));
    }

    /// Adds a nullable boolean.
    pub(crate) fn bool(&mut self, value: Option<bool>) {
        self.word(value.map_or(NULL, u64::from));
    }

    /// Adds a nullable string: its bytes, then its length.
    pub(crate) fn text(&mut self, value: Option<&str>) {
        let Some(text) = value else {
            return self.word(NULL);
        };
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
        self.word(u64::try_from(text.len()).unwrap_or(u64::MAX));
    }

    fn word(&mut self, word: u64) {
        self.0 = (self.0 ^ word)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29);
    }
}

/// Stands for NULL in the checksum; no value of the tables has these bits.
const NULL: u64 = 0x6E75_6C6C_6E75_6C6C;

/// A row that adds its columns, in order, to a checksum.
pub(crate) trait Checked {
    /// Adds all columns.
    fn add_to(&self, sum: &mut Checksum);
}

fn plain_fields(names: [&str; 5], data_type: &DataType) -> Vec<Field> {
    names
        .iter()
        .map(|name| Field::new(*name, data_type.clone(), false))
        .collect()
}

fn ints(batch: usize, column: usize) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(
        (0..BATCH_ROWS).map(|row| hash(batch, row, column).cast_signed()),
    ))
}

fn strings(batch: usize, column: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values((0..BATCH_ROWS).map(|row| {
        let hash = hash(batch, row, column);
        format!("{hash:016x}{:016x}", hash.rotate_left(17))
    })))
}

fn mixed(batch: usize) -> Vec<ArrayRef> {
    let rows = move |column| (0..BATCH_ROWS).map(move |row| hash(batch, row, column));
    let some = |hash: &u64| !(hash >> 32).is_multiple_of(10);
    let id = rows(0).map(|hash| (hash >> 1).cast_signed());
    let value = rows(1).map(|hash| some(&hash).then(|| hundredths(hash)));
    let name = rows(2).map(|hash| some(&hash).then(|| format!("name-{:07}", hash % 10_000_000)));
    let at =
        rows(3).map(|hash| some(&hash).then(|| 1_700_000_000_000_000 + (hash >> 16).cast_signed()));
    let flag = rows(4).map(|hash| some(&hash).then_some(hash & 1 == 1));
    vec![
        Arc::new(Int64Array::from_iter_values(id)),
        Arc::new(Float64Array::from_iter(value)),
        Arc::new(StringArray::from_iter(name)),
        Arc::new(TimestampMicrosecondArray::from_iter(at)),
        Arc::new(BooleanArray::from_iter(flag)),
    ]
}

fn hundredths(hash: u64) -> f64 {
    // Below 2^32, so that the float is exact.
    f64::from(u32::try_from(hash % 100_000_000).unwrap_or(0)) / 100.0
}

/// Hashes the position of a value with splitmix64.
fn hash(batch: usize, row: usize, column: usize) -> u64 {
    let place = (batch * BATCH_ROWS + row) * 8 + column + 1;
    let seed = u64::try_from(place).unwrap_or(u64::MAX);
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;

    use super::*;
    use crate::borrowed;

    #[test]
    fn batches_add_up_to_the_rows() {
        assert_eq!(batch_sizes(0).count(), 0);
        assert_eq!(batch_sizes(8192).collect::<Vec<_>>(), [8192]);
        assert_eq!(batch_sizes(20_000).collect::<Vec<_>>(), [8192, 8192, 3616]);
    }

    #[test]
    fn mixed_has_ten_percent_nulls_in_all_but_the_id() {
        let batch = Case::Mixed.batch(0).unwrap();
        assert_eq!(batch.column(0).null_count(), 0);
        for column in 1..5 {
            let nulls = batch.column(column).null_count();
            assert!((700..950).contains(&nulls), "column {column}: {nulls}");
        }
    }

    #[test]
    fn batches_differ_until_they_repeat() {
        for case in Case::ALL {
            let first = case.batch(0).unwrap();
            assert_ne!(first, case.batch(1).unwrap());
            assert_eq!(first, case.batch(DISTINCT_BATCHES).unwrap());
        }
    }

    #[test]
    fn checksum_sees_order_nulls_and_length() {
        let sum = |values: &[Option<&str>]| {
            let mut sum = Checksum::default();
            values.iter().for_each(|value| sum.text(*value));
            sum.finish()
        };
        assert_ne!(sum(&[Some("a"), Some("b")]), sum(&[Some("b"), Some("a")]));
        assert_ne!(sum(&[Some("a"), None]), sum(&[Some("a"), Some("")]));
        assert_ne!(sum(&[Some("a")]), sum(&[Some("a\0")]));
    }

    #[test]
    fn the_expected_checksum_is_that_of_the_rows() {
        let rows = u64::try_from(BATCH_ROWS).unwrap() + 1;
        for case in Case::ALL {
            let mut sum = Checksum::default();
            borrowed::add_batch(case, &case.batch(0).unwrap(), &mut sum).unwrap();
            borrowed::add_batch(case, &case.batch(1).unwrap().slice(0, 1), &mut sum).unwrap();
            assert_eq!(borrowed::expected(case, rows).unwrap(), sum.finish());
        }
    }
}
