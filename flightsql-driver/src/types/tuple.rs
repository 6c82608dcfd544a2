//! Tuples: Arrow structs by position.
//!
//! Structs of your own, by name, come with `#[derive(Type)]`. Layout:
//! <https://arrow.apache.org/docs/format/Columnar.html#struct-layout>.

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
use crate::value::nested::{Inside, holds};

/// Tuples of 1 to 12 fields. Bound with the names `c0`, `c1`, …, as engines name the fields of `struct(…)`.
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

tuples! {
    (A 0);
    (A 0, B 1);
    (A 0, B 1, C 2);
    (A 0, B 1, C 2, D 3);
    (A 0, B 1, C 2, D 3, E 4);
    (A 0, B 1, C 2, D 3, E 4, F 5);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
}

#[cfg(test)]
mod tests;
