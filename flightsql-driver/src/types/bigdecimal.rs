//! `bigdecimal::BigDecimal`: any number of digits.

use arrow_buffer::i256;
use bigdecimal::num_bigint::BigInt;
use sqlx_core::types::BigDecimal;

use super::decimal::{holds_decimals, null_type};
use crate::arrow::scalar::Scalar;
use crate::to_arrow::encoded_columns;
use crate::value::read;

sql_types! {
    BigDecimal: null_type(), holds_decimals;
}

encoded_columns! {
    BigDecimal;
}

scalars! {
    BigDecimal: |value| {
        let (digits, scale) = value.as_bigint_and_scale();
        let unscaled = to_i256(&digits).ok_or(
            "a BigDecimal has more digits than an Arrow decimal can hold (76); round it first",
        )?;
        Scalar::decimal(unscaled, scale)?
    };
}

decodes! {
    BigDecimal as "BigDecimal": |value, rust| Ok(match read::decimal(value, rust)? {
        read::Decimal::Small(unscaled, scale) => Self::new(unscaled.into(), scale.into()),
        read::Decimal::Large(unscaled, scale) => Self::new(
            BigInt::from_signed_bytes_le(&unscaled.to_le_bytes()),
            scale.into(),
        ),
    });
}

fn to_i256(digits: &BigInt) -> Option<i256> {
    let bytes = digits.to_signed_bytes_le();
    let negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut all = [if negative { 0xff } else { 0 }; 32];
    all.get_mut(..bytes.len())?.copy_from_slice(&bytes);
    Some(i256::from_le_bytes(all))
}

#[cfg(test)]
mod tests {
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
            number(
                "-57896044618658097711785492504343953926634992332820282019728792003956564819.968"
            )
        );
        assert_eq!(
            read::<BigDecimal>(array.clone(), 1).unwrap(),
            number(
                "57896044618658097711785492504343953926634992332820282019728792003956564819.967"
            )
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
}
