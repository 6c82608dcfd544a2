//! `half::f16`.

use arrow_array::types::Float16Type;
use arrow_schema::DataType;
use half::f16;

use crate::arrow::scalar::Scalar;
use crate::to_arrow::arrow_columns;
use crate::to_arrow::primitive::numbers;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::read;

sql_types! {
    f16: FlightSqlTypeInfo::new(DataType::Float16), holds_halves;
}

scalars! {
    f16: |value| Scalar::Float16(*value);
}

arrow_columns! {
    f16: |value| *value, numbers::<Float16Type>;
}

#[inline]
fn holds_halves(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Float16)
}

decodes! {
    f16 as "f16": |value, rust| read::half(value, rust);
}

#[cfg(test)]
mod tests {
    use arrow_array::Float32Array;
    use arrow_schema::DataType;
    use half::f16;

    use crate::types::tests::{bind, read, round_trip};

    #[test]
    fn halves_round_trip_and_widen() {
        let wanted = [DataType::Float16, DataType::Float32, DataType::Float64];
        for value in [f16::ZERO, f16::MAX, f16::MIN_POSITIVE, f16::NEG_INFINITY] {
            round_trip(&value, &wanted[..1]);
            for wanted in &wanted[1..] {
                let array = bind(value, Some(wanted.clone())).unwrap();
                assert_eq!(
                    read::<f64>(array, 0).unwrap().to_bits(),
                    f64::from(value).to_bits()
                );
            }
        }
        let error = read::<f16>(Float32Array::from(vec![1.0]), 0)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("Float32") && error.contains("f16"),
            "{error}"
        );
    }
}
