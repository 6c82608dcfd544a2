//! Decompression bombs.

use std::sync::Arc;

use arrow_ipc::CompressionType;
use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use flightsql_testkit::arrow_flight::FlightData;
use flightsql_testkit::raw;

use super::Attack;
use super::ipc::result;
use super::perform::ints;

const LZ4: CompressionType = CompressionType::LZ4_FRAME;
const ZSTD: CompressionType = CompressionType::ZSTD;

/// Limits that a bomb of 64 MiB exceeds by far.
const SMALL: &str = "max_message_size=4MiB&max_decompressed_size=16MiB";

/// So many zeros, which compress to nearly nothing.
fn zeros(count: usize) -> RecordBatch {
    let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; count]));
    RecordBatch::try_from_iter_with_nullable([("n", zeros, true)]).unwrap()
}

fn stream(batch: &RecordBatch, messages: Vec<FlightData>) -> Vec<FlightData> {
    let mut stream = vec![raw::schema(&batch.schema())];
    stream.extend(messages);
    stream
}

fn packed(batch: &RecordBatch, codec: CompressionType) -> Vec<FlightData> {
    stream(batch, raw::compressed_batch(batch, codec).unwrap())
}

/// A buffer that claims this length.
fn claimed(batch: &RecordBatch, codec: CompressionType, claim: i64) -> Vec<FlightData> {
    let messages = raw::claim_uncompressed(batch, codec, claim);
    stream(batch, messages.unwrap().unwrap())
}

/// A case with one codec, whose first buffer claims this length.
fn claims(name: &'static str, codec: CompressionType, claim: i64) -> Attack {
    result(name, move || claimed(&ints(0..1000), codec, claim))
}

fn bomb(name: &'static str, codec: CompressionType) -> Attack {
    result(name, move || packed(&zeros(8 << 20), codec))
        .options(SMALL)
        .says("max_decompressed_size")
        .memory()
}

/// A bomb that claims as little as its rows need.
fn understated(name: &'static str, codec: CompressionType) -> Attack {
    result(name, move || {
        // The header of a batch of 8 values, and the body of one of 8 million.
        let mut messages = packed(&zeros(8), codec);
        let bomb = claimed(&zeros(8 << 20), codec, 64);
        let (last, bomb) = (messages.last_mut().unwrap(), bomb.last().unwrap());
        let mut header = last.data_header.to_vec();
        let length = |data: &FlightData| i64::try_from(data.data_body.len()).unwrap();
        let (from, to) = (length(last), length(bomb));
        for at in 0..header.len() - 8 {
            if header[at..at + 8] == from.to_le_bytes() {
                header[at..at + 8].copy_from_slice(&to.to_le_bytes());
            }
        }
        last.data_header = header.into();
        last.data_body = bomb.data_body.clone();
        messages
    })
    .options(SMALL)
    .memory()
}

pub(super) fn attacks() -> Vec<Attack> {
    if !cfg!(feature = "compression") {
        return Vec::new();
    }
    vec![
        bomb("bomb_of_lz4", LZ4),
        bomb("bomb_of_zstd", ZSTD),
        understated("bomb_of_lz4_that_claims_64_bytes", LZ4),
        understated("bomb_of_zstd_that_claims_64_bytes", ZSTD),
        claims("lz4_claims_a_tebibyte", LZ4, 1 << 40)
            .says("max_decompressed_size")
            .memory(),
        claims("zstd_claims_a_tebibyte", ZSTD, 1 << 40)
            .says("max_decompressed_size")
            .memory(),
        claims("lz4_claims_200_mib", LZ4, 200 << 20).memory(),
        claims("zstd_claims_200_mib", ZSTD, 200 << 20).memory(),
        claims("lz4_claims_the_greatest_length", LZ4, i64::MAX),
        claims("zstd_claims_a_negative_length", ZSTD, -2),
        claims("lz4_claims_less_than_it_has", LZ4, 100),
        claims("zstd_claims_less_than_it_has", ZSTD, 100),
        claims("lz4_claims_nothing", LZ4, 0),
        claims("zstd_is_not_compressed", ZSTD, -1),
        result("bombs_in_100_columns", || {
            let zeros: ArrayRef = Arc::new(Int64Array::from(vec![0; 100_000]));
            let columns = (0..100).map(|n| (format!("c{n}"), Arc::clone(&zeros)));
            packed(&RecordBatch::try_from_iter(columns).unwrap(), ZSTD)
        })
        .options(SMALL)
        .says("max_decompressed_size")
        .memory(),
        result("compressed_buffer_of_garbage", || {
            let mut messages = packed(&zeros(1000), ZSTD);
            let last = messages.last_mut().unwrap();
            let mut body = last.data_body.to_vec();
            let end = body.len();
            body[8..end].fill(0xa5);
            last.data_body = body.into();
            messages
        }),
    ]
}
