//! Arrow IPC: the file format and the stream format.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::{ArrowError, DataType, SchemaRef};

use super::decoded::Decoded;
use super::plain::any;
use super::{Encoder, failed};
use crate::failure::Failure;

pub(super) struct Arrow<'w> {
    decoded: Decoded,
    writer: Writer<'w>,
}

enum Writer<'w> {
    File(FileWriter<&'w mut (dyn Write + Send)>),
    Stream(StreamWriter<&'w mut (dyn Write + Send)>),
}

impl<'w> Arrow<'w> {
    pub(super) fn file(
        schema: &SchemaRef,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        // A file cannot replace a dictionary, but a server may send a new one with each batch.
        let decoded = Decoded::new(schema, |encoding| !any(encoding, &is_dictionary));
        let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD));
        let writer = options
            .and_then(|options| FileWriter::try_new_with_options(out, decoded.schema(), options))
            .map_err(refused)?;
        Ok(Self {
            decoded,
            writer: Writer::File(writer),
        })
    }

    pub(super) fn stream(
        schema: &SchemaRef,
        out: &'w mut (dyn Write + Send),
    ) -> Result<Self, Failure> {
        let writer = StreamWriter::try_new(out, schema).map_err(refused)?;
        Ok(Self {
            decoded: Decoded::new(schema, |_| true),
            writer: Writer::Stream(writer),
        })
    }
}

fn is_dictionary(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Dictionary(..))
}

fn refused(error: ArrowError) -> Failure {
    failed("cannot write Arrow IPC", error)
}

impl Encoder for Arrow<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let batch = self.decoded.convert(batch)?;
        match &mut self.writer {
            Writer::File(writer) => writer.write(&batch),
            Writer::Stream(writer) => writer.write(&batch),
        }
        .map_err(refused)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        match &mut self.writer {
            Writer::File(writer) => writer.finish(),
            Writer::Stream(writer) => writer.finish(),
        }
        .map_err(refused)
    }
}
