//! Rows of structs as record batches of a bounded size.

use std::fmt;

use arrow_array::RecordBatch;
use sqlx_core::error::Error;

use super::ToArrow;
use crate::arrow::size_of_rows;
use crate::value::inside::Inside;

/// Fits the caches of the processor: 1024 rows per batch cost a quarter more per row, and 65536 rows exceed the caches.
const MAX_ROWS: usize = 8192;

/// The size of a batch of large rows: small enough for several in memory, and several messages.
const MAX_BYTES: usize = 16 << 20;

/// The number of rows in the first batch, which shows the size of a row.
const FIRST_ROWS: usize = 64;

/// The maximum factor between the numbers of rows in two batches, since later rows may be larger.
const GROWTH: usize = 4;

/// The values of a column have more bytes or items than its offsets can count.
#[derive(Debug)]
pub(super) struct TooLarge(pub(super) &'static str);

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; write fewer rows at a time", self.0)
    }
}

impl std::error::Error for TooLarge {}

impl TooLarge {
    fn is_in(error: &Error) -> bool {
        matches!(error, Error::Encode(error) if Inside::cause(&**error).is::<Self>())
    }
}

/// Iterates over the batches of rows; one batch without rows if there are none.
pub(crate) struct Parts<'r, T> {
    /// `None` after the last batch, and after an error.
    rows: Option<&'r [T]>,
    /// The number of rows in the next batch.
    step: usize,
}

impl<'r, T: ToArrow> Parts<'r, T> {
    pub(crate) fn of(rows: &'r [T]) -> Self {
        Self {
            rows: Some(rows),
            step: FIRST_ROWS,
        }
    }

    fn take(&mut self, rows: &'r [T]) -> Result<RecordBatch, Error> {
        loop {
            let (part, rest) = rows.split_at(self.step.min(rows.len()));
            match T::to_arrow(part) {
                Err(error) if part.len() > 1 && TooLarge::is_in(&error) => {
                    self.step = part.len() / 2;
                }
                Err(error) => return Err(error),
                Ok(batch) => {
                    let per_row = size_of_rows(&batch) / part.len().max(1);
                    let step = (MAX_BYTES / per_row.max(1)).min(GROWTH * part.len());
                    self.step = step.clamp(1, MAX_ROWS);
                    self.rows = (!rest.is_empty()).then_some(rest);
                    return Ok(batch);
                }
            }
        }
    }
}

impl<T: ToArrow> Iterator for Parts<'_, T> {
    type Item = Result<RecordBatch, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.rows.take()?;
        Some(self.take(rows))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, StringArray};
    use arrow_schema::{DataType, Field, Schema, SchemaRef};

    use super::*;

    /// A text; a batch of more than 4 KiB of the letter `x` is too large.
    struct Row(String);

    impl ToArrow for Row {
        fn schema() -> SchemaRef {
            Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8, false)]))
        }

        fn to_arrow(rows: &[Self]) -> Result<RecordBatch, Error> {
            let x = rows.iter().filter(|row| row.0.starts_with('x'));
            if x.map(|row| row.0.len()).sum::<usize>() > 4096 {
                let cause = TooLarge("too many of x").into();
                return Err(Error::Encode(Inside::error("column".to_owned(), cause)));
            }
            let texts: StringArray = rows.iter().map(|row| Some(&*row.0)).collect();
            let texts: ArrayRef = Arc::new(texts);
            RecordBatch::try_new(Self::schema(), vec![texts])
                .map_err(|error| Error::Encode(error.into()))
        }
    }

    fn sizes(rows: &[Row]) -> Vec<usize> {
        let batches: Vec<_> = Parts::of(rows).map(Result::unwrap).collect();
        let texts = batches.iter().flat_map(|batch| {
            let texts = batch.column(0).as_any().downcast_ref::<StringArray>();
            texts.unwrap().iter().map(|text| text.unwrap().to_owned())
        });
        assert!(texts.eq(rows.iter().map(|row| row.0.clone())));
        for batch in &batches {
            assert!(batch.get_array_memory_size() < 4 * MAX_BYTES);
        }
        batches.iter().map(RecordBatch::num_rows).collect()
    }

    fn rows(count: usize, text: &str) -> Vec<Row> {
        (0..count).map(|_| Row(text.to_owned())).collect()
    }

    #[test]
    fn i9_large_rows_come_in_batches_of_bounded_bytes() {
        let large = sizes(&rows(600, &"a".repeat(270_000)));
        assert_eq!(large.iter().sum::<usize>(), 600);
        assert_eq!(large[..2], [64, 62]);
        assert_eq!(large.len(), 10);
    }

    #[test]
    fn small_rows_come_in_batches_that_fit_the_caches() {
        assert_eq!(
            sizes(&rows(20_000, "abc")),
            [64, 256, 1024, 4096, 8192, 6368]
        );
        assert_eq!(sizes(&rows(3, "abc")), [3]);
        assert_eq!(sizes(&[]), [0]);
    }

    #[test]
    fn i9_a_batch_that_is_too_large_is_halved() {
        let mut mixed = rows(64, "abc");
        mixed.extend(rows(20, &"x".repeat(1000)));
        let sizes = sizes(&mixed);
        assert_eq!(sizes.iter().sum::<usize>(), 84);
        assert!(sizes[1..].iter().all(|rows| *rows <= 4), "{sizes:?}");
    }

    #[test]
    fn one_row_that_is_too_large_is_an_error_and_the_end() {
        let rows = [Row("abc".into()), Row("x".repeat(5000)), Row("abc".into())];
        let batches: Vec<_> = Parts::of(&rows).collect();
        let error = batches[1].as_ref().unwrap_err().to_string();
        assert!(batches[0].is_ok() && batches.len() == 2);
        assert!(
            error.contains("too many of x; write fewer rows at a time"),
            "{error}"
        );
    }
}
