//! Parquet, compressed with zstd.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, IntervalUnit, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::plain::any;
use super::{Encoder, failed, under};
use crate::failure::Failure;

/// A row group is in memory until it is written; readers like it large.
const ROW_GROUP_BYTES: usize = 64 << 20;

pub(super) struct Parquet<'w> {
    schema: SchemaRef,
    writer: ArrowWriter<&'w mut (dyn Write + Send)>,
}

impl<'w> Parquet<'w> {
    pub(super) fn new(
        schema: &SchemaRef,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        let missing = |data_type: &DataType| {
            matches!(
                data_type,
                DataType::Union(..) | DataType::Interval(IntervalUnit::MonthDayNano)
            )
        };
        for field in schema.fields() {
            if any(field.data_type(), &missing) {
                return Err(Failure::usage(format!(
                    "column {:?} is of Arrow type {}, which Parquet cannot hold: use --format arrow, or CAST it to text \
                     in the SQL",
                    field.name(),
                    field.data_type()
                )));
            }
        }
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(Default::default()))
            .build();
        let writer = ArrowWriter::try_new(out, SchemaRef::clone(schema), Some(properties))
            .map_err(|error| failed("cannot write these columns as Parquet", error))?;
        Ok(Self {
            schema: SchemaRef::clone(schema),
            writer,
        })
    }
}

impl Encoder for Parquet<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let batch = under(&self.schema, batch)?;
        let mut written = self.writer.write(&batch);
        if written.is_ok() && self.writer.in_progress_size() > ROW_GROUP_BYTES {
            written = self.writer.flush();
        }
        written.map_err(|error| failed("cannot write Parquet", error))
    }

    fn finish(&mut self) -> Result<(), Failure> {
        let finished = self.writer.finish();
        finished
            .map(drop)
            .map_err(|error| failed("cannot write Parquet", error))
    }
}
