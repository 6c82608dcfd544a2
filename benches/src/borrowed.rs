//! Rows as structs that borrow from their batch, as in a hand-written reader without a driver (baseline-2).
//!
//! These readers also compute the checksum of a batch for the variants that do not read the batch.

use arrow_array::{
    Array, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};

use crate::Result;
use crate::data::{Case, Checked, Checksum, batch_sizes};

/// A row that borrows from its batch.
pub(crate) trait Borrowed<'a>: Sized + Checked {
    /// Returns all rows of `batch`.
    fn rows(batch: &'a RecordBatch) -> Result<Vec<Self>>;
}

/// A row of `ints`.
#[derive(Debug)]
pub(crate) struct IntsRef([i64; 5]);

/// A row of `mixed`; the timestamp is in microseconds.
#[derive(Debug)]
pub(crate) struct MixedRef<'a> {
    id: i64,
    value: Option<f64>,
    name: Option<&'a str>,
    at: Option<i64>,
    flag: Option<bool>,
}

/// A row of `strings`.
#[derive(Debug)]
pub(crate) struct StringsRef<'a>([&'a str; 5]);

impl<'a> Borrowed<'a> for IntsRef {
    fn rows(batch: &'a RecordBatch) -> Result<Vec<Self>> {
        let [a, b, c, d, e] = five::<Int64Array>(batch)?.map(|column| column.values().as_ref());
        let columns = a.iter().zip(b).zip(c).zip(d).zip(e);
        Ok(columns
            .map(|((((a, b), c), d), e)| Self([*a, *b, *c, *d, *e]))
            .collect())
    }
}

impl<'a> Borrowed<'a> for MixedRef<'a> {
    fn rows(batch: &'a RecordBatch) -> Result<Vec<Self>> {
        let id = column::<Int64Array>(batch, 0)?;
        let value = column::<Float64Array>(batch, 1)?;
        let name = column::<StringArray>(batch, 2)?;
        let at = column::<TimestampMicrosecondArray>(batch, 3)?;
        let flag = column::<BooleanArray>(batch, 4)?;
        Ok((0..batch.num_rows())
            .map(|row| Self {
                id: id.value(row),
                value: value.is_valid(row).then(|| value.value(row)),
                name: name.is_valid(row).then(|| name.value(row)),
                at: at.is_valid(row).then(|| at.value(row)),
                flag: flag.is_valid(row).then(|| flag.value(row)),
            })
            .collect())
    }
}

impl<'a> Borrowed<'a> for StringsRef<'a> {
    fn rows(batch: &'a RecordBatch) -> Result<Vec<Self>> {
        let columns = five::<StringArray>(batch)?;
        Ok((0..batch.num_rows())
            .map(|row| Self(columns.map(|column| column.value(row))))
            .collect())
    }
}

impl Checked for IntsRef {
    fn add_to(&self, sum: &mut Checksum) {
        self.0.iter().for_each(|value| sum.int(*value));
    }
}

impl Checked for MixedRef<'_> {
    fn add_to(&self, sum: &mut Checksum) {
        sum.int(self.id);
        sum.float(self.value);
        sum.text(self.name);
        sum.micros(self.at);
        sum.bool(self.flag);
    }
}

impl Checked for StringsRef<'_> {
    fn add_to(&self, sum: &mut Checksum) {
        self.0.iter().for_each(|value| sum.text(Some(value)));
    }
}

/// Adds every value of `batch` to `sum`, row by row.
pub(crate) fn add_batch(case: Case, batch: &RecordBatch, sum: &mut Checksum) -> Result<()> {
    match case {
        Case::Ints => add_rows::<IntsRef>(batch, sum),
        Case::Mixed => add_rows::<MixedRef<'_>>(batch, sum),
        Case::Strings => add_rows::<StringsRef<'_>>(batch, sum),
    }
}

/// Returns the checksum that every reader of `rows` rows of `case` must compute.
pub(crate) fn expected(case: Case, rows: u64) -> Result<u64> {
    let mut distinct = Vec::new();
    let mut sum = Checksum::default();
    for (index, size) in batch_sizes(rows).enumerate() {
        let place = index % crate::data::DISTINCT_BATCHES;
        if distinct.len() <= place {
            distinct.push(case.batch(place)?);
        }
        add_batch(case, &distinct[place].slice(0, size), &mut sum)?;
    }
    Ok(sum.finish())
}

/// Returns the batches of a table of `rows` rows. Equal batches share their memory.
pub(crate) fn table_batches(case: Case, rows: u64) -> Result<Vec<RecordBatch>> {
    let distinct = (0..crate::data::DISTINCT_BATCHES).map(|index| case.batch(index));
    let distinct: Vec<RecordBatch> = distinct.collect::<std::result::Result<_, _>>()?;
    let sizes = batch_sizes(rows).zip(distinct.iter().cycle());
    Ok(sizes.map(|(size, batch)| batch.slice(0, size)).collect())
}

fn add_rows<'a, B: Borrowed<'a>>(batch: &'a RecordBatch, sum: &mut Checksum) -> Result<()> {
    B::rows(batch)?.iter().for_each(|row| row.add_to(sum));
    Ok(())
}

fn five<A: Array + 'static>(batch: &RecordBatch) -> Result<[&A; 5]> {
    Ok([
        column(batch, 0)?,
        column(batch, 1)?,
        column(batch, 2)?,
        column(batch, 3)?,
        column(batch, 4)?,
    ])
}

fn column<A: Array + 'static>(batch: &RecordBatch, index: usize) -> Result<&A> {
    let array = batch.columns().get(index).map(AsRef::as_ref);
    array
        .and_then(|array| array.as_any().downcast_ref())
        .ok_or_else(|| format!("column {index} is missing or has another type").into())
}
