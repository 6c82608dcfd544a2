//! `BigDecimal`: every digit kept.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_array::{Array as _, Decimal128Array, Decimal256Array, Int64Array};
use arrow_buffer::i256;
use arrow_schema::DataType;
use proptest::prelude::*;
use sqlx_core::types::BigDecimal;

use crate::types::tests::{bind, read, round_trip};

fn number(text: &str) -> BigDecimal {
    text.parse().unwrap()
}

proptest! {
    #[test]
    fn decimals_round_trip(mantissa: i128, scale in -20_i64..=37) {
        round_trip(&BigDecimal::new(mantissa.into(), scale), &[]);
    }

    #[test]
    fn long_decimals_round_trip(digits in "-?[1-9][0-9]{0,75}", scale in 0_i64..=76) {
        let (unscaled, _) = number(&digits).into_bigint_and_scale();
        round_trip(&BigDecimal::new(unscaled, scale), &[DataType::Decimal256(76, i8::try_from(scale).unwrap())]);
    }
}

#[test]
fn the_type_grows_with_the_value() {
    let own = |text: &str| bind(number(text), None).unwrap().data_type().clone();
    assert_eq!(own("1.50"), DataType::Decimal128(38, 2));
    assert_eq!(own("1e5"), DataType::Decimal128(38, 0));
    assert_eq!(own(&"9".repeat(38)), DataType::Decimal128(38, 0));
    assert_eq!(own(&"9".repeat(39)), DataType::Decimal256(76, 0));
    assert_eq!(own("1e-50"), DataType::Decimal256(76, 50));
    assert_eq!(own("0e-500"), DataType::Decimal256(76, 76));
    assert_eq!(own("1000e-79"), DataType::Decimal256(76, 76));
}

#[test]
fn what_no_decimal_holds_is_an_error() {
    for text in [
        "1e76",
        "1e-77",
        "1e1000000000",
        "1e-1000000000",
        &"9".repeat(77),
        &"9".repeat(90),
    ] {
        assert!(bind(number(text), None).is_err(), "{text}");
    }
}

#[test]
fn every_digit_is_read() {
    let array = Decimal256Array::from(vec![i256::MIN, i256::MAX, i256::from_i128(-5)])
        .with_precision_and_scale(76, 3)
        .unwrap();
    assert_eq!(
        read::<BigDecimal>(array.clone(), 0).unwrap(),
        number("-57896044618658097711785492504343953926634992332820282019728792003956564819.968")
    );
    assert_eq!(
        read::<BigDecimal>(array.clone(), 1).unwrap(),
        number("57896044618658097711785492504343953926634992332820282019728792003956564819.967")
    );
    assert_eq!(read::<BigDecimal>(array, 2).unwrap(), number("-0.005"));
    let negative = Decimal128Array::from(vec![12])
        .with_precision_and_scale(5, -3)
        .unwrap();
    assert_eq!(read::<BigDecimal>(negative, 0).unwrap(), number("12000"));
    assert_eq!(
        read::<BigDecimal>(Int64Array::from(vec![-7]), 0).unwrap(),
        number("-7")
    );
}
