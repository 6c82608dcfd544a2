//! `Scalar<ArrayRef>`: any Arrow value, unchanged.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, Datum as _, Scalar as ArrowScalar};
use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;

use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::FlightSqlValueRef;
use crate::value::read::outside;

// Holds any value of any type, including NULL. Without a value, the type is Null.
sql_types! {
    ArrowScalar<ArrayRef>: FlightSqlTypeInfo::new(DataType::Null), holds_anything;
}

encoded_columns! {
    ArrowScalar<ArrayRef>;
}

#[inline]
fn holds_anything(_: &FlightSqlTypeInfo) -> bool {
    true
}

impl Encode<'_, FlightSql> for ArrowScalar<ArrayRef> {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let (array, _) = self.get();
        buf.push(Scalar::Array(array.slice(0, 1)));
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<FlightSqlTypeInfo> {
        let (array, _) = self.get();
        Some(FlightSqlTypeInfo::new(array.data_type().clone()))
    }
}

/// Shares the array's buffers.
impl Decode<'_, FlightSql> for ArrowScalar<ArrayRef> {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        let (array, row) = (value.array(), value.index());
        if row >= array.len() {
            return Err(outside());
        }
        Ok(Self::new(Arc::clone(array).slice(row, 1)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Array, ArrayRef, Datum, Int8Array, Scalar, StringArray};
    use arrow_schema::{DataType, Field};

    use sqlx_core::row::Row as _;

    use crate::types::tests::{Text, bind, read, row_of};

    #[test]
    fn any_value_is_read_and_bound_as_it_is() {
        let words: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("c")]));
        let scalar: Scalar<ArrayRef> =
            read(StringArray::from(vec![Some("a"), None, Some("c")]), 2).unwrap();
        let (array, is_scalar) = scalar.get();
        assert!(is_scalar);
        assert_eq!(array.to_data(), words.slice(2, 1).to_data());
        assert_eq!(&bind(scalar, None).unwrap(), &words.slice(2, 1));
        // NULL too.
        let null: Scalar<ArrayRef> = read(StringArray::from(vec![Some("a"), None]), 1).unwrap();
        assert!(null.get().0.is_null(0));
        let none: Option<Scalar<ArrayRef>> =
            read(StringArray::from(vec![None::<&str>]), 0).unwrap();
        assert!(none.is_none());
    }

    #[test]
    fn it_becomes_what_the_server_wants_or_is_refused() {
        let one = || Scalar::new(Arc::new(Int8Array::from(vec![1])) as ArrayRef);
        for wanted in [
            DataType::Int64,
            DataType::Decimal128(5, 2),
            DataType::Float32,
            DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int16)),
        ] {
            let array = bind(one(), Some(wanted.clone())).unwrap();
            assert_eq!(array.data_type(), &wanted);
            let text: Text = row_of(array, 0).get(0);
            assert!(["1", "1.0", "1.00"].contains(&&*text.0), "{text:?}");
        }
        let list = DataType::List(Arc::new(Field::new("item", DataType::Int8, true)));
        for wanted in [DataType::Binary, DataType::Date32, list] {
            let error = bind(one(), Some(wanted)).unwrap_err().to_string();
            assert!(error.contains("unsupported conversion"), "{error}");
        }
    }
}
