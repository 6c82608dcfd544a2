//! Draws rows as an aligned table.

/// One row of a printed table.
pub(crate) trait Cells {
    fn cells(&self) -> Vec<String>;
}

/// Prints a title, a header line and one line per row. Columns that hold only numbers are aligned to the right.
pub(crate) fn table<R: Cells>(title: &str, headers: &[&str], rows: &[R]) {
    let rows: Vec<Vec<String>> = rows.iter().map(R::cells).collect();
    let columns: Vec<Column> = headers
        .iter()
        .enumerate()
        .map(|(i, header)| Column::new(header, i, &rows))
        .collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = columns
            .iter()
            .zip(cells)
            .map(|(column, cell)| column.pad(cell))
            .collect();
        println!("  {}", padded.join("  ").trim_end());
    };

    println!("{title}");
    line(
        &headers
            .iter()
            .map(|header| (*header).to_owned())
            .collect::<Vec<_>>(),
    );
    line(
        &columns
            .iter()
            .map(|column| "-".repeat(column.width))
            .collect::<Vec<_>>(),
    );
    rows.iter().for_each(|row| line(row));
    println!();
}

struct Column {
    width: usize,
    number: bool,
}

impl Column {
    fn new(header: &str, index: usize, rows: &[Vec<String>]) -> Self {
        let cells = || rows.iter().filter_map(|row| row.get(index));
        Self {
            width: cells()
                .map(|cell| cell.chars().count())
                .chain([header.chars().count()])
                .max()
                .unwrap_or(0),
            number: cells().all(|cell| cell.parse::<f64>().is_ok()),
        }
    }

    fn pad(&self, cell: &str) -> String {
        let width = self.width;
        if self.number {
            format!("{cell:>width$}")
        } else {
            format!("{cell:<width$}")
        }
    }
}
