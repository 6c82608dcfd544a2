//! Record batches as a table of text.

use std::fmt;

use arrow_array::RecordBatch;
use comfy_table::{Cell, CellAlignment, Table};

use super::{Batch, Columns, FlightSqlValueRef};

/// Shows record batches as one table with column names, as an SQL shell does: NULL as `NULL`, numbers right-aligned.
///
/// Batches with different columns are shown as separate tables.
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
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Float64Array, Int32Array, RecordBatch, StringArray};

    use super::pretty;

    fn batch(ids: Vec<i32>) -> RecordBatch {
        let names: StringArray = ids
            .iter()
            .map(|id| (*id > 1).then(|| format!("n{id}")))
            .collect();
        let ids: ArrayRef = Arc::new(Int32Array::from(ids));
        RecordBatch::try_from_iter_with_nullable([
            ("id", ids, false),
            ("name", Arc::new(names) as ArrayRef, true),
        ])
        .unwrap()
    }

    #[test]
    fn batches_of_one_kind_are_one_table() {
        let text = pretty(&[batch(vec![1, 2]), batch(vec![]), batch(vec![100])]).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "+-----+------+",
                "| id  | name |",
                "+============+",
                "|   1 | NULL |",
                "|   2 | n2   |",
                "| 100 | n100 |",
                "+-----+------+",
            ]
        );
    }

    #[test]
    fn another_kind_is_another_table() {
        let other: ArrayRef = Arc::new(Float64Array::from(vec![0.5]));
        let other = RecordBatch::try_from_iter([("x", other)]).unwrap();
        let text = pretty(&[batch(vec![1]), other]).to_string();
        assert_eq!(text.matches("| x   |").count(), 1, "{text}");
        assert_eq!(text.matches("| id").count(), 1, "{text}");
        assert!(text.contains("| 0.5 |"), "{text}");
    }

    #[test]
    fn no_batch_is_no_text() {
        assert_eq!(pretty(&[]).to_string(), "");
    }
}
