//! Tuples: Arrow structs by position.
//!
//! `#[derive(Type)]` reads structs by name. Layout: <https://arrow.apache.org/docs/format/Columnar.html#struct-layout>.

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use super::list::FlightSqlHasArrayType;
use crate::arguments::{FlightSqlArgumentBuffer, encoded_scalar};
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::FlightSqlValueRef;
use crate::value::inside::Inside;
use crate::value::nested::holds;

/// Tuples, bound with the field names `c0`, `c1`, …, as engines name the fields of `struct(…)`.
macro_rules! tuples {
    ($(($($type:ident $index:tt),+);)*) => {$(
        impl<$($type: Type<FlightSql>),+> Type<FlightSql> for ($($type,)+) {
            fn type_info() -> FlightSqlTypeInfo {
                FlightSqlTypeInfo::new(DataType::Struct(
                    [$($type::type_info().to_field(concat!("c", $index))),+].into_iter().collect(),
                ))
            }

            fn compatible(ty: &FlightSqlTypeInfo) -> bool {
                const LEN: usize = [$($index),+].len();
                matches!(ty.value_type(), DataType::Struct(_))
                    && ty.children().len() == LEN
                    && $(holds::<$type>(&ty.children()[$index]))&&+
            }
        }

        impl<$($type: Type<FlightSql>),+> FlightSqlHasArrayType for ($($type,)+) {}

        impl<'q, $($type: Encode<'q, FlightSql> + Type<FlightSql>),+> Encode<'q, FlightSql>
            for ($($type,)+)
        {
            fn encode_by_ref(
                &self,
                buf: &mut FlightSqlArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                let fields = vec![$((
                    concat!("c", $index).into(),
                    encoded_scalar(&self.$index).map_err(|source| {
                        Inside::error(format!("field {}", $index), source)
                    })?,
                )),+];
                buf.push(Scalar::Struct(fields));
                Ok(IsNull::No)
            }
        }

        impl<'r, $($type: Decode<'r, FlightSql> + Type<FlightSql>),+> Decode<'r, FlightSql>
            for ($($type,)+)
        {
            fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
                const LEN: usize = [$($index),+].len();
                let rust = std::any::type_name::<Self>();
                let fields = value.structure_for(rust)?;
                if fields.len() != LEN {
                    let len = fields.len();
                    return Err(
                        format!("a struct of {len} fields cannot be read as `{rust}`").into()
                    );
                }
                Ok(($(fields.try_get_at::<$type>($index)?,)+))
            }
        }
    )*};
}

super::for_tuples!(tuples);

#[cfg(test)]
mod tests {
    use arrow_schema::{DataType, Field, Fields};

    use crate::types::tests::{bind, round_trip, row_of};

    fn structure(fields: Vec<Field>) -> DataType {
        DataType::Struct(Fields::from(fields))
    }

    #[test]
    fn tuples_round_trip_by_position() {
        let wanted = structure(vec![
            Field::new("x", DataType::Int8, false),
            Field::new("y", DataType::Utf8View, true),
        ]);
        round_trip(
            &(1_i64, Some("a".to_owned())),
            std::slice::from_ref(&wanted),
        );
        round_trip(&(1_i64, None::<String>), &[wanted]);
        round_trip(&((1_i64,), vec![(true, 2.5_f64)]), &[]);
    }

    #[test]
    fn the_fields_must_be_as_many_and_of_such_types() {
        let array = bind((1_i64, 2_i64), None).unwrap();
        let row = row_of(array, 0);
        let read = |error: sqlx_core::error::Error| error.to_string();
        let error = read(sqlx_core::row::Row::try_get::<(i64,), _>(&row, "c").unwrap_err());
        assert!(
            error.contains("Struct") && error.contains("(i64,)"),
            "{error}"
        );
        let error = read(sqlx_core::row::Row::try_get::<(i64, String), _>(&row, "c").unwrap_err());
        assert!(error.contains("String"), "{error}");

        let wanted = structure(vec![Field::new("x", DataType::Int64, true)]);
        let error = bind((1_i64, 2_i64), Some(wanted)).unwrap_err().to_string();
        assert!(error.contains("number of fields"), "{error}");
        let wanted = structure(vec![Field::new("x", DataType::Int64, false)]);
        let error = bind((None::<i64>,), Some(wanted)).unwrap_err().to_string();
        assert!(error.contains("NULL"), "{error}");
    }
}
