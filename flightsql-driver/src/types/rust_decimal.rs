//! `rust_decimal::Decimal`: 96 bits and up to 28 fraction digits.

use arrow_buffer::i256;
use sqlx_core::types::Decimal;

use super::decimal::{holds_decimals, null_type};
use crate::arrow::scalar::Scalar;
use crate::to_arrow::encoded_columns;
use crate::value::read;

sql_types! {
    Decimal: null_type(), holds_decimals;
}

encoded_columns! {
    Decimal;
}

scalars! {
    Decimal: |value| Scalar::decimal(i256::from_i128(value.mantissa()), value.scale().into())?;
}

decodes! {
    Decimal as "Decimal": |value, rust| {
        let (unscaled, scale) = match read::decimal(value, rust)? {
            read::Decimal::Small(unscaled, scale) => {
                if let Ok(scale) = u32::try_from(scale)
                    && let Ok(decimal) = Self::try_from_i128_with_scale(unscaled, scale)
                {
                    return Ok(decimal);
                }
                (i256::from_i128(unscaled), scale)
            }
            read::Decimal::Large(unscaled, scale) => (unscaled, scale),
        };
        reduced(unscaled, scale.into()).ok_or_else(|| read::does_not_fit(value, rust))
    };
}

/// Returns the number with fewer digits: without trailing fraction zeros and without a negative scale.
fn reduced(mut unscaled: i256, mut scale: i32) -> Option<Decimal> {
    let ten = i256::from_i128(10);
    while scale < 0 {
        unscaled = unscaled.checked_mul(ten)?;
        scale += 1;
    }
    loop {
        if let (Some(small), Ok(scale)) = (unscaled.to_i128(), u32::try_from(scale))
            && let Ok(decimal) = Decimal::try_from_i128_with_scale(small, scale)
        {
            return Some(decimal);
        }
        if scale == 0 || unscaled.checked_rem(ten)? != i256::ZERO {
            return None;
        }
        unscaled = unscaled.checked_div(ten)?;
        scale -= 1;
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{
        Array as _, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array, Float64Array,
        UInt64Array,
    };
    use arrow_buffer::i256;
    use arrow_schema::DataType;
    use proptest::prelude::*;
    use sqlx_core::types::Decimal;

    use crate::types::tests::{bind, read, round_trip};

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    proptest! {
        #[test]
        fn decimals_round_trip(mantissa in -(1_i128 << 96) + 1..1_i128 << 96, scale in 0_u32..=28) {
            let value = Decimal::from_i128_with_scale(mantissa, scale);
            round_trip(&value, &[DataType::Decimal256(76, 28)]);
            let own = bind(value, None).unwrap();
            let scale = i8::try_from(scale).unwrap();
            prop_assert_eq!(own.data_type(), &DataType::Decimal128(38, scale));
        }
    }

    #[test]
    fn decimals_of_every_width() {
        let d32 = Decimal32Array::from(vec![-150])
            .with_precision_and_scale(9, 2)
            .unwrap();
        let d64 = Decimal64Array::from(vec![-150])
            .with_precision_and_scale(18, 2)
            .unwrap();
        let d128 = Decimal128Array::from(vec![-150])
            .with_precision_and_scale(38, 2)
            .unwrap();
        let d256 = Decimal256Array::from(vec![i256::from_i128(-150)])
            .with_precision_and_scale(76, 2)
            .unwrap();
        for read in [read(d32, 0), read(d64, 0), read(d128, 0), read(d256, 0)] {
            let value: Decimal = read.unwrap();
            assert_eq!(value.to_string(), "-1.50");
        }
        let negative = Decimal128Array::from(vec![12])
            .with_precision_and_scale(5, -3)
            .unwrap();
        assert_eq!(read::<Decimal>(negative, 0).unwrap(), number("12000"));
        assert_eq!(
            read::<Decimal>(UInt64Array::from(vec![u64::MAX]), 0).unwrap(),
            u64::MAX.into()
        );
    }

    #[test]
    fn more_digits_are_read_when_they_are_zeros() {
        let forty = i256::from_i128(15)
            .checked_mul(i256::from_i128(10).wrapping_pow(39))
            .unwrap();
        let one_more = forty.checked_add(i256::ONE).unwrap();
        let array = Decimal256Array::from(vec![forty, one_more, i256::MAX])
            .with_precision_and_scale(76, 40)
            .unwrap();
        assert_eq!(read::<Decimal>(array.clone(), 0).unwrap(), number("1.5"));
        assert!(read::<Decimal>(array.clone(), 1).is_err());
        assert!(read::<Decimal>(array, 2).is_err());
        let wide = Decimal128Array::from(vec![i128::MAX])
            .with_precision_and_scale(38, 0)
            .unwrap();
        assert!(read::<Decimal>(wide, 0).is_err());
    }

    #[test]
    fn nothing_rounds() {
        assert!(bind(number("1.234"), Some(DataType::Decimal128(10, 2))).is_err());
        assert!(bind(number("123.4"), Some(DataType::Decimal128(4, 2))).is_err());
        assert!(bind(number("1.5"), Some(DataType::Float64)).is_ok());
        assert!(bind(number("0.1"), Some(DataType::Float64)).is_err());
        assert!(read::<Decimal>(Float64Array::from(vec![1.5]), 0).is_err());
        round_trip(
            &number("1.230"),
            &[DataType::Decimal128(10, 3), DataType::Decimal64(10, 2)],
        );
        round_trip(&Decimal::MAX, &[DataType::Decimal256(76, 10)]);
    }
}
