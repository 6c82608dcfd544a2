//! Record batches as a table of text.

use std::fmt;

use arrow_array::RecordBatch;
use comfy_table::{Cell, CellAlignment, Table};

use super::{Batch, Columns, FlightSqlValueRef};

/// Shows record batches as one table, with column names, as an SQL shell does: NULL as `NULL`, numbers to the right.
///
/// The batches should have the same columns; a batch that does not is shown as a table of its own.
///
/// ```
/// # use std::sync::Arc;
/// # use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
/// let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 10]));
/// let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Ada"), None]));
/// let batch = RecordBatch::try_from_iter([("id", ids), ("name", names)])?;
/// assert_eq!(flightsql_driver::pretty(&[batch]).to_string(), "\
/// +----+------+
/// | id | name |
/// +===========+
/// |  1 | Ada  |
/// | 10 | NULL |
/// +----+------+");
/// # Ok::<(), arrow_schema::ArrowError>(())
/// ```
pub fn pretty(batches: &[RecordBatch]) -> impl fmt::Display + '_ {
    Pretty(batches)
}

struct Pretty<'a>(&'a [RecordBatch]);

impl fmt::Display for Pretty<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alike = |a: &RecordBatch, b: &RecordBatch| a.schema_ref() == b.schema_ref();
        for (number, group) in self.0.chunk_by(alike).enumerate() {
            if number > 0 {
                f.write_str("\n\n")?;
            }
            table(group)?.fmt(f)?;
        }
        Ok(())
    }
}

fn table(batches: &[RecordBatch]) -> Result<Table, fmt::Error> {
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::ASCII_FULL_CONDENSED);
    for record in batches {
        let columns = Columns::plain(record.schema());
        if table.header().is_none() {
            table.set_header(
                columns
                    .as_slice()
                    .iter()
                    .map(|column| column.field().name()),
            );
        }
        let batch = Batch::new(columns, record.clone()).map_err(|_| fmt::Error)?;
        for row in 0..batch.num_rows() {
            let values = (0..record.num_columns())
                .filter_map(|column| FlightSqlValueRef::new(&batch, column, row));
            table.add_row(values.map(cell));
        }
    }
    Ok(table)
}

fn cell(value: FlightSqlValueRef<'_>) -> Cell {
    let cell = Cell::new(value);
    if value.info().value_type().is_numeric() {
        cell.set_alignment(CellAlignment::Right)
    } else {
        cell
    }
}

#[cfg(test)]
mod tests;
