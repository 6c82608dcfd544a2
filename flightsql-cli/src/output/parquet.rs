//! Parquet, compressed with zstd.

use std::io::Write;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type};
use arrow_array::{Array, RecordBatch, make_array};
use arrow_schema::{
    DECIMAL32_MAX_PRECISION, DECIMAL64_MAX_PRECISION, DECIMAL128_MAX_PRECISION,
    DECIMAL256_MAX_PRECISION, DataType, IntervalUnit, SchemaRef,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::decoded::Decoded;
use super::plain::any;
use super::{Encoder, failed, no_columns};
use crate::failure::Failure;

/// A row group stays in memory until it is written. Readers prefer large row groups.
const ROW_GROUP_BYTES: usize = 64 << 20;

pub(super) struct Parquet<'w> {
    decoded: Decoded,
    writer: ArrowWriter<&'w mut (dyn Write + Send)>,
}

impl<'w> Parquet<'w> {
    pub(super) fn new(
        schema: &SchemaRef,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        // Readers of Parquet restore no runs, and dictionaries only of strings and bytes.
        let decoded = Decoded::new(schema, |encoding| match encoding {
            DataType::Dictionary(_, value) => matches!(
                **value,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary
            ),
            _ => false,
        });
        let schema = decoded.schema();
        if schema.fields().is_empty() {
            return Err(no_columns("Parquet"));
        }
        let missing = |data_type: &DataType| match data_type {
            DataType::Union(..) | DataType::Interval(IntervalUnit::MonthDayNano) => true,
            DataType::Decimal32(_, scale)
            | DataType::Decimal64(_, scale)
            | DataType::Decimal128(_, scale)
            | DataType::Decimal256(_, scale) => *scale < 0,
            _ => false,
        };
        for field in schema.fields() {
            if any(field.data_type(), &missing) {
                return Err(Failure::usage(format!(
                    "column {:?} is of Arrow type {}, which Parquet does not support; use --format arrow, or CAST it to text \
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
        Ok(Self { decoded, writer })
    }
}

impl Encoder for Parquet<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let batch = self.decoded.convert(batch)?;
        for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            if any(field.data_type(), &DataType::is_decimal) && !fits(column) {
                return Err(Failure::failed(format!(
                    "column {:?} of Arrow type {} contains a decimal with more digits than its type, which Parquet does not \
                     support; use --format arrow, or CAST it to text in the SQL",
                    field.name(),
                    field.data_type()
                )));
            }
        }
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

/// Returns `true` if Parquet stores each decimal without truncation. It sizes a number by the precision of its type and
/// truncates the rest; the largest precision stores all bits.
fn fits(column: &dyn Array) -> bool {
    let fits = match column.data_type() {
        DataType::Decimal32(precision, _) if *precision < DECIMAL32_MAX_PRECISION => column
            .as_primitive::<Decimal32Type>()
            .validate_decimal_precision(*precision),
        DataType::Decimal64(precision, _) if *precision < DECIMAL64_MAX_PRECISION => column
            .as_primitive::<Decimal64Type>()
            .validate_decimal_precision(*precision),
        DataType::Decimal128(precision, _) if *precision < DECIMAL128_MAX_PRECISION => column
            .as_primitive::<Decimal128Type>()
            .validate_decimal_precision(*precision),
        DataType::Decimal256(precision, _) if *precision < DECIMAL256_MAX_PRECISION => column
            .as_primitive::<Decimal256Type>()
            .validate_decimal_precision(*precision),
        _ => Ok(()),
    };
    let data = column.to_data();
    let mut children = data.child_data().iter().cloned().map(make_array);
    fits.is_ok() && children.all(|child| self::fits(&child))
}
