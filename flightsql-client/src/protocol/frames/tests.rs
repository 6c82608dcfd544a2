//! Tests of the frames: any message in any chunks, and each kind of damage.

use arrow_flight::{FlightData, FlightDescriptor};
use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;

use super::{Frame, FrameDecoder, FrameError, encode};

const LIMIT: usize = 1 << 20;

/// A message with gRPC's prefix.
fn prefixed(message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    bytes.extend(message);
    bytes
}

#[test]
fn an_encoded_message_has_the_prefix_that_is_read() {
    let data = FlightData {
        data_header: b"header".as_slice().into(),
        data_body: b"body".as_slice().into(),
        ..FlightData::default()
    };
    let bytes = encode(&data).unwrap();
    assert_eq!(bytes, prefixed(&data.encode_to_vec()));
    let [frame] = <[Frame; 1]>::try_from(read(LIMIT, &[&bytes]).unwrap()).unwrap();
    assert_eq!(frame.header, b"header");
    assert_eq!(frame.body.as_slice(), b"body");
}

fn read(limit: usize, chunks: &[&[u8]]) -> Result<Vec<Frame>, FrameError> {
    let mut frames = FrameDecoder::new(limit);
    let mut all = Vec::new();
    for chunk in chunks {
        frames.push(Bytes::copy_from_slice(chunk));
        while let Some(frame) = frames.next()? {
            all.push(frame);
        }
    }
    frames.finish().map(|()| all)
}

/// The one message that these protobuf bytes are.
fn one(message: &[u8]) -> Result<Frame, FrameError> {
    let frames = read(LIMIT, &[&prefixed(message)])?;
    let [frame] = <[Frame; 1]>::try_from(frames).unwrap();
    Ok(frame)
}

fn refused(message: &[u8]) -> &'static str {
    match one(message).unwrap_err() {
        FrameError::Malformed(what) => what,
        other => panic!("{other}"),
    }
}

fn message() -> impl Strategy<Value = FlightData> {
    let bytes = |most| proptest::collection::vec(any::<u8>(), 0..most);
    (bytes(300), bytes(40), bytes(5000), any::<bool>()).prop_map(
        |(header, note, body, described)| FlightData {
            flight_descriptor: described.then(|| FlightDescriptor::new_cmd(note.clone())),
            data_header: header.into(),
            app_metadata: note.into(),
            data_body: body.into(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn messages_come_whole_however_they_are_cut(
        messages in proptest::collection::vec(message(), 0..4),
        cuts in proptest::collection::vec(1..2000_usize, 1..20),
    ) {
        let bytes: Vec<u8> = messages.iter().flat_map(|m| prefixed(&m.encode_to_vec())).collect();
        let mut chunks = Vec::new();
        let mut rest = bytes.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (chunk, after) = rest.split_at((*cut).min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        let frames = read(LIMIT, &chunks).unwrap();
        prop_assert_eq!(frames.len(), messages.len());
        for (frame, message) in frames.iter().zip(&messages) {
            prop_assert_eq!(&frame.header[..], &message.data_header[..]);
            prop_assert_eq!(&frame.body[..], &message.data_body[..]);
            prop_assert_eq!(frame.body.as_ptr().addr() % 64, 0);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..30), 0..5)) {
        let mut chunks = chunks;
        // A correct prefix, so that the content is checked.
        let length: usize = chunks.iter().map(Vec::len).sum();
        chunks.insert(0, prefixed(&vec![0; length])[..5].to_vec());
        let chunks: Vec<&[u8]> = chunks.iter().map(Vec::as_slice).collect();
        let _ = read(LIMIT, &chunks);
    }
}

#[test]
fn a_message_cut_into_single_bytes_is_whole() {
    let message = FlightData::new()
        .with_data_header(vec![1; 200])
        .with_data_body(vec![2; 300]);
    let bytes = prefixed(&message.encode_to_vec());
    let chunks: Vec<&[u8]> = bytes.chunks(1).collect();
    let frames = read(LIMIT, &chunks).unwrap();
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].header, [1; 200]);
    assert_eq!(&frames[0].body[..], [2; 300]);
}

#[test]
fn what_nobody_reads_is_skipped() {
    // Field 5 as a varint, 6 as 8 bytes, 7 as 4 bytes, 9 as bytes; then the header.
    let message = [
        &[5 << 3, 0xff, 0x01][..],
        &[6 << 3 | 1, 1, 2, 3, 4, 5, 6, 7, 8],
        &[7 << 3 | 5, 1, 2, 3, 4],
        &[9 << 3 | 2, 2, b'x', b'y'],
        &[2 << 3 | 2, 1, b'h'],
    ]
    .concat();
    let frame = one(&message).unwrap();
    assert_eq!(frame.header, b"h");
    assert!(frame.body.is_empty());
}

#[test]
fn of_two_fields_with_one_number_the_last_counts() {
    let message = [2 << 3 | 2, 2, b'a', b'b', 2 << 3 | 2, 1, b'c'];
    assert_eq!(one(&message).unwrap().header, b"c");
}

#[test]
fn an_empty_message_is_one() {
    let frame = one(&[]).unwrap();
    assert!(frame.header.is_empty() && frame.body.is_empty());
}

#[test]
fn a_message_that_is_too_long_is_refused_before_it_comes() {
    let error = read(4, &[&[0, 0, 0, 0, 5]]).unwrap_err();
    assert_eq!(
        error,
        FrameError::TooLong {
            length: 5,
            limit: 4
        }
    );
    assert!(error.to_string().contains("raise `max_message_size`"));
    let four = read(4, &[&prefixed(&[2 << 3 | 2, 2, 7, 8])]).unwrap();
    assert_eq!(four[0].header, [7, 8]);
}

#[test]
fn what_is_no_plain_grpc_is_named() {
    assert_eq!(
        read(LIMIT, &[&[1, 0, 0, 0, 0]]).unwrap_err(),
        FrameError::Compressed
    );
    assert_eq!(
        read(LIMIT, &[b"<html>"]).unwrap_err(),
        FrameError::NotGrpc(b'<')
    );
}

#[test]
fn an_answer_that_ends_inside_a_message_is_cut() {
    let whole = prefixed(&[2 << 3 | 2, 2, 7, 8]);
    for end in 1..whole.len() {
        assert_eq!(
            read(LIMIT, &[&whole[..end]]).unwrap_err(),
            FrameError::Truncated,
            "{end}"
        );
    }
}

#[test]
fn broken_protobuf_is_named() {
    let long = "a field is longer than its message";
    assert_eq!(refused(&[2 << 3 | 2, 3, 1, 2]), long, "a header");
    assert_eq!(refused(&[2 << 3 | 2]), long, "no length");
    assert_eq!(refused(&[0xff]), long, "half a tag");
    assert_eq!(refused(&[6 << 3 | 1, 1, 2]), long, "8 bytes");
    assert_eq!(
        refused(&[
            2 << 3 | 2,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            1
        ]),
        long
    );
    assert_eq!(
        refused(&[
            5 << 3,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            0xff,
            2
        ]),
        "a number is too long"
    );
    assert_eq!(refused(&[2]), "a field has no legal number");
    for wrong in [2 << 3, 2 << 3 | 5, 5 << 3 | 3, 5 << 3 | 4, 5 << 3 | 7] {
        assert_eq!(refused(&[wrong, 0]), "a field has a wrong type");
    }
}
