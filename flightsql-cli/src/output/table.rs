//! A table for reading, as an SQL shell shows it.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use flightsql::arrow::pretty;

use super::{Encoder, under};
use crate::failure::Failure;
use crate::progress::grouped;
use crate::redact::printable;

/// Maximum number of shown rows. They stay in memory until the end, because the widths of the columns depend on them. The other
/// formats stream.
const MOST_ROWS: usize = 10_000;

pub(super) struct Table<'w> {
    schema: SchemaRef,
    out: &'w mut (dyn Write + Send),
    shown: Vec<RecordBatch>,
    rows: usize,
}

impl<'w> Table<'w> {
    pub(super) fn new(schema: SchemaRef, out: &'w mut (dyn Write + Send)) -> Self {
        Self {
            schema,
            out,
            shown: Vec::new(),
            rows: 0,
        }
    }
}

impl Encoder for Table<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let room = MOST_ROWS.saturating_sub(self.rows);
        self.rows += batch.num_rows();
        if room > 0 {
            let batch = under(&self.schema, batch)?;
            self.shown.push(batch.slice(0, batch.num_rows().min(room)));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        if self.shown.is_empty() {
            self.shown
                .push(RecordBatch::new_empty(SchemaRef::clone(&self.schema)));
        }
        writeln!(self.out, "{}", printable(&pretty(&self.shown).to_string()))?;
        let rows = grouped(&self.rows.to_string());
        match self.rows {
            1 => writeln!(self.out, "1 row")?,
            more if more > MOST_ROWS => writeln!(
                self.out,
                "{rows} rows, showing the first {}; use --format csv (or another format) for all rows",
                grouped(&MOST_ROWS.to_string())
            )?,
            _ => writeln!(self.out, "{rows} rows")?,
        }
        Ok(())
    }
}
