//! An array of every Arrow type, and its values in Rust.

mod extensions;
mod nested;
mod times;

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use flightsql::arrow::array::types::*;
use flightsql::arrow::array::*;
use flightsql::arrow::schema::{DataType, Field};
use flightsql::types::i256;
use flightsql::{Decode, FlightSql, FlightSqlRow, Row, Type};

/// Takes a row, a place and words for the message.
type Check = dyn Fn(&FlightSqlRow, Option<usize>, &str);

pub(super) struct Case {
    pub(super) name: String,
    /// Two or more values, none of them NULL.
    pub(super) values: ArrayRef,
    /// Unions: the values, and one that is NULL in its variant.
    pub(super) with_null: Option<ArrayRef>,
    pub(super) len: usize,
    pub(super) metadata: HashMap<String, String>,
    /// That a row has the value of a place.
    pub(super) check: Box<Check>,
}

fn case<T>(name: impl Into<String>, values: ArrayRef, expected: Vec<T>) -> Case
where
    T: for<'r> Decode<'r, FlightSql> + Type<FlightSql> + Clone + PartialEq + Debug + 'static,
{
    assert_eq!(values.len(), expected.len());
    Case {
        name: name.into(),
        len: expected.len(),
        values,
        with_null: None,
        metadata: HashMap::new(),
        check: Box::new(move |row, place, what| {
            let value: Option<T> = row.get("v");
            assert_eq!(value, place.map(|place| expected[place].clone()), "{what}");
            if let Some(place) = place {
                assert_eq!(row.get::<T, _>(0), expected[place], "{what}");
            } else {
                assert!(row.try_get::<T, _>(0).is_err(), "{what}");
            }
        }),
    }
}

fn extension<T>(name: &str, values: ArrayRef, expected: Vec<T>) -> Case
where
    T: for<'r> Decode<'r, FlightSql> + Type<FlightSql> + Clone + PartialEq + Debug + 'static,
{
    let mut case = case(name, values, expected);
    let metadata = match name {
        "arrow.opaque" => r#"{"type_name": "geometry", "vendor_name": "test"}"#,
        _ => "",
    };
    case.metadata = HashMap::from([
        ("ARROW:extension:name".to_owned(), name.to_owned()),
        ("ARROW:extension:metadata".to_owned(), metadata.to_owned()),
    ]);
    case
}

fn numbers<T: ArrowPrimitiveType>(values: Vec<T::Native>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::from_iter_values(values))
}

fn field(name: &str, data_type: DataType, nullable: bool) -> Arc<Field> {
    Arc::new(Field::new(name, data_type, nullable))
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = scalars();
    cases.extend(texts());
    cases.extend(times::cases());
    cases.extend(nested::lists());
    cases.extend(nested::records());
    cases.extend(extensions::cases());
    cases
}

fn scalars() -> Vec<Case> {
    let decimals: Vec<String> = ["-1.50", "0.25", "123.00"].map(str::to_owned).into();
    let decimal = |name: &str, values: ArrayRef| {
        let expected = decimals.clone();
        let mut case = case::<Shown>(name, values, expected.into_iter().map(Shown).collect());
        case.name = name.to_owned();
        case
    };
    let wide = |value: i128| i256::from_i128(value);
    vec![
        {
            let mut null = case::<Shown>(
                "Null",
                Arc::new(NullArray::new(2)),
                vec![shown("NULL"), shown("NULL")],
            );
            null.check = Box::new(|row, _, what| {
                assert_eq!(row.get::<Option<i64>, _>("v"), None, "{what}");
                assert_eq!(row.get::<Option<String>, _>("v"), None, "{what}");
                assert!(row.try_get::<i64, _>("v").is_err(), "{what}");
            });
            null
        },
        case(
            "Boolean",
            Arc::new(BooleanArray::from(vec![true, false, true])),
            vec![true, false, true],
        ),
        case(
            "Int8",
            numbers::<Int8Type>(vec![i8::MIN, 0, i8::MAX]),
            vec![i8::MIN, 0, i8::MAX],
        ),
        case(
            "Int16",
            numbers::<Int16Type>(vec![i16::MIN, 0, i16::MAX]),
            vec![i16::MIN, 0, i16::MAX],
        ),
        case(
            "Int32",
            numbers::<Int32Type>(vec![i32::MIN, 0, i32::MAX]),
            vec![i32::MIN, 0, i32::MAX],
        ),
        case(
            "Int64",
            numbers::<Int64Type>(vec![i64::MIN, 0, i64::MAX]),
            vec![i64::MIN, 0, i64::MAX],
        ),
        case(
            "UInt8",
            numbers::<UInt8Type>(vec![0, 1, u8::MAX]),
            vec![0, 1, u8::MAX],
        ),
        case(
            "UInt16",
            numbers::<UInt16Type>(vec![0, 1, u16::MAX]),
            vec![0, 1, u16::MAX],
        ),
        case(
            "UInt32",
            numbers::<UInt32Type>(vec![0, 1, u32::MAX]),
            vec![0, 1, u32::MAX],
        ),
        case(
            "UInt64",
            numbers::<UInt64Type>(vec![0, 1, u64::MAX]),
            vec![0, 1, u64::MAX],
        ),
        case(
            "Float16",
            Arc::new(PrimitiveArray::<Float16Type>::from_iter_values(
                [1.5_f32, -0.25].map(<Float16Type as ArrowPrimitiveType>::Native::from_f32),
            )),
            vec![1.5_f32, -0.25],
        ),
        case(
            "Float32",
            numbers::<Float32Type>(vec![1.5, f32::MIN, f32::INFINITY]),
            vec![1.5, f32::MIN, f32::INFINITY],
        ),
        case(
            "Float64",
            numbers::<Float64Type>(vec![0.1, f64::MAX, f64::EPSILON]),
            vec![0.1, f64::MAX, f64::EPSILON],
        ),
        decimal(
            "Decimal32",
            Arc::new(
                Decimal32Array::from(vec![-150, 25, 12300])
                    .with_precision_and_scale(9, 2)
                    .unwrap(),
            ),
        ),
        decimal(
            "Decimal64",
            Arc::new(
                Decimal64Array::from(vec![-150, 25, 12300])
                    .with_precision_and_scale(18, 2)
                    .unwrap(),
            ),
        ),
        decimal(
            "Decimal128",
            Arc::new(
                Decimal128Array::from(vec![-150, 25, 12300])
                    .with_precision_and_scale(38, 2)
                    .unwrap(),
            ),
        ),
        decimal(
            "Decimal256",
            Arc::new(
                Decimal256Array::from(vec![wide(-150), wide(25), wide(12300)])
                    .with_precision_and_scale(76, 2)
                    .unwrap(),
            ),
        ),
        case(
            "Decimal128 of scale 0",
            Arc::new(
                Decimal128Array::from(vec![-(10_i128.pow(38) - 1), 7])
                    .with_precision_and_scale(38, 0)
                    .unwrap(),
            ),
            vec![-(10_i128.pow(38) - 1), 7],
        ),
        case(
            "Decimal256 of scale 0",
            Arc::new(
                Decimal256Array::from(vec![
                    i256::from_string("1234567890123456789012345678901234567890123").unwrap(),
                    wide(-7),
                ])
                .with_precision_and_scale(76, 0)
                .unwrap(),
            ),
            vec![
                i256::from_string("1234567890123456789012345678901234567890123").unwrap(),
                wide(-7),
            ],
        ),
    ]
}

/// Any value as its text, for types whose Rust type needs a feature. The tests of the features read them, too.
#[derive(Debug, Clone, PartialEq)]
struct Shown(String);

fn shown(text: &str) -> Shown {
    Shown(text.to_owned())
}

impl Type<FlightSql> for Shown {
    fn type_info() -> flightsql::FlightSqlTypeInfo {
        flightsql::FlightSqlTypeInfo::new(DataType::Null)
    }

    fn compatible(_: &flightsql::FlightSqlTypeInfo) -> bool {
        true
    }
}

impl<'r> Decode<'r, FlightSql> for Shown {
    fn decode(
        value: flightsql::FlightSqlValueRef<'r>,
    ) -> Result<Self, flightsql::error::BoxDynError> {
        if flightsql::ValueRef::is_null(&value) {
            return Err("NULL".into());
        }
        Ok(Self(value.to_string()))
    }
}

fn texts() -> Vec<Case> {
    let words = ["", "plain", "Grüße, 世界 🦀, and more than twelve bytes"];
    let owned: Vec<String> = words.map(str::to_owned).into();
    let bytes: [&[u8]; 3] = [b"", &[0, 255], b"more than twelve bytes here"];
    let owned_bytes: Vec<Vec<u8>> = bytes.map(<[u8]>::to_vec).into();
    vec![
        case(
            "Utf8",
            Arc::new(StringArray::from(words.to_vec())),
            owned.clone(),
        ),
        case(
            "LargeUtf8",
            Arc::new(LargeStringArray::from(words.to_vec())),
            owned.clone(),
        ),
        case(
            "Utf8View",
            Arc::new(StringViewArray::from(words.to_vec())),
            owned,
        ),
        case(
            "Binary",
            Arc::new(BinaryArray::from(bytes.to_vec())),
            owned_bytes.clone(),
        ),
        case(
            "LargeBinary",
            Arc::new(LargeBinaryArray::from(bytes.to_vec())),
            owned_bytes.clone(),
        ),
        case(
            "BinaryView",
            Arc::new(BinaryViewArray::from(bytes.to_vec())),
            owned_bytes,
        ),
        case(
            "FixedSizeBinary",
            Arc::new(FixedSizeBinaryArray::try_from_iter([[1_u8, 2], [255, 0]].iter()).unwrap()),
            vec![[1_u8, 2], [255, 0]],
        ),
    ]
}
