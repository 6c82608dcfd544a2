//! Messages as real servers send them: bare or wrapped, cut short, empty.

use arrow_flight::sql::{
    ActionCreatePreparedStatementResult, Any, DoPutPreparedStatementResult, DoPutUpdateResult,
    ProstMessageExt,
};
use arrow_flight::{IpcMessage, PutResult, SchemaAsIpc};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::{DataType, Field, Schema};
use prost::Message;
use prost::bytes::Bytes;

use super::prepared::IsUpdate;
use super::rpc::{Operation, TimeoutClass};
use super::{command, schema, update};
use crate::options::ConnectOptions;

const OPERATION: Operation = Operation::new("DoPut", TimeoutClass::Update);

fn put(metadata: Vec<u8>) -> PutResult {
    PutResult {
        app_metadata: metadata.into(),
    }
}

#[test]
fn a_row_count_is_read_bare_wrapped_and_empty() {
    let count = |n| DoPutUpdateResult { record_count: n };
    let read = |result: PutResult| update::count(OPERATION, &[result]).unwrap();
    assert_eq!(read(put(count(42).encode_to_vec())), 42);
    assert_eq!(read(put(count(-1).encode_to_vec())), -1);
    assert_eq!(read(put(Vec::new())), 0);
    assert_eq!(read(put(count(7).as_any().encode_to_vec())), 7);
    let none = update::count(OPERATION, &[]).unwrap_err();
    assert!(none.to_string().contains("may not have run"), "{none}");
}

#[test]
fn a8_a_negative_row_count_other_than_minus_one_is_an_error() {
    for record_count in [-2, i64::MIN] {
        let sent = put(DoPutUpdateResult { record_count }.encode_to_vec());
        let error = update::count(OPERATION, &[sent]).unwrap_err().to_string();
        assert!(
            error.contains(&format!("row count {record_count};")),
            "{error}"
        );
    }
}

#[test]
fn a_result_is_unwrapped_whether_wrapped_or_not() {
    let message = DoPutUpdateResult { record_count: 5 };
    let url = DoPutUpdateResult::type_url();
    let bare: Bytes = message.encode_to_vec().into();
    let wrapped: Bytes = message.as_any().encode_to_vec().into();
    for body in [&bare, &wrapped] {
        let read = command::unwrap_or_bare::<DoPutUpdateResult>("DoPut", body.clone());
        assert_eq!(read.unwrap().record_count, 5);
    }
    let read = command::unwrap::<DoPutUpdateResult>("DoAction", wrapped);
    assert_eq!(read.unwrap().record_count, 5);
    for body in [bare, Bytes::new(), Bytes::from_static(&[0xff; 9])] {
        let error = command::unwrap::<DoPutUpdateResult>("DoAction", body).unwrap_err();
        assert!(error.to_string().starts_with("DoAction: "), "{error}");
    }
    let descriptor = command::descriptor(&message);
    assert_eq!(Any::decode(descriptor.cmd).unwrap().type_url, url);
}

/// A handle that is itself a wrapped command, as some servers make them, does not wrap the result.
#[test]
fn a_bare_result_whose_handle_is_a_message_stays_bare() {
    let handle: Bytes = DoPutUpdateResult { record_count: 5 }
        .as_any()
        .encode_to_vec()
        .into();
    let result = DoPutPreparedStatementResult {
        prepared_statement_handle: Some(handle.clone()),
    };
    for body in [result.encode_to_vec(), result.as_any().encode_to_vec()] {
        let read: DoPutPreparedStatementResult =
            command::unwrap_or_bare("DoPut", body.into()).unwrap();
        assert_eq!(read.prepared_statement_handle.as_ref(), Some(&handle));
    }
}

/// Field 4, a varint: unset, false and true are three answers.
#[test]
fn a_newer_server_says_whether_a_statement_is_an_update() {
    let result = ActionCreatePreparedStatementResult {
        prepared_statement_handle: Bytes::from_static(b"h"),
        ..ActionCreatePreparedStatementResult::default()
    };
    let old = result.encode_to_vec();
    let read = |bytes: Vec<u8>| IsUpdate::decode(Bytes::from(bytes)).unwrap().is_update;
    assert_eq!(read(old.clone()), None);
    assert_eq!(read([old.as_slice(), &[4 << 3, 0]].concat()), Some(false));
    assert_eq!(read([old.as_slice(), &[4 << 3, 1]].concat()), Some(true));
}

#[test]
fn an_announced_schema_is_read_in_both_encapsulations_and_refused_when_cut() {
    let limits = &ConnectOptions::new().limits;
    let fields = vec![
        Field::new("a", DataType::Int64, false),
        Field::new("b", DataType::Utf8, true),
    ];
    let expected = Schema::new(fields);
    let options = IpcWriteOptions::default();
    let IpcMessage(with_continuation) = SchemaAsIpc::new(&expected, &options).try_into().unwrap();

    let read = schema::read("GetSchema", &with_continuation, limits)
        .unwrap()
        .unwrap();
    assert_eq!(*read, expected);
    // Arrow before 0.15 had no continuation marker.
    let read = schema::read("GetSchema", &with_continuation.slice(4..), limits)
        .unwrap()
        .unwrap();
    assert_eq!(*read, expected);
    assert!(
        schema::read("GetSchema", &Bytes::new(), limits)
            .unwrap()
            .is_none()
    );
    for end in 1..with_continuation.len().min(64) {
        let cut = with_continuation.slice(..end);
        assert!(
            schema::read("GetSchema", &cut, limits).is_err(),
            "cut at {end}"
        );
    }
    let negative = Bytes::from_static(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0]);
    assert!(schema::read("GetSchema", &negative, limits).is_err());
}
