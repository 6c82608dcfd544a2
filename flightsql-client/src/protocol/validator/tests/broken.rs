//! Record batches whose numbers are wrong: each is refused with the reason.

use std::sync::Arc;

use arrow_flight::FlightData;
use arrow_ipc::{BodyCompressionMethod, CompressionType, MetadataVersion};
use arrow_schema::{DataType, Field, Fields, UnionFields, UnionMode};

use super::parts::{Parts, schema_message};
use super::streams::decode;
use super::{check, limits};

/// Sends the batch as the only one of a stream of one column.
fn send(held: &DataType, parts: &Parts) -> Result<(), String> {
    let messages = [schema_message(vec![held.clone()]), parts.message()];
    check(limits(), &messages).map_err(|error| error.to_string())
}

fn passes(held: &DataType, parts: &Parts) {
    send(held, parts).unwrap();
    let messages = vec![schema_message(vec![held.clone()]), parts.message()];
    decode(&messages).unwrap();
}

fn refused(held: &DataType, parts: &Parts, text: &str) {
    let error = send(held, parts).expect_err(text);
    assert!(error.contains(text), "{error:?} does not say {text:?}");
}

fn item(held: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", held, true))
}

const FEWER: &str = "column 1: it has fewer";
const MORE: &str = "more buffers than its schema needs";

#[test]
fn messages_out_of_place_are_refused() {
    let batch = Parts::default().message();
    let error = check(limits(), std::slice::from_ref(&batch)).unwrap_err();
    assert!(
        error.to_string().ends_with("it came before the schema"),
        "{error}"
    );
    let body = FlightData::new().with_data_body("x");
    let error = check(limits(), &[body]).unwrap_err();
    assert!(
        error.to_string().ends_with("it has a body but no header"),
        "{error}"
    );
    let noise = FlightData::new().with_data_header(vec![7; 64]);
    let error = check(limits(), &[noise]).unwrap_err();
    assert!(
        error.to_string().contains("its header is malformed"),
        "{error}"
    );
    let huge = FlightData::new().with_data_header(vec![0; (16 << 20) + 1]);
    let error = check(limits(), &[huge]).unwrap_err();
    assert!(
        error.to_string().contains("its header has 16777217 bytes"),
        "{error}"
    );
}

#[test]
fn counts_of_rows_are_checked() {
    let int = DataType::Int32;
    passes(&int, &Parts::column(2, &[(2, 0)], &[0, 8]));
    refused(
        &int,
        &Parts::column(-1, &[(2, 0)], &[0, 8]),
        "its row count is negative (-1)",
    );
    refused(
        &int,
        &Parts::column(2, &[(1, 0)], &[0, 8]),
        "it has 1 rows, but its batch has 2",
    );
    refused(
        &int,
        &Parts::column(2, &[(-2, 0)], &[0, 8]),
        "length of an array is negative (-2)",
    );
    refused(
        &int,
        &Parts::column(2, &[(2, -1)], &[0, 8]),
        "null count is negative (-1)",
    );
    refused(
        &int,
        &Parts::column(2, &[(2, 3)], &[8, 8]),
        "3 of 2 values are null",
    );
    refused(
        &int,
        &Parts::column(100_001, &[(100_001, 0)], &[0, 400_008]),
        "sent 100001 rows in a batch, more than the option max_batch_rows=100000 allows",
    );
}

#[test]
fn cheap_rows_are_limited() {
    const MANY: i64 = 1 << 40;
    let text = "1099511627776 values that take no space, more than the option max_batch_rows";
    let lists = |held| DataType::List(item(held));
    let node = [(1, 0), (MANY, MANY)];
    refused(
        &lists(DataType::Null),
        &Parts::column(1, &node, &[0, 8]),
        text,
    );
    let node = [(1, 0), (MANY, 0)];
    let none = DataType::Struct(Fields::empty());
    refused(&lists(none), &Parts::column(1, &node, &[0, 8, 0]), text);
    let fixed = DataType::FixedSizeBinary(0);
    refused(&lists(fixed), &Parts::column(1, &node, &[0, 8, 0, 0]), text);
    let fixed = DataType::FixedSizeList(item(DataType::Int8), 0);
    refused(&lists(fixed), &Parts::column(1, &node, &[0, 8, 0]), text);
    let ends = Arc::new(Field::new("run_ends", DataType::Int64, false));
    let runs = DataType::RunEndEncoded(ends, item(DataType::Int8));
    refused(&lists(runs), &Parts::column(1, &node, &[0, 8]), text);
}

#[test]
fn tables_must_match_the_schema() {
    let text = DataType::Utf8;
    passes(&text, &Parts::column(1, &[(1, 0)], &[0, 8, 0]));
    refused(&text, &Parts::column(1, &[], &[0, 8, 0]), FEWER);
    refused(&text, &Parts::column(1, &[(1, 0)], &[0, 8]), FEWER);
    refused(&text, &Parts::column(1, &[(1, 0)], &[0, 8, 0, 0]), MORE);
    let two = [(1, 0), (1, 0)];
    refused(
        &text,
        &Parts::column(1, &two, &[0, 8, 0]),
        "more field nodes than its schema needs",
    );
    let counted = Parts {
        variadic: vec![0],
        ..Parts::column(1, &[(1, 0)], &[0, 8, 0])
    };
    refused(
        &text,
        &counted,
        "more counts of view buffers than its schema needs",
    );
}

#[test]
fn counts_of_view_buffers_are_checked() {
    let with = |variadic: &[i64], buffers: &[i64]| Parts {
        variadic: variadic.to_vec(),
        ..Parts::column(1, &[(1, 0)], buffers)
    };
    let view = DataType::Utf8View;
    passes(&view, &with(&[1], &[0, 16, 5]));
    refused(&view, &with(&[], &[0, 16]), "fewer counts of view buffers");
    refused(
        &view,
        &with(&[-2], &[0, 16]),
        "count of view buffers is negative (-2)",
    );
    refused(&view, &with(&[i64::MAX], &[0, 16]), FEWER);
    refused(&view, &with(&[0], &[0, 16, 5]), MORE);
    refused(
        &view,
        &with(&[0], &[0, 24]),
        "24 bytes is not a multiple of 16 bytes",
    );
}

#[test]
fn buffers_must_lie_in_the_body() {
    let with = |buffers: [(i64, i64); 2]| Parts {
        buffers: buffers.to_vec(),
        ..Parts::column(2, &[(2, 0)], &[8])
    };
    let int = DataType::Int32;
    passes(&int, &with([(0, 0), (0, 8)]));
    for (offset, length) in [
        (-8, 8),
        (0, -8),
        (1, 8),
        (8, 8),
        (i64::MAX, 8),
        (8, i64::MAX),
    ] {
        let text = format!("a buffer of {length} bytes at {offset} is not within the body of 8");
        refused(&int, &with([(0, 0), (offset, length)]), &text);
    }
    refused(
        &int,
        &with([(9, 0), (0, 8)]),
        "a buffer of 0 bytes at 9 is not within the body",
    );
    refused(&int, &with([(0, 8), (0, 8)]), "its buffers overlap");
}

#[test]
fn buffers_must_be_long_enough() {
    let short = |held: DataType, nodes: &[(i64, i64)], buffers: &[i64], text: &str| {
        refused(&held, &Parts::column(9, nodes, buffers), text);
    };
    let ints = |node| [node, (0, 0)];
    short(
        DataType::Int64,
        &[(9, 0)],
        &[0, 71],
        "a buffer has 71 bytes, but needs 72",
    );
    short(
        DataType::Int64,
        &[(9, 1)],
        &[1, 72],
        "a buffer has 1 bytes, but needs 2",
    );
    short(
        DataType::Boolean,
        &[(9, 0)],
        &[0, 1],
        "a buffer has 1 bytes, but needs 2",
    );
    short(
        DataType::FixedSizeBinary(3),
        &[(9, 0)],
        &[0, 26],
        "26 bytes, but needs 27",
    );
    short(
        DataType::Binary,
        &[(9, 0)],
        &[0, 36, 0],
        "36 bytes, but needs 40",
    );
    short(
        DataType::LargeUtf8,
        &[(9, 0)],
        &[0, 72, 0],
        "72 bytes, but needs 80",
    );
    short(
        DataType::Utf8,
        &[(9, 0)],
        &[0, 42, 0],
        "is not a multiple of 4 bytes",
    );
    let list = DataType::List(item(DataType::Int8));
    short(
        list,
        &ints((9, 0)),
        &[0, 36, 0, 0],
        "36 bytes, but needs 40",
    );
    let list = DataType::LargeListView(item(DataType::Int8));
    short(
        list,
        &ints((9, 0)),
        &[0, 72, 64, 0, 0],
        "64 bytes, but needs 72",
    );
    let none = DataType::Struct(Fields::empty());
    short(none, &[(9, 9)], &[1], "a buffer has 1 bytes, but needs 2");
    let key = DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Utf8));
    short(key.clone(), &[(9, 0)], &[0, 16], "16 bytes, but needs 18");
    short(key, &[(9, 0)], &[0, 19], "is not a multiple of 2 bytes");
    let ends = Arc::new(Field::new("run_ends", DataType::Int32, false));
    let runs = DataType::RunEndEncoded(ends, item(DataType::Int8));
    short(
        runs,
        &[(9, 0), (1, 0), (1, 0)],
        &[0, 0, 0, 1],
        "0 bytes, but needs 4",
    );
}

#[test]
fn lists_of_a_fixed_size_need_their_values() {
    let wide = DataType::FixedSizeList(item(DataType::Int8), i32::MAX);
    let parts = |rows, values| Parts::column(rows, &[(rows, 0), (values, 0)], &[0, 0, values]);
    refused(
        &wide,
        &parts(2, 8),
        "2 lists of 2147483647 values each need more than 8 values",
    );
    let pairs = DataType::FixedSizeList(item(DataType::Int8), 2);
    passes(&pairs, &parts(2, 4));
    refused(
        &pairs,
        &parts(2, 3),
        "2 lists of 2 values each need more than 3 values",
    );
}

#[test]
fn buffers_of_unions_are_checked() {
    let fields: UnionFields = [(0, item(DataType::Int8))].into_iter().collect();
    let dense = DataType::Union(fields, UnionMode::Dense);
    let nodes = [(2, 0), (1, 0)];
    refused(
        &dense,
        &Parts::column(2, &nodes, &[1, 8, 0, 1]),
        "1 bytes, but needs 2",
    );
    refused(
        &dense,
        &Parts::column(2, &nodes, &[8, 4, 0, 1]),
        "4 bytes, but needs 8",
    );
    refused(
        &dense,
        &Parts::column(2, &nodes, &[2, 8, 0, 1]),
        "the offsets of a dense union are not aligned",
    );
    passes(&dense, &Parts::column(2, &nodes, &[8, 8, 0, 1]));
    // Before version 5 there is a validity bitmap in front.
    let old = Parts::column(2, &nodes, &[8, 8, 8, 0, 1]);
    refused(&dense, &old, "0 bytes, but needs 1");
    passes(
        &dense,
        &Parts {
            version: MetadataVersion::V4,
            ..old
        },
    );
}

#[test]
fn compression_must_be_known() {
    let int = DataType::Int32;
    let codec = Parts {
        codec: Some(CompressionType(9)),
        ..Parts::column(0, &[(0, 0)], &[0, 0])
    };
    refused(&int, &codec, "cannot be read: compression codec 9");
    let method = Parts {
        codec: Some(CompressionType::ZSTD),
        method: BodyCompressionMethod(1),
        ..Parts::column(0, &[(0, 0)], &[0, 0])
    };
    refused(&int, &method, "cannot be read: a compression method");
}

#[test]
fn claims_of_compressed_buffers_are_checked() {
    let int = DataType::Int32;
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        passes(&int, &Parts::packed(codec, 2, -1, &[0; 8]));
        refused(
            &int,
            &Parts::packed(codec, 2, -1, &[0; 7]),
            "7 bytes, but needs 8",
        );
        refused(
            &int,
            &Parts::packed(codec, 2, 0, &[0; 8]),
            "0 bytes, but needs 8",
        );
        refused(
            &int,
            &Parts::packed(codec, 2, -2, &[0; 8]),
            "unpacked length is negative (-2)",
        );
        refused(
            &int,
            &Parts::packed(codec, 2, i64::MAX, &[0; 8]),
            "9223372036854775807 bytes in a compressed buffer, more than the option max_decompressed_size=1048576",
        );
        let short = Parts {
            buffers: vec![(0, 0), (0, 7)],
            ..Parts::packed(codec, 2, 8, &[])
        };
        refused(&int, &short, "a compressed buffer has no length");
    }
    let zstd = Parts::packed(CompressionType::ZSTD, 2, 1 << 19, &[0; 8]);
    refused(
        &int,
        &zstd,
        "a compressed buffer of 8 bytes claims to hold 524288 bytes",
    );
}

#[test]
fn buffers_are_limited_together() {
    let packed = Parts::packed(CompressionType::ZSTD, 2, 1 << 19, &[0; 56]);
    let parts = Parts {
        nodes: vec![(2, 0); 3],
        buffers: vec![(0, 0), (0, 64), (0, 0), (64, 64), (0, 0), (128, 64)],
        body: packed.body.repeat(3),
        ..packed
    };
    let messages = [schema_message(vec![DataType::Int32; 3]), parts.message()];
    let error = check(limits(), &messages).unwrap_err();
    assert_eq!(error.option(), Some("max_decompressed_size"));
    assert!(
        error
            .to_string()
            .contains("1572864 bytes in a compressed message"),
        "{error}"
    );
}

/// An LZ4 frame with blocks of at most 64 KiB.
fn lz4(blocks: &[(u32, &[u8])]) -> Vec<u8> {
    let mut frame = vec![0x04, 0x22, 0x4D, 0x18, 0x60, 0x40, 0x82];
    for (size, bytes) in blocks {
        frame.extend(size.to_le_bytes());
        frame.extend(*bytes);
    }
    frame.extend([0; 4]);
    frame
}

#[test]
fn lz4_may_not_unpack_to_more_than_it_claims() {
    let int = DataType::Int32;
    let codec = CompressionType::LZ4_FRAME;
    // One literal, a match of 19 + 255 * n bytes one byte back, and five closing literals.
    let mut bomb = vec![0x1F, 7, 1, 0];
    bomb.extend([255; 200]);
    bomb.extend([0, 0x50, 1, 2, 3, 4, 5]);
    let size = u32::try_from(bomb.len()).unwrap();
    let frame = lz4(&[(size, &bomb), (size, &bomb)]);
    let held = 2 * (1 + 19 + 255 * 200 + 5);
    send(&int, &Parts::packed(codec, 2, held, &frame)).unwrap();
    let text = format!("a compressed buffer holds {held} bytes, but claims 8");
    refused(&int, &Parts::packed(codec, 2, 8, &frame), &text);
    refused(
        &int,
        &Parts::packed(codec, 2, 1 << 18, &frame),
        "bytes claims to hold 262144 bytes",
    );
    let no_frame = Parts::packed(codec, 2, 8, &[0; 8]);
    refused(&int, &no_frame, "a buffer does not begin with an LZ4 frame");
    let plain = lz4(&[(0x8000_0008, &[0; 8])]);
    send(&int, &Parts::packed(codec, 2, 8, &plain)).unwrap();
}
