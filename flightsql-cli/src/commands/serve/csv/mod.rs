//! CSV files: the types of their columns, and their rows as record batches. A file is read twice, first for the types.
//!
//! `records` (fields and their quotes) · `types` (the strings that are values of a type).

mod records;
mod types;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema, SchemaRef};

use self::records::{Cell, Record, Records};
use self::types::Builder;
pub(crate) use self::types::ColumnType;

/// Amounts to a few hundred kilobytes for usual tables.
const BATCH_ROWS: usize = 8192;

/// Far below the 64 MiB that a server accepts in one message.
const BATCH_BYTES: usize = 8 << 20;

/// Settings for reading CSV files.
#[derive(Debug, clap::Args)]
pub(crate) struct CsvArgs {
    /// The string that means NULL in the CSV files, in addition to an empty field; a quoted field is never NULL
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
    /// The type of a column of the CSV files; the default is the narrowest type that changes no value. Repeatable
    #[arg(long = "type", value_name = "COLUMN=TYPE", value_parser = column_type)]
    types: Vec<(String, ColumnType)>,
    /// Read all columns of the CSV files as text, except those with a --type
    #[arg(long)]
    text: bool,
}

fn column_type(text: &str) -> Result<(String, ColumnType), String> {
    let (column, name) = text
        .rsplit_once('=')
        .ok_or("expected COLUMN=TYPE, as in id=text")?;
    let column_type = clap::ValueEnum::from_str(name, true).map_err(
        |_| "unknown type; use boolean, bigint, double, date, timestamp, timestamptz or text",
    )?;
    Ok((column.to_owned(), column_type))
}

/// A CSV file with the types of its columns.
#[derive(Debug)]
pub(super) struct Csv {
    columns: Vec<(String, ColumnType)>,
    /// Notes on columns that are strings because of a single value.
    pub(super) notes: Vec<String>,
    rows: Rows,
}

#[derive(Debug)]
struct Rows {
    records: Records<BufReader<File>>,
    record: Record,
    null: Option<String>,
}

impl CsvArgs {
    /// Reads the names and types of a file's columns.
    pub(super) fn open(&self, path: &Path) -> Result<Csv, String> {
        let mut rows = Rows::open(path, self.null.as_deref())?;
        let names = rows.header()?;
        let mut columns: Vec<Guess> = names
            .iter()
            .map(|name| {
                let given = self.types.iter().rfind(|(column, _)| column == name);
                let given = given.map(|(_, column_type)| *column_type);
                Guess::new(given.or(self.text.then_some(ColumnType::Text)))
            })
            .collect();
        while rows.next(names.len())? {
            for (cell, guess) in rows.record.cells().zip(&mut columns) {
                guess.see(cell, rows.null.as_deref());
            }
        }
        let mut notes = Vec::new();
        for (name, guess) in names.iter().zip(&columns) {
            notes.extend(guess.note(name));
        }
        let columns = names
            .into_iter()
            .zip(columns.iter().map(Guess::column_type));
        // The second pass starts at the beginning of the file.
        let mut again = Rows::open(path, self.null.as_deref())?;
        again.header()?;
        Ok(Csv {
            columns: columns.collect(),
            notes,
            rows: again,
        })
    }

    /// Returns a column of a --type that no file contains.
    pub(super) fn unknown<'a>(&self, files: impl Iterator<Item = &'a Csv>) -> Option<&str> {
        let columns: HashSet<&str> = files
            .flat_map(|file| &file.columns)
            .map(|(name, _)| name.as_str())
            .collect();
        let mut names = self.types.iter().map(|(name, _)| name.as_str());
        names.find(|name| !columns.contains(name))
    }
}

impl Csv {
    pub(super) fn schema(&self) -> SchemaRef {
        let fields = self.columns.iter();
        let fields = fields.map(|(name, kind)| Field::new(name, kind.data_type(), true));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// Returns the rows, a batch at a time. An error is the last item.
    pub(super) fn batches(mut self) -> impl Iterator<Item = Result<RecordBatch, String>> + Send {
        let schema = self.schema();
        let mut done = false;
        std::iter::from_fn(move || {
            if done {
                return None;
            }
            let batch = self.batch(&schema);
            done = !matches!(&batch, Ok(batch) if batch.num_rows() > 0);
            // Skip an empty last batch.
            batch.map(|batch| (!done).then_some(batch)).transpose()
        })
    }

    fn batch(&mut self, schema: &SchemaRef) -> Result<RecordBatch, String> {
        let mut builders: Vec<_> = self
            .columns
            .iter()
            .map(|(_, column_type)| Builder::new(*column_type))
            .collect();
        let (mut rows, mut bytes) = (0, 0);
        while rows < BATCH_ROWS && bytes < BATCH_BYTES && self.rows.next(self.columns.len())? {
            let cells = self.rows.record.cells();
            for (index, (cell, builder)) in cells.zip(&mut builders).enumerate() {
                let is_text = matches!(builder, Builder::Text(_));
                // Only a string column can contain an empty value.
                let is_null =
                    cell.is_null(self.rows.null.as_deref()) || cell.text.is_empty() && !is_text;
                if !builder.append((!is_null).then_some(cell.text)) {
                    return Err(self.unreadable(index));
                }
            }
            rows += 1;
            bytes += self.rows.record.bytes();
        }
        let arrays = builders.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(SchemaRef::clone(schema), arrays).map_err(|error| error.to_string())
    }

    fn unreadable(&self, index: usize) -> String {
        let (name, column_type) = &self.columns[index];
        format!(
            "column {name:?} has a value on line {} that is not a {}; use --type {name}=text, or --null if \
             the value means NULL",
            self.rows.record.line,
            column_type.name()
        )
    }
}

impl Cell<'_> {
    fn is_null(self, null: Option<&str>) -> bool {
        !self.is_quoted && (self.text.is_empty() || Some(self.text) == null)
    }
}

impl Rows {
    fn open(path: &Path, null: Option<&str>) -> Result<Self, String> {
        let text = |error: std::io::Error| error.to_string();
        let file = File::open(path).map_err(text)?;
        Ok(Self {
            records: Records::new(BufReader::new(file)).map_err(text)?,
            record: Record::default(),
            null: null.map(str::to_owned),
        })
    }

    fn header(&mut self) -> Result<Vec<String>, String> {
        if !self.records.read(&mut self.record)? {
            return Err(
                "the file is empty; a CSV file begins with a line of column names".to_owned(),
            );
        }
        let names: Vec<_> = self
            .record
            .cells()
            .map(|cell| cell.text.to_owned())
            .collect();
        for (index, name) in names.iter().enumerate() {
            // SQLite compares names of columns without case.
            let mut before = names.iter().take(index);
            if let Some(other) = before.find(|other| other.eq_ignore_ascii_case(name)) {
                return Err(format!(
                    "the columns {other:?} and {name:?} have the same name, because SQLite ignores case; rename one in the first line"
                ));
            }
        }
        Ok(names)
    }

    /// Reads the next row of `columns` fields. An empty line is a NULL in a file of one column, and is skipped otherwise.
    fn next(&mut self, columns: usize) -> Result<bool, String> {
        while self.records.read(&mut self.record)? {
            if self.record.is_blank() && columns > 1 {
                continue;
            }
            if self.record.len() != columns {
                return Err(format!(
                    "the record on line {} has {} fields, and the first line has {columns}; put a field with a comma in quotes",
                    self.record.line,
                    self.record.len()
                ));
            }
            return Ok(true);
        }
        Ok(false)
    }
}

/// The types that a column can still have after the values read so far.
#[derive(Debug)]
struct Guess {
    given: Option<ColumnType>,
    possible: Vec<ColumnType>,
    /// The one string that is not a value of those types, and whether it is in quotes.
    odd: Option<(String, bool)>,
    is_empty: bool,
}

impl Guess {
    fn new(given: Option<ColumnType>) -> Self {
        Self {
            given,
            possible: ColumnType::INFERRED.to_vec(),
            odd: None,
            is_empty: true,
        }
    }

    fn see(&mut self, cell: Cell<'_>, null: Option<&str>) {
        if self.given.is_some() || self.possible.is_empty() || cell.is_null(null) {
            return;
        }
        let infers = |column_type: &ColumnType| column_type.infers(cell.text);
        if self.possible.iter().any(infers) {
            self.possible.retain(infers);
            self.is_empty = false;
            return;
        }
        match &self.odd {
            None => self.odd = Some((cell.text.to_owned(), cell.is_quoted)),
            Some((odd, _)) if odd == cell.text => {}
            Some(_) => self.possible.clear(),
        }
    }

    fn column_type(&self) -> ColumnType {
        match (self.given, &self.odd, self.narrowest()) {
            (Some(given), ..) => given,
            // SQLite's timestamps are in UTC, so a timestamp without a zone would get one.
            (None, None, Some(ColumnType::Timestamp)) => ColumnType::Text,
            (None, None, Some(narrowest)) => narrowest,
            _ => ColumnType::Text,
        }
    }

    fn narrowest(&self) -> Option<ColumnType> {
        self.possible.first().copied().filter(|_| !self.is_empty)
    }

    /// Returns a hint for a column that is text because of a single value, which may mean NULL, or because its times have no zone.
    fn note(&self, name: &str) -> Option<String> {
        let narrower = self.narrowest()?;
        let Some((odd, is_quoted)) = self.odd.as_ref() else {
            return (narrower == ColumnType::Timestamp).then(|| {
                format!(
                    "column {name:?} is text because its times have no zone; use --type {name}=timestamp if they are in UTC"
                )
            });
        };
        if odd.len() > 16 || odd.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let narrower = narrower.name();
        Some(match is_quoted {
            true => format!(
                "column {name:?} is text because of {odd:?} in quotes; use --type {name}={narrower} to read it as \
                 {narrower}"
            ),
            false => format!(
                "column {name:?} is text because of {odd:?}; use --null {odd} if that means NULL"
            ),
        })
    }
}
