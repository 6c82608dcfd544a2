//! Floats: round trips and widening.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_array::types::{ArrowPrimitiveType, Float16Type};
use arrow_array::{Float16Array, Float32Array, Float64Array, Int64Array};
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
    assert!(read::<f64>(Int64Array::from(vec![1]), 0).is_err());
}
