//! Destination and format of results.
//!
//! `sink` (the shell's output or a file) · `plain` (columns as text that a format does not support) · `strings` (values that
//! JSON contains as text) · `decoded` (columns without dictionaries and runs) · one file per format.

mod arrow;
mod csv;
mod decoded;
mod json;
mod parquet;
mod plain;
mod sink;
mod strings;
mod table;

use std::fmt::Display;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::SchemaRef;
use clap::ValueEnum;

pub(crate) use sink::Sink;

use crate::failure::Failure;
use crate::shell::Io;

/// A format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading; the first 10 000 rows
    Table,
    /// With a header line; nested values as text, bytes in hexadecimal, an empty string in quotes
    Csv,
    /// One array of objects; NaN, the infinities, dates and times as the text that a table shows
    Json,
    /// One object per line
    Ndjson,
    /// Compressed with zstd
    Parquet,
    /// The Arrow IPC file format, compressed with zstd; dictionaries as plain values
    Arrow,
    /// The Arrow IPC stream format, not compressed
    ArrowStream,
}

/// Output options of a command.
#[derive(Debug, clap::Args)]
pub(crate) struct OutputArgs {
    /// The format; defaults to the extension of the --output file, or to a table
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Write to this file, which appears when the result is complete
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// The string for NULL in CSV
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) null: String,
}

/// Destination of record batches with the same columns.
pub(crate) trait Encoder: Send {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure>;

    /// Writes the end of the output, which is incomplete without it.
    fn finish(&mut self) -> Result<(), Failure>;
}

impl OutputArgs {
    /// Returns the format to use.
    ///
    /// # Errors
    /// Returns an error if a binary format would be written to a terminal.
    pub(crate) fn checked_format(&self, io: &Io<'_>) -> Result<Format, Failure> {
        let named = self.output.as_deref().and_then(by_extension);
        let format = self.format.or(named).unwrap_or(Format::Table);
        if format.is_binary() && self.output.is_none() && io.out_is_terminal {
            return Err(Failure::usage(
                "cannot write a binary format to a terminal; set --output FILE, or redirect the output",
            ));
        }
        Ok(format)
    }

    /// Writes a listing that is already in memory. In a table, unknown values are blank.
    pub(crate) fn write_all(&self, batch: &RecordBatch, io: &mut Io<'_>) -> Result<(), Failure> {
        let format = self.checked_format(io)?;
        let batch = match format {
            Format::Table => &blank(batch)?,
            _ => batch,
        };
        let mut sink = Sink::open(self.output.as_deref(), &mut io.out)?;
        let mut encoder = self.encoder(format, &batch.schema(), &mut sink)?;
        encoder.write(batch)?;
        encoder.finish()?;
        drop(encoder);
        sink.commit()
    }

    /// Returns an encoder of the format for batches with these columns.
    pub(crate) fn encoder<'w>(
        &self,
        format: Format,
        schema: &SchemaRef,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Box<dyn Encoder + 'w>, Failure> {
        Ok(match format {
            Format::Table => Box::new(table::Table::new(SchemaRef::clone(schema), out)),
            Format::Csv => Box::new(csv::Csv::new(schema, &self.null, out)?),
            Format::Json => Box::new(json::Json::array(schema, out)?),
            Format::Ndjson => Box::new(json::Json::lines(schema, out)?),
            Format::Parquet => Box::new(parquet::Parquet::new(schema, out)?),
            Format::Arrow => Box::new(arrow::Arrow::file(schema, out)?),
            Format::ArrowStream => Box::new(arrow::Arrow::stream(schema, out)?),
        })
    }
}

impl Format {
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow | Self::ArrowStream)
    }
}

fn blank(batch: &RecordBatch) -> Result<RecordBatch, Failure> {
    let columns =
        batch.columns().iter().map(
            |column| match column.as_any().downcast_ref::<StringArray>() {
                Some(strings) => {
                    let strings = strings.iter().map(|text| Some(text.unwrap_or_default()));
                    Arc::new(strings.collect::<StringArray>())
                }
                None => ArrayRef::clone(column),
            },
        );
    RecordBatch::try_new(batch.schema(), columns.collect())
        .map_err(|error| failed("the listing is incomplete", error))
}

fn by_extension(path: &Path) -> Option<Format> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" => Some(Format::Csv),
        "json" => Some(Format::Json),
        "ndjson" | "jsonl" => Some(Format::Ndjson),
        "parquet" => Some(Format::Parquet),
        "arrow" | "feather" => Some(Format::Arrow),
        "arrows" => Some(Format::ArrowStream),
        _ => None,
    }
}

/// Returns the batch with the schema of the result, because some servers change the metadata between batches.
fn under(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let same = RecordBatch::try_new(SchemaRef::clone(schema), batch.columns().to_vec());
    same.map_err(|error| failed("the columns of the result changed between batches", error))
}

/// Returns the error for rows without columns in a format that cannot count them.
fn no_columns(format: &str) -> Failure {
    Failure::usage(format!(
        "the result has no columns, which {format} does not support; use --format json or arrow"
    ))
}

fn failed(what: &str, error: impl Display) -> Failure {
    Failure::failed(format!("{what}: {error}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_name_of_a_file_says_its_format() {
        for (name, format) in [
            ("a.csv", Some(Format::Csv)),
            ("a.JSON", Some(Format::Json)),
            ("a.b.ndjson", Some(Format::Ndjson)),
            ("a.jsonl", Some(Format::Ndjson)),
            ("a.parquet", Some(Format::Parquet)),
            ("a.arrow", Some(Format::Arrow)),
            ("a.arrows", Some(Format::ArrowStream)),
            ("a.txt", None),
            ("csv", None),
        ] {
            assert_eq!(by_extension(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn a_file_appears_when_it_is_whole() {
        let directory =
            std::env::temp_dir().join(format!("flightsql-cli-sink-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let (path, mut shell) = (directory.join("x.csv"), Vec::new());

        let mut sink = Sink::open(Some(&path), &mut shell).unwrap();
        sink.write_all(b"half").unwrap();
        drop(sink);
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);

        let mut sink = Sink::open(Some(&path), &mut shell).unwrap();
        sink.write_all(b"complete").unwrap();
        assert!(!path.exists());
        sink.commit().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "complete");
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
        std::fs::remove_dir_all(&directory).unwrap();

        let mut sink = Sink::open(None, &mut shell).unwrap();
        sink.write_all(b"said").unwrap();
        sink.commit().unwrap();
        assert_eq!(shell, b"said");
    }
}
