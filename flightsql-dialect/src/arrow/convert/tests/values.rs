//! Tests of conversions by a rule of the dialect, value by value.

use arrow_array::cast::AsArray as _;
use arrow_array::types::*;
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, FixedSizeBinaryArray, Int8Array,
    TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow_buffer::i256;
use arrow_schema::DataType::*;
use arrow_schema::TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

use super::{array, shown, texts};
use crate::arrow::convert::convert;
use crate::arrow::logical_type::Encoding;

#[test]
fn text_becomes_numbers_as_a_whole_or_not_at_all() {
    assert_eq!(
        texts(
            &[
                "1.239", "1.5", "-0.05", "+7", ".5", "1.", "1e2", "12E-1", "", ".", "-", "1 ",
                "1_0", "NaN", "1.2300"
            ],
            &Decimal128(38, 2),
        ),
        [
            "refused", "1.50", "-0.05", "7.00", "0.50", "1.00", "100.00", "1.20", "refused",
            "refused", "refused", "refused", "refused", "refused", "1.23"
        ]
    );
    assert_eq!(
        texts(
            &[
                "127",
                "128",
                "-128",
                "-129",
                "1.0",
                "1.5",
                "0x1",
                "1e9999999",
                "1e-9999999",
                "0e99999"
            ],
            &Int8
        ),
        [
            "127", "refused", "-128", "refused", "1", "refused", "refused", "refused", "refused",
            "refused"
        ]
    );
    let nines = "9".repeat(76);
    assert_eq!(
        texts(
            &[
                &nines,
                &format!("{nines}0"),
                &format!("0.{}", "0".repeat(300))
            ],
            &Decimal256(76, 0)
        ),
        [&*nines, "refused", "0"]
    );
    assert_eq!(
        texts(
            &[
                "0.1",
                "inf",
                "-Infinity",
                "nan",
                "1e400",
                "1e-400",
                "0e5",
                "1,5",
                "Infinit"
            ],
            &Float64
        ),
        [
            "0.1", "inf", "-inf", "NaN", "refused", "refused", "0.0", "refused", "refused"
        ]
    );
    // The nearest value in 32 bits, without rounding to 64 bits first.
    assert_eq!(
        texts(&["1.0000001788139343261718749999999"], &Float32),
        ["1.0000001"]
    );
    assert_eq!(
        texts(
            &["true", "FALSE", "t", "F", "1", "0", "yes", "2", ""],
            &Boolean
        ),
        [
            "true", "false", "true", "false", "true", "false", "refused", "refused", "refused"
        ]
    );
}

#[test]
fn text_becomes_dates_and_times() {
    assert_eq!(
        texts(
            &[
                "2024-02-29",
                "2023-02-29",
                "0001-01-01",
                "9999-12-31",
                "0000-01-01",
                "2024-1-1",
                "2024-13-01",
                "2024-05-01 00:00:00",
                "2024-05-01T00:00:01",
                " 2024-05-01"
            ],
            &Date32,
        ),
        [
            "2024-02-29",
            "refused",
            "0001-01-01",
            "9999-12-31",
            "refused",
            "refused",
            "refused",
            "2024-05-01",
            "refused",
            "refused"
        ]
    );
    assert_eq!(
        texts(
            &[
                "23:59:59.25",
                "23:59",
                "24:00:00",
                "23:59:60",
                "1:00:00",
                "00:00:00.0000001",
                "00:00:00.1230"
            ],
            &Time64(Microsecond)
        ),
        [
            "23:59:59.250",
            "23:59:00",
            "refused",
            "refused",
            "refused",
            "refused",
            "00:00:00.123"
        ]
    );
    assert_eq!(
        texts(
            &[
                "2024-05-01 12:00:00",
                "2024-05-01T12:00:00.5",
                "2024-05-01",
                "2024-05-01 12:00:00Z",
                "2024-05-01x12:00:00",
                "2016-12-31 23:59:60"
            ],
            &Timestamp(Millisecond, None),
        ),
        [
            "2024-05-01T12:00:00",
            "2024-05-01T12:00:00.500",
            "2024-05-01T00:00:00",
            "refused",
            "refused",
            "refused"
        ]
    );
    assert_eq!(
        texts(
            &[
                "2024-05-01T12:00:00Z",
                "2024-05-01 12:00:00+02:00",
                "2024-05-01 12:00:00 UTC",
                "2024-05-01 12:00:00-0030",
                "2024-05-01 12:00:00",
                "2024-05-01",
                "2024-05-01 12:00:00+25:00",
                "2024-05-01 12:00:00  Z"
            ],
            &Timestamp(Second, Some("+00:00".into())),
        ),
        [
            "2024-05-01T12:00:00Z",
            "2024-05-01T10:00:00Z",
            "2024-05-01T12:00:00Z",
            "2024-05-01T12:30:00Z",
            "refused",
            "refused",
            "refused",
            "refused"
        ]
    );
}

#[test]
fn text_becomes_a_uuid() {
    let usual = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let hex = "67e5504410b1426f9247bb680e5fe0c8";
    let given = [
        usual.to_owned(),
        usual.to_uppercase(),
        hex.to_owned(),
        format!("{{{usual}}}"),
        format!("urn:uuid:{usual}"),
        usual.replacen('-', "0", 1),
        format!("{{{usual}"),
        format!("{hex}0"),
        "é".repeat(18),
    ];
    let given: Vec<_> = given.iter().map(String::as_str).collect();
    let expected = [
        hex, hex, hex, hex, hex, "refused", "refused", "refused", "refused",
    ];
    assert_eq!(texts(&given, &FixedSizeBinary(16)), expected);
}

#[test]
fn values_become_text_in_one_form() {
    let written = |from: ArrayRef| shown(&from, &Utf8View, Encoding::Value);
    let date = Date32Array::from(vec![
        Some(19_844),
        None,
        Some(i32::MAX),
        Some(-719_162),
        Some(2_932_896),
    ]);
    assert_eq!(
        written(array(date)),
        ["2024-05-01", "NULL", "refused", "0001-01-01", "9999-12-31"]
    );
    let clock = TimestampMicrosecondArray::from(vec![-1, 1_714_564_800_500_000, i64::MAX]);
    assert_eq!(
        written(array(clock.clone())),
        [
            "1969-12-31 23:59:59.999999",
            "2024-05-01 12:00:00.5",
            "refused"
        ]
    );
    assert_eq!(
        written(array(clock.with_timezone("Europe/Paris"))),
        [
            "1969-12-31 23:59:59.999999+00:00",
            "2024-05-01 12:00:00.5+00:00",
            "refused"
        ]
    );
    let floats = arrow_array::Float32Array::from(vec![0.1, 1.0, f32::NAN, f32::NEG_INFINITY, 1e20]);
    assert_eq!(
        written(array(floats)),
        ["0.1", "1.0", "NaN", "-Infinity", "1e20"]
    );
    let decimals = arrow_array::Decimal128Array::from(vec![5, -1234, 0]);
    let scaled = |scale| {
        array(
            decimals
                .clone()
                .with_precision_and_scale(38, scale)
                .unwrap(),
        )
    };
    assert_eq!(written(scaled(3)), ["0.005", "-1.234", "0.000"]);
    assert_eq!(written(scaled(-2)), ["500", "-123400", "0"]);
    let uuid = FixedSizeBinaryArray::try_from_iter([[0xab_u8; 16]].into_iter()).unwrap();
    assert_eq!(
        written(array(uuid)),
        ["abababab-abab-abab-abab-abababababab"]
    );
    assert_eq!(
        written(array(BooleanArray::from(vec![true, false]))),
        ["true", "false"]
    );
}

#[test]
fn i7_i8_only_zero_and_one_are_booleans() {
    let ints = array(Int8Array::from(vec![
        Some(0),
        Some(1),
        Some(7),
        Some(-1),
        None,
    ]));
    assert_eq!(
        shown(&ints, &Boolean, Encoding::Value),
        ["false", "true", "refused", "refused", "NULL"]
    );
    let bools = array(BooleanArray::from(vec![Some(true), None]));
    assert_eq!(shown(&bools, &UInt8, Encoding::Value), ["1", "NULL"]);
}

#[test]
fn points_in_time_change_their_kind_by_a_rule() {
    let seconds = Timestamp(Second, None);
    let days = array(Date32Array::from(vec![1, i32::MAX]));
    assert_eq!(
        shown(&days, &seconds, Encoding::Value)[0],
        "1970-01-02T00:00:00"
    );
    assert_eq!(
        shown(&days, &Timestamp(Nanosecond, None), Encoding::Value)[1],
        "refused"
    );
    let clock = array(TimestampMillisecondArray::from(vec![
        86_400_000,
        1,
        -86_400_000,
    ]));
    assert_eq!(
        shown(&clock, &Date32, Encoding::Value),
        ["1970-01-02", "refused", "1969-12-31"]
    );
    let utc = Timestamp(Microsecond, Some("UTC".into()));
    let made = convert(&clock, &utc, Encoding::Value).unwrap();
    assert_eq!(
        made.array
            .as_primitive::<TimestampMicrosecondType>()
            .values()[..],
        [86_400_000_000, 1_000, -86_400_000_000]
    );
}

#[test]
fn text_that_came_as_bytes_is_refused_by_the_value() {
    let bytes = array(BinaryArray::from_opt_vec(vec![
        Some(b"12"),
        Some(b"\xff1"),
        None,
        Some(b"x"),
    ]));
    assert_eq!(
        shown(&bytes, &Int32, Encoding::Value),
        ["12", "refused", "NULL", "refused"]
    );
    assert_eq!(
        shown(&bytes, &Utf8, Encoding::Value),
        ["12", "refused", "NULL", "x"]
    );
    let uuid = b"67e55044-10b1-426f-9247-bb680e5fe0c8";
    let bytes = array(BinaryArray::from_vec(vec![&[7; 16], uuid, &[7; 17]]));
    assert_eq!(
        shown(&bytes, &FixedSizeBinary(16), Encoding::Value),
        [
            "07070707070707070707070707070707",
            "67e5504410b1426f9247bb680e5fe0c8",
            "refused"
        ]
    );
}

#[test]
fn c8_numbers_inside_bytes_are_read() {
    let fixed =
        |bytes: [u8; 16]| array(FixedSizeBinaryArray::try_from_iter([bytes].into_iter()).unwrap());
    let max = "340282366920938463463374607431768211455";
    let wide = Decimal256(39, 0);
    assert_eq!(
        shown(&fixed([0xff; 16]), &wide, Encoding::LittleEndian),
        [max]
    );
    assert_eq!(
        shown(&fixed([0xff; 16]), &wide, Encoding::SignedLittleEndian),
        ["-1"]
    );
    let mut one = [0; 16];
    one[0] = 1;
    assert_eq!(shown(&fixed(one), &wide, Encoding::LittleEndian), ["1"]);
    assert_eq!(
        shown(&fixed(one), &wide, Encoding::BigEndian),
        [(1_u128 << 120).to_string()]
    );
    assert_eq!(
        shown(&fixed(one), &Int8, Encoding::SignedLittleEndian),
        ["1"]
    );

    // The bytes that DuckDB stores for zero, one, minus one, 256 and -256, then malformed bytes.
    let bignums: Vec<&[u8]> = vec![
        b"\x80\x00\x01\x00",
        b"\x80\x00\x01\x01",
        b"\x7f\xff\xfe\xfe",
        b"\x80\x00\x02\x01\x00",
        b"\x7f\xff\xfd\xfe\xff",
        b"\x80\x00\x02\x01",
        b"\x80\x00\x00",
        b"\x80\x00",
        b"",
    ];
    let bignums = array(BinaryArray::from_vec(bignums));
    assert_eq!(
        shown(&bignums, &Decimal128(38, 0), Encoding::DuckdbBignum),
        [
            "0", "1", "-1", "256", "-256", "refused", "refused", "refused", "refused"
        ]
    );
    let long = |bytes: usize| {
        let mut value = vec![0x80, 0, u8::try_from(bytes).unwrap()];
        value.resize(3 + bytes, 0x11);
        array(BinaryArray::from_vec(vec![&value]))
    };
    let widest = i256::from_be_bytes([0x11; 32]).to_string();
    assert_eq!(
        shown(&long(32), &Decimal256(76, 0), Encoding::DuckdbBignum),
        [widest]
    );
    assert_eq!(
        shown(&long(33), &Decimal256(76, 0), Encoding::DuckdbBignum),
        ["refused"]
    );
}
