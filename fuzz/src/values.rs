//! Values of record batches of any type, read as each Rust type, and as text.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{Array as _, ArrayRef, Int64Array, RecordBatch, StringArray, UInt64Array};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, Schema};
use flightsql_driver::types::FlightSqlInterval;
use flightsql_driver::{FlightSql, FlightSqlBatch, FlightSqlRow, encoded_column, pretty};
use sqlx_core::decode::Decode;
use sqlx_core::encode::Encode;
use sqlx_core::row::Row as _;
use sqlx_core::types::{Json, Type};
use sqlx_core::value::{Value as _, ValueRef};

use crate::arrays::array;
use crate::input::Input;
use crate::types::{field, with_extension};

/// The bytes are the types of the columns of a batch, and their values.
///
/// Each value reads as each Rust type, or is an error. A value that was read and is written into a column of its type is
/// read again. A row, a column and an owned value have the same value. Integers and strings have the text of Rust.
pub fn values(data: &[u8]) {
    let mut input = Input::new(data);
    let columns = 1 + input.below(3);
    let rows = input.below(6);
    let fields: Vec<Field> = (0..columns)
        .map(|index| field(&mut input, &format!("c{index}")))
        .collect();
    let arrays = fields.iter();
    let arrays: Vec<ArrayRef> = arrays
        .map(|field| array(&mut input, field.data_type(), rows))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let batch =
        RecordBatch::try_new(schema, arrays).expect("the arrays have the types of the fields");
    for column in batch.columns() {
        let valid = column.to_data().validate_full();
        assert!(valid.is_ok(), "{}: {valid:?}", column.data_type());
    }
    check(&batch);
}

fn check(record: &RecordBatch) {
    let _ = pretty(std::slice::from_ref(record)).to_string();
    let batch = FlightSqlBatch::try_from(record.clone()).expect("every type has a reader");
    for (number, row) in batch.rows().enumerate() {
        let _ = format!("{row:?}");
        for column in 0..record.num_columns() {
            check_text(&row, column, record.column(column), number);
            check_types(&batch, &row, column, number);
        }
    }
}

fn check_text(row: &FlightSqlRow, column: usize, array: &ArrayRef, number: usize) {
    let value = row.try_get_raw(column).expect("the column exists");
    let text = value.to_string();
    let owned = ValueRef::to_owned(&value);
    assert_eq!(text, owned.to_string());
    assert_eq!(format!("{value:?}"), format!("{owned:?}"));
    assert_eq!(value.is_null(), owned.is_null());
    assert_eq!(value.type_info(), owned.type_info());
    if value.is_null() {
        assert_eq!(text, "NULL");
        return;
    }
    let data = array.as_any();
    let expected = if let Some(array) = data.downcast_ref::<Int64Array>() {
        array.value(number).to_string()
    } else if let Some(array) = data.downcast_ref::<UInt64Array>() {
        array.value(number).to_string()
    } else if let Some(array) = data.downcast_ref::<StringArray>() {
        array.value(number).to_owned()
    } else {
        return;
    };
    assert_eq!(text, expected);
}

/// Reads one value as each type.
fn check_types(batch: &FlightSqlBatch, row: &FlightSqlRow, column: usize, number: usize) {
    macro_rules! types {
        ($($(#[$meta:meta])* $type:ty,)*) => {$(
            $(#[$meta])*
            check_type::<$type>(batch, row, column, number);
        )*};
    }
    types! {
        bool, i8, i16, i32, i64, u8, u16, u32, u64, f32, f64,
        String, Box<str>, Vec<u8>, Duration, FlightSqlInterval,
        chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime,
        chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::FixedOffset>, chrono::TimeDelta,
        uuid::Uuid, rust_decimal::Decimal, Json<serde_json::Value>,
        Vec<Option<i64>>, Vec<Option<String>>, Vec<Option<bool>>, Vec<Vec<Option<i32>>>,
        Vec<Option<chrono::NaiveDateTime>>, Vec<Option<Vec<u8>>>, Vec<Option<f64>>,
        #[cfg(feature = "every-type")] time::Date,
        #[cfg(feature = "every-type")] time::Time,
        #[cfg(feature = "every-type")] time::PrimitiveDateTime,
        #[cfg(feature = "every-type")] time::OffsetDateTime,
        #[cfg(feature = "every-type")] bigdecimal::BigDecimal,
        #[cfg(feature = "every-type")] half::f16,
        #[cfg(feature = "every-type")] jiff::civil::Date,
        #[cfg(feature = "every-type")] jiff::civil::Time,
        #[cfg(feature = "every-type")] jiff::civil::DateTime,
        #[cfg(feature = "every-type")] jiff::Timestamp,
        #[cfg(feature = "every-type")] jiff::SignedDuration,
    }
    // Types that borrow, or that are read only here.
    let _ = row.try_get::<Option<&str>, _>(column);
    let _ = row.try_get::<Option<&[u8]>, _>(column);
    let _ = row.try_get_unchecked::<Option<&str>, _>(column);
    let _ = row.try_get_unchecked::<Option<i64>, _>(column);
    let _ = row.try_get::<Option<(i64, String)>, _>(column);
    let _ = row.try_get::<Option<(Option<i32>, Option<String>, Option<bool>)>, _>(column);
    let _ = row.try_get::<Option<HashMap<String, Option<i64>>>, _>(column);
    let _ = row.try_get::<Option<BTreeMap<i64, Option<String>>>, _>(column);
    let _ = row.try_get::<Option<i256>, _>(column);
    #[cfg(feature = "every-type")]
    let _ = row.try_get::<Option<jiff::Zoned>, _>(column);
}

fn check_type<T>(batch: &FlightSqlBatch, row: &FlightSqlRow, column: usize, number: usize)
where
    T: for<'r> Decode<'r, FlightSql>
        + for<'q> Encode<'q, FlightSql>
        + Type<FlightSql>
        + PartialEq
        + Debug,
{
    let rust = std::any::type_name::<T>();
    // A row requires the type of the variant, and a column one of the types.
    let own = batch.record_batch().column(column).data_type();
    let is_union = is_encoded_union(own);
    let read = row.try_get::<Option<T>, _>(column);
    let unchecked = row.try_get_unchecked::<Option<T>, _>(column);
    let by_column = batch.column_at::<Option<T>>(column);
    let by_column = by_column.and_then(|values| values.get(number));
    let value = match read {
        Ok(value) => value,
        Err(error) => {
            let text = error.to_string();
            assert!(
                is_union || by_column.is_err(),
                "{rust}: {text}, but the column has {by_column:?}"
            );
            return;
        }
    };
    let shown = format!("{value:?}");
    assert_eq!(
        format!("{:?}", unchecked.ok()),
        format!("Some({shown})"),
        "{rust}"
    );
    let by_column = by_column.map(|value| format!("{value:?}"));
    // A column of another type reads as `None` where it is NULL.
    if let Ok(by_column) = &by_column {
        assert_eq!(*by_column, shown, "{rust}");
    }
    let Some(value) = value else {
        let raw = row.try_get_raw(column).expect("the column exists");
        assert!(raw.is_null(), "{rust}: the value is not NULL");
        return;
    };
    assert!(by_column.is_ok(), "{rust}: only the column refuses {shown}");
    // serde_json reads some floats one unit off, unless a program sets its feature `float_roundtrip`.
    if rust.contains("Json") {
        return;
    }
    let shown = format!("{value:?}");
    let schema = batch.record_batch().schema();
    comes_back(&value, schema.field(column), &shown);
    let info = T::type_info();
    let own = Field::new("own", info.data_type().clone(), true);
    comes_back(&value, &with_extension(own, info.extension_name()), &shown);
}

/// Checks that a value that can be written into a column of this type is read again.
fn comes_back<T>(value: &T, field: &Field, shown: &str)
where
    T: for<'r> Decode<'r, FlightSql>
        + for<'q> Encode<'q, FlightSql>
        + Type<FlightSql>
        + PartialEq
        + Debug,
{
    let (rust, data_type) = (std::any::type_name::<T>(), field.data_type());
    let Ok(column) = encoded_column(std::iter::once(Some(value)), data_type) else {
        return;
    };
    assert_eq!(column.data_type(), data_type, "{rust}");
    let schema = Arc::new(Schema::new(vec![field.clone()]));
    let batch = RecordBatch::try_new(schema, vec![column]).expect("the column has its type");
    let batch = FlightSqlBatch::try_from(batch).expect("every type has a reader");
    for row in batch.rows() {
        let again = row.try_get_unchecked::<T, _>(0);
        let again = again.unwrap_or_else(|error| panic!("{rust} as {data_type}: {error}"));
        // NaN equals itself here, and 1.0 equals 1.
        let is_same = again == *value || format!("{again:?}") == shown;
        assert!(is_same, "{rust} as {data_type}: {shown} became {again:?}");
    }
}

fn is_encoded_union(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_encoded_union(values),
        DataType::RunEndEncoded(_, values) => is_encoded_union(values.data_type()),
        other => matches!(other, DataType::Union(..)),
    }
}
