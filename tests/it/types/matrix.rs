//! Every Arrow type × {no nulls, nulls, sliced, empty, dictionary, run-end} × {in memory, over the network}: the decoded value
//! equals arrow-rs's own scalar at the same position, and the value of the natural Rust type.
//!
//! `cargo test --test it matrix -- --nocapture` prints the matrix.

mod cases;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_data::transform::MutableArrayData;
use flightsql::arrow::array::types::*;
use flightsql::arrow::array::{
    Array, ArrayRef, Datum, DictionaryArray, Int8Array, Int32Array, RecordBatch, RunArray, Scalar,
    make_array,
};
use flightsql::arrow::schema::{Field, Schema};
use flightsql::{Connection, FlightSqlBatch, FlightSqlConnection, FlightSqlRow, Row, query};
use flightsql_testkit::{Reply, Script, TestServer, raw};

use self::cases::{Case, cases};

/// The place of each row among the case's values; `None` is NULL.
type Places = Vec<Option<usize>>;

/// A form of an array.
struct Form {
    name: &'static str,
    field: Field,
    array: ArrayRef,
    places: Places,
}

const FORMS: [&str; 6] = [
    "no nulls",
    "nulls",
    "sliced",
    "empty",
    "dictionary",
    "run-end",
];

/// The values of a case picked by place.
fn pick(case: &Case, places: &[Option<usize>]) -> ArrayRef {
    if let Some(nullable) = &case.with_null {
        // A union has no nulls of its own: its last value is one whose variant is NULL.
        let data = nullable.to_data();
        let mut picked = MutableArrayData::new(vec![&data], false, places.len());
        for place in places {
            let place = place.unwrap_or(nullable.len() - 1);
            picked.try_extend(0, place, place + 1).unwrap();
        }
        return make_array(picked.freeze());
    }
    let data = case.values.to_data();
    let mut picked = MutableArrayData::new(vec![&data], true, places.len());
    for place in places {
        match place {
            Some(place) => picked.try_extend(0, *place, place + 1).unwrap(),
            None => picked.try_extend_nulls(1).unwrap(),
        }
    }
    make_array(picked.freeze())
}

fn forms(case: &Case) -> Vec<Form> {
    let all: Places = (0..case.len).map(Some).collect();
    let holes: Places = vec![Some(0), None, Some(1), None, None, Some(case.len - 1)];
    let with_holes = pick(case, &holes);
    let field = |array: &ArrayRef| {
        Field::new("v", array.data_type().clone(), true).with_metadata(case.metadata.clone())
    };
    let form = |name, array: ArrayRef, places: Places| Form {
        name,
        field: field(&array),
        array,
        places,
    };
    let mut forms = vec![
        form("no nulls", pick(case, &all), all.clone()),
        form("nulls", with_holes.clone(), holes.clone()),
        form("sliced", with_holes.slice(1, 4), holes[1..5].to_vec()),
        form("empty", with_holes.slice(2, 0), vec![]),
    ];
    let keys = Int8Array::from(vec![Some(1), None, Some(0), Some(1)]);
    let values = pick(case, &all);
    let dictionary = DictionaryArray::<Int8Type>::try_new(keys, Arc::clone(&values)).unwrap();
    forms.push(form(
        "dictionary",
        Arc::new(dictionary),
        vec![Some(1), None, Some(0), Some(1)],
    ));
    let ends = Int32Array::from(vec![2, 3, 5]);
    let runs = pick(case, &[Some(0), None, Some(1)]);
    let runs = RunArray::<Int32Type>::try_new(&ends, &runs).unwrap();
    forms.push(form(
        "run-end",
        Arc::new(runs),
        vec![Some(0), Some(0), None, Some(1), Some(1)],
    ));
    forms
}

fn record(form: &Form) -> RecordBatch {
    let schema = Schema::new(vec![form.field.clone()]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::clone(&form.array)]).unwrap()
}

/// Checks that every row decodes to the value in the array.
fn check(case: &Case, form: &Form, rows: &[FlightSqlRow], array: &ArrayRef) {
    let what = format!("{} {}", case.name, form.name);
    assert_eq!(rows.len(), form.places.len(), "{what}");
    for (index, (row, place)) in rows.iter().zip(&form.places).enumerate() {
        let value = flightsql::Row::try_get_raw(row, 0).unwrap();
        assert_eq!(
            flightsql::ValueRef::is_null(&value),
            place.is_none() || case.name == "Null",
            "{what} row {index}"
        );
        // The value of a union is in its variant.
        if case.with_null.is_none() {
            let scalar: Scalar<ArrayRef> = row.get("v");
            assert_eq!(
                &*scalar.get().0.to_data_ref(),
                &array.slice(index, 1).to_data(),
                "{what} row {index}"
            );
        }
        (case.check)(row, *place, &what);
        let owned = flightsql::ValueRef::to_owned(&value);
        assert_eq!(owned.to_string(), value.to_string(), "{what}");
    }
}

trait ToDataRef {
    fn to_data_ref(&self) -> Box<arrow_data::ArrayData>;
}

impl ToDataRef for &dyn Array {
    fn to_data_ref(&self) -> Box<arrow_data::ArrayData> {
        Box::new(self.to_data())
    }
}

/// Whether arrow's own IPC can carry an array there and back; what it cannot, no server can send.
fn ipc_carries(record: &RecordBatch) -> bool {
    use arrow_ipc::reader::StreamReader;
    use arrow_ipc::writer::StreamWriter;
    let written = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut bytes = Vec::new();
        let mut writer = StreamWriter::try_new(&mut bytes, record.schema_ref()).ok()?;
        writer.write(record).ok()?;
        writer.finish().ok()?;
        drop(writer);
        let mut reader = StreamReader::try_new(bytes.as_slice(), None).ok()?;
        reader.next()?.ok()
    }));
    matches!(written, Ok(Some(back)) if back == *record)
}

async fn over_the_wire(
    script: &Script,
    connection: &mut FlightSqlConnection,
    record: &RecordBatch,
) -> Vec<FlightSqlRow> {
    let data = raw::stream(record.schema_ref(), std::slice::from_ref(record), false).unwrap();
    let _ = script
        .clone()
        .get_flight_info(Reply::ticket(record.schema(), "t"))
        .do_get(Reply::raw(data));
    query("SELECT v").fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn every_type_in_every_form_is_what_arrow_says() {
    let script = Script::new();
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    let mut matrix: BTreeMap<usize, (String, Vec<&str>)> = BTreeMap::new();
    let mut gaps = Vec::new();
    for (number, case) in cases().iter().enumerate() {
        let mut cells = Vec::new();
        for form in forms(case) {
            let record = record(&form);
            let batch = FlightSqlBatch::try_from(record.clone()).unwrap();
            let rows: Vec<FlightSqlRow> = batch.rows().collect();
            check(case, &form, &rows, &form.array);
            if ipc_carries(&record) {
                let rows = over_the_wire(&script, &mut connection, &record).await;
                let array = match rows.first() {
                    Some(row) => Arc::clone(row.batch().column(0)),
                    None => form.array.slice(0, 0),
                };
                check(case, &form, &rows, &array);
                cells.push("ok");
            } else {
                cells.push("ok, memory only");
                gaps.push(format!("{} {}", case.name, form.name));
            }
        }
        matrix.insert(number, (case.name.clone(), cells));
    }
    println!("| type | {} |", FORMS.join(" | "));
    for (name, cells) in matrix.values() {
        println!("| {name} | {} |", cells.join(" | "));
    }
    // What arrow-ipc 59 itself cannot write or read back.
    assert_eq!(gaps, Vec::<String>::new());
    assert_eq!(script.unused(), Vec::<String>::new());
}

#[tokio::test]
async fn dictionaries_of_all_keys_with_deltas_and_replacements() {
    async fn check<K: ArrowDictionaryKeyType>(
        connection: &mut FlightSqlConnection,
        script: &Script,
    ) {
        let batch = |words: &[Option<&str>]| {
            let array: DictionaryArray<K> = words.iter().copied().collect();
            let array: ArrayRef = Arc::new(array);
            RecordBatch::try_from_iter_with_nullable([("v", array, true)]).unwrap()
        };
        let (a, b, c) = (Some("a"), Some("b"), Some("c"));
        // The second dictionary is the first and more, the third is another.
        let parts = [vec![a, b, None], vec![a, b, c], vec![c, a]];
        let batches = parts.each_ref().map(|words| batch(words));
        for deltas in [false, true] {
            let data = raw::stream(batches[0].schema_ref(), &batches, deltas).unwrap();
            let _ = script
                .clone()
                .get_flight_info(Reply::ticket(batches[0].schema(), "t"))
                .do_get(Reply::raw(data));
            let words: Vec<Option<String>> = flightsql::query_scalar("SELECT v")
                .fetch_all(&mut *connection)
                .await
                .unwrap();
            let words: Vec<Option<&str>> = words.iter().map(Option::as_deref).collect();
            assert_eq!(words, parts.concat());
        }
    }
    let script = Script::new();
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    check::<Int8Type>(&mut connection, &script).await;
    check::<Int16Type>(&mut connection, &script).await;
    check::<Int32Type>(&mut connection, &script).await;
    check::<Int64Type>(&mut connection, &script).await;
    check::<UInt8Type>(&mut connection, &script).await;
    check::<UInt16Type>(&mut connection, &script).await;
    check::<UInt32Type>(&mut connection, &script).await;
    check::<UInt64Type>(&mut connection, &script).await;
}
