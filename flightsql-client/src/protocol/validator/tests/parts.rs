//! Record and dictionary batches written number by number.

use arrow_array::RecordBatch;
use arrow_flight::FlightData;
use arrow_ipc::convert::IpcSchemaEncoder;
use arrow_ipc::{
    BodyCompressionBuilder, BodyCompressionMethod, Buffer, CompressionType, DictionaryBatchBuilder,
    FieldNode, MessageBuilder, MessageHeader, MetadataVersion, RecordBatchBuilder,
};
use arrow_schema::{DataType, Schema as ArrowSchema};

use super::streams::{all_options, encode, schema_of};

/// All numbers of a batch message. `default` is an empty batch without columns.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) rows: i64,
    /// Length and null count.
    pub(super) nodes: Vec<(i64, i64)>,
    /// Offset and length.
    pub(super) buffers: Vec<(i64, i64)>,
    pub(super) variadic: Vec<i64>,
    pub(super) codec: Option<CompressionType>,
    pub(super) method: BodyCompressionMethod,
    pub(super) version: MetadataVersion,
    /// The id of a dictionary, and whether this is a delta.
    pub(super) dictionary: Option<(i64, bool)>,
    pub(super) body: Vec<u8>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            rows: 0,
            nodes: Vec::new(),
            buffers: Vec::new(),
            variadic: Vec::new(),
            codec: None,
            method: BodyCompressionMethod::BUFFER,
            version: MetadataVersion::V5,
            dictionary: None,
            body: Vec::new(),
        }
    }
}

impl Parts {
    /// A column whose buffers lie end to end in a body of zeros.
    pub(super) fn column(rows: i64, nodes: &[(i64, i64)], buffers: &[i64]) -> Self {
        let mut end = 0;
        let buffers = buffers
            .iter()
            .map(|length| {
                end += length;
                (end - length, *length)
            })
            .collect();
        Self {
            rows,
            nodes: nodes.to_vec(),
            buffers,
            body: vec![0; usize::try_from(end).unwrap()],
            ..Self::default()
        }
    }

    /// A column of one compressed buffer after an empty validity bitmap.
    pub(super) fn packed(codec: CompressionType, rows: i64, claim: i64, packed: &[u8]) -> Self {
        let body = [&claim.to_le_bytes(), packed].concat();
        Self {
            buffers: vec![(0, 0), (0, i64::try_from(body.len()).unwrap())],
            codec: Some(codec),
            body,
            ..Self::column(rows, &[(rows, 0)], &[])
        }
    }

    pub(super) fn message(&self) -> FlightData {
        // arrow-ipc does not export the type of the builder.
        let mut buffer = IpcSchemaEncoder::new().schema_to_fb(&ArrowSchema::empty());
        buffer.reset();
        let nodes: Vec<_> = self
            .nodes
            .iter()
            .map(|n| FieldNode::new(n.0, n.1))
            .collect();
        let nodes = buffer.create_vector(&nodes);
        let buffers: Vec<_> = self.buffers.iter().map(|b| Buffer::new(b.0, b.1)).collect();
        let buffers = buffer.create_vector(&buffers);
        let variadic = buffer.create_vector(&self.variadic);
        let compression = self.codec.map(|codec| {
            let mut compression = BodyCompressionBuilder::new(&mut buffer);
            compression.add_codec(codec);
            compression.add_method(self.method);
            compression.finish()
        });
        let mut batch = RecordBatchBuilder::new(&mut buffer);
        batch.add_length(self.rows);
        batch.add_nodes(nodes);
        batch.add_buffers(buffers);
        batch.add_variadicBufferCounts(variadic);
        if let Some(compression) = compression {
            batch.add_compression(compression);
        }
        let batch = batch.finish();
        let (kind, header) = match self.dictionary {
            None => (MessageHeader::RecordBatch, batch.as_union_value()),
            Some((id, delta)) => {
                let mut dictionary = DictionaryBatchBuilder::new(&mut buffer);
                dictionary.add_id(id);
                dictionary.add_isDelta(delta);
                dictionary.add_data(batch);
                let dictionary = dictionary.finish();
                (MessageHeader::DictionaryBatch, dictionary.as_union_value())
            }
        };
        let mut message = MessageBuilder::new(&mut buffer);
        message.add_version(self.version);
        message.add_header_type(kind);
        message.add_header(header);
        let message = message.finish();
        buffer.finish(message, None);
        FlightData::new()
            .with_data_header(buffer.finished_data().to_vec())
            .with_data_body(self.body.clone())
    }
}

/// The schema message of a stream of these columns.
pub(super) fn schema_message(types: Vec<DataType>) -> FlightData {
    let batches = [RecordBatch::new_empty(schema_of(types))];
    let options = all_options().pop().unwrap();
    encode(&batches, &options).unwrap().swap_remove(0)
}
