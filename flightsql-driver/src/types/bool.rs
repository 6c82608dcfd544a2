//! `bool`.

use arrow_schema::DataType;

use crate::arrow::logical_type::BOOL8_EXTENSION;
use crate::arrow::scalar::Scalar;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, read};

sql_types! {
    bool: FlightSqlTypeInfo::new(DataType::Boolean), holds_booleans;
}

scalars! {
    bool: |value| Scalar::Boolean(*value);
}

/// Bits, or the bytes of `arrow.bool8` (<https://arrow.apache.org/docs/format/CanonicalExtensions.html#bit-boolean>).
#[inline]
fn holds_booleans(ty: &FlightSqlTypeInfo) -> bool {
    match ty.value_type() {
        DataType::Boolean => true,
        DataType::Int8 => ty.extension_name() == Some(BOOL8_EXTENSION),
        _ => false,
    }
}

decodes! {
    #[inline]
    bool as "bool": |value, rust| match value.data()? {
        (Data::Boolean(values), row) if row < values.len() => Ok(values.value(row)),
        _ => read::boolean(value, rust),
    };
}
