//! `f32` and `f64`.
//!
//! Reading widens and never narrows: an `f32` cannot be read from a Float64 column. An integer can be read if the float holds
//! it exactly. A decimal cannot be read, because its exactness depends on the value.

use arrow_schema::DataType;

use crate::arrow::scalar::Scalar;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, read};

sql_types! {
    f32: FlightSqlTypeInfo::new(DataType::Float32), holds_singles;
    f64: FlightSqlTypeInfo::new(DataType::Float64), holds_floats;
}

scalars! {
    f32: |value| Scalar::Float32(*value);
    f64: |value| Scalar::Float64(*value);
}

// An integer that the float does not hold exactly is an error when it is read.
#[inline]
fn holds_singles(ty: &FlightSqlTypeInfo) -> bool {
    let data_type = ty.value_type();
    data_type.is_integer() || matches!(data_type, DataType::Float32 | DataType::Float16)
}

#[inline]
fn holds_floats(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Float64) || holds_singles(ty)
}

decodes! {
    #[inline]
    f32 as "f32": |value, rust| match value.data()? {
        (Data::Float32(values), row) => read::get(values, row),
        _ => read::single(value, rust),
    };
    #[inline]
    f64 as "f64": |value, rust| match value.data()? {
        (Data::Float64(values), row) => read::get(values, row),
        _ => read::float(value, rust),
    };
}

#[cfg(test)]
mod tests {
    use arrow_array::types::{ArrowPrimitiveType, Float16Type};
    use arrow_array::{
        BooleanArray, Decimal128Array, Float16Array, Float32Array, Float64Array, Int64Array,
        UInt8Array,
    };
    use arrow_schema::DataType;
    use proptest::prelude::*;

    use crate::types::tests::{bind, read, round_trip};

    proptest! {
        #[test]
        fn f64_round_trips(value in prop::num::f64::ANY.prop_filter("NaN is not equal", |v| !v.is_nan())) {
            round_trip(&value, &[DataType::Float64]);
        }

        #[test]
        fn f32_round_trips(value in prop::num::f32::ANY.prop_filter("NaN is not equal", |v| !v.is_nan())) {
            round_trip(&value, &[DataType::Float32]);
            // Widened by the server's type, it reads as the wide type only.
            let wide = bind(value, Some(DataType::Float64)).unwrap();
            prop_assert_eq!(crate::types::tests::row_of(wide, 0).try_get_f64(), f64::from(value));
        }
    }

    trait TryGet {
        fn try_get_f64(&self) -> f64;
    }

    impl TryGet for crate::row::FlightSqlRow {
        fn try_get_f64(&self) -> f64 {
            sqlx_core::row::Row::get(self, 0)
        }
    }

    #[test]
    fn narrow_columns_widen() {
        let half = <Float16Type as ArrowPrimitiveType>::Native::from_f32(1.5);
        assert_eq!(read::<f32>(Float16Array::from(vec![half]), 0).unwrap(), 1.5);
        assert_eq!(read::<f64>(Float16Array::from(vec![half]), 0).unwrap(), 1.5);
        assert_eq!(
            read::<f64>(Float32Array::from(vec![0.1]), 0).unwrap(),
            f64::from(0.1_f32)
        );
        assert!(
            read::<f64>(Float64Array::from(vec![f64::NAN]), 0)
                .unwrap()
                .is_nan()
        );
        round_trip(&1.5_f32, &[DataType::Float16]);
        round_trip(&-0.25_f64, &[DataType::Float16, DataType::Float32]);
    }

    #[test]
    fn nothing_narrows_or_converts() {
        assert!(read::<f32>(Float64Array::from(vec![1.0]), 0).is_err());
        let decimals = Decimal128Array::from(vec![150]);
        let error = read::<f64>(decimals, 0).unwrap_err().to_string();
        assert!(error.contains("read it as a decimal"), "{error}");
    }

    #[test]
    fn j13_integers_read_as_floats_where_they_are_exact() {
        let longs = Int64Array::from(vec![1 << 53, (1 << 53) + 1, i64::MIN, 16_777_217]);
        assert_eq!(
            read::<f64>(longs.clone(), 0).unwrap(),
            9_007_199_254_740_992.0
        );
        assert_eq!(
            read::<f64>(longs.clone(), 2).unwrap(),
            -9_223_372_036_854_775_808.0
        );
        let error = read::<f64>(longs.clone(), 1).unwrap_err().to_string();
        assert!(
            error.contains("does not fit into Rust type `f64`"),
            "{error}"
        );
        assert_eq!(
            read::<f32>(longs.clone(), 0).unwrap(),
            9_007_199_254_740_992.0
        );
        assert!(read::<f32>(longs, 3).is_err());
        let bytes = UInt8Array::from(vec![Some(200), None]);
        assert_eq!(read::<f32>(bytes.clone(), 0).unwrap(), 200.0);
        assert_eq!(read::<Option<f64>>(bytes, 1).unwrap(), None);
        assert!(read::<f64>(BooleanArray::from(vec![true]), 0).is_err());
    }
}
