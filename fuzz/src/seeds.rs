//! Inputs for the corpus of `messages`: streams as an Arrow server sends them.

use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_flight::FlightData;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::Schema;
use futures_util::{FutureExt as _, TryStreamExt as _, stream};

use crate::arrays::array;
use crate::input::{Input, Random};
use crate::messages::message;
use crate::types::field;

/// The longest input of a corpus.
const MAX_LENGTH: usize = 4096;

/// Returns inputs with one or two batches of random types, one for each seed. `messages` reads them.
pub fn streams(count: u64) -> Vec<Vec<u8>> {
    let inputs = (0..).filter_map(stream_of);
    inputs.take(usize::try_from(count).unwrap_or(0)).collect()
}

fn stream_of(seed: u64) -> Option<Vec<u8>> {
    let mut random = Random::new(seed);
    let bytes: Vec<u8> = (0..600).map(|_| random.byte()).collect();
    let mut input = Input::new(&bytes);
    let fields: Vec<_> = (0..1 + input.below(2))
        .map(|index| field(&mut input, &format!("c{index}")))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batches: Vec<RecordBatch> = (0..1 + input.below(2))
        .map(|_| {
            let rows = input.below(5);
            let fields = schema.fields().iter();
            let columns = fields.map(|field| array(&mut input, field.data_type(), rows));
            let columns = columns.collect();
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)
        })
        .collect::<Result<_, _>>()
        .ok()?;
    let compression = match seed % 4 {
        0 => Some(CompressionType::LZ4_FRAME),
        1 => Some(CompressionType::ZSTD),
        _ => None,
    };
    let messages = encoded(batches, compression)?;
    let form = u8::try_from(seed & 1).unwrap_or(0);
    let mut stream = vec![form, random.byte()];
    for data in messages {
        let (header, body) = (&data.data_header[..], &data.data_body[..]);
        if form == 0 {
            stream.extend(message(header, body));
            continue;
        }
        for part in [header, body] {
            stream.extend(u16::try_from(part.len()).ok()?.to_le_bytes());
            stream.extend(part);
        }
    }
    (stream.len() <= MAX_LENGTH).then_some(stream)
}

fn encoded(
    batches: Vec<RecordBatch>,
    compression: Option<CompressionType>,
) -> Option<Vec<FlightData>> {
    let options = IpcWriteOptions::default().try_with_compression(compression);
    let encoder = FlightDataEncoderBuilder::new()
        .with_options(options.ok()?)
        .with_dictionary_handling(DictionaryHandling::Resend)
        .build(stream::iter(batches.into_iter().map(Ok::<_, FlightError>)));
    encoder.try_collect().now_or_never()?.ok()
}
