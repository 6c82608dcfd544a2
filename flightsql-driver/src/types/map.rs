//! `HashMap<K, V>` and `BTreeMap<K, V>`: Arrow maps.
//!
//! Layout: the `Map` comment in <https://github.com/apache/arrow/blob/main/format/Schema.fbs>. A map can repeat a key;
//! `Vec<(K, V)>` keeps all entries in order.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;
use sqlx_core::value::ValueRef as _;

use super::list::FlightSqlHasArrayType;
use crate::arguments::{FlightSqlArgumentBuffer, encoded_scalar};
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::FlightSqlValueRef;
use crate::value::inside::Inside;
use crate::value::nested::{decode_as, holds};

macro_rules! maps {
    ($([$($generics:tt)*] $map:ty, where $($bound:path)|+;)*) => {$(
        impl<K: Type<FlightSql>, V: Type<FlightSql>, $($generics)*> Type<FlightSql> for $map {
            fn type_info() -> FlightSqlTypeInfo {
                FlightSqlTypeInfo::map_of(&K::type_info(), &V::type_info())
            }

            fn compatible(ty: &FlightSqlTypeInfo) -> bool {
                holds_map::<K, V>(ty)
            }
        }

        impl<K: Type<FlightSql>, V: Type<FlightSql>, $($generics)*> FlightSqlHasArrayType for $map {}

        impl<'q, K, V, $($generics)*> Encode<'q, FlightSql> for $map
        where
            K: Encode<'q, FlightSql> + Type<FlightSql>,
            V: Encode<'q, FlightSql> + Type<FlightSql>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut FlightSqlArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                encode(self.iter(), buf)
            }
        }

        impl<'r, K, V, $($generics)*> Decode<'r, FlightSql> for $map
        where
            K: Decode<'r, FlightSql> + Type<FlightSql> $(+ $bound)+,
            V: Decode<'r, FlightSql> + Type<FlightSql>,
            Self: Default,
        {
            fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
                let mut map = Self::default();
                let entries = value.items_for(std::any::type_name::<Self>())?;
                for (index, entry) in entries.enumerate() {
                    let (key, value) = read_entry(entry)
                        .map_err(|source| Inside::error(format!("entry {index}"), source))?;
                    if map.insert(key, value).is_some() {
                        return Err(Inside::error(format!("entry {index}"), repeated_key()));
                    }
                }
                Ok(map)
            }
        }
    )*};
}

maps! {
    [S: BuildHasher] HashMap<K, V, S>, where Eq | Hash;
    [] BTreeMap<K, V>, where Ord;
}

fn holds_map<K: Type<FlightSql>, V: Type<FlightSql>>(ty: &FlightSqlTypeInfo) -> bool {
    let DataType::Map(..) = ty.value_type() else {
        return false;
    };
    match ty.children().first().map(FlightSqlTypeInfo::children) {
        Some([key, value]) => holds::<K>(key) && holds::<V>(value),
        _ => false,
    }
}

fn encode<'a, 'q, K, V>(
    entries: impl Iterator<Item = (&'a K, &'a V)>,
    buf: &mut FlightSqlArgumentBuffer,
) -> Result<IsNull, BoxDynError>
where
    K: Encode<'q, FlightSql> + Type<FlightSql> + 'a,
    V: Encode<'q, FlightSql> + Type<FlightSql> + 'a,
{
    let mut scalars = Vec::new();
    for (index, (key, value)) in entries.enumerate() {
        let inside = |source| Inside::error(format!("entry {index}"), source);
        let key = encoded_scalar(key).map_err(inside)?;
        if matches!(key, Scalar::Null(_)) {
            return Err(inside(null_key()));
        }
        scalars.push((key, encoded_scalar(value).map_err(inside)?));
    }
    let (key, value) = (K::type_info(), V::type_info());
    buf.push(Scalar::Map(
        key.to_field("key").into(),
        value.to_field("value").into(),
        scalars,
    ));
    Ok(IsNull::No)
}

fn read_entry<'r, K, V>(entry: FlightSqlValueRef<'r>) -> Result<(K, V), BoxDynError>
where
    K: Decode<'r, FlightSql> + Type<FlightSql>,
    V: Decode<'r, FlightSql> + Type<FlightSql>,
{
    let (key, value) = pair(entry)?;
    let key = decode_as(key).map_err(|source| Inside::error("the key".to_owned(), source))?;
    let value = decode_as(value).map_err(|source| Inside::error("the value".to_owned(), source))?;
    Ok((key, value))
}

/// Returns the key, which is not NULL, and the value of an entry.
pub(super) fn pair<'r>(
    entry: FlightSqlValueRef<'r>,
) -> Result<(FlightSqlValueRef<'r>, FlightSqlValueRef<'r>), BoxDynError> {
    let entry = entry.structure()?;
    let mut fields = entry.fields().map(|(_, field)| field);
    match (fields.next(), fields.next()) {
        (Some(key), _) if key.is_null() => Err(null_key()),
        (Some(key), Some(value)) => Ok((key, value)),
        _ => Err("the entry of a map has no key or no value".into()),
    }
}

fn null_key() -> BoxDynError {
    "the key of a map may not be NULL".into()
}

fn repeated_key() -> BoxDynError {
    "the map contains this key more than once; read it as a `Vec` of pairs".into()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use arrow_schema::DataType;

    use crate::type_info::FlightSqlTypeInfo;
    use crate::types::tests::{bind, round_trip};

    fn map_type(key: DataType, value: DataType) -> DataType {
        let (key, value) = (FlightSqlTypeInfo::new(key), FlightSqlTypeInfo::new(value));
        FlightSqlTypeInfo::map_of(&key, &value).data_type().clone()
    }

    #[test]
    fn maps_round_trip() {
        let wanted = [map_type(DataType::LargeUtf8, DataType::Int8)];
        round_trip(
            &BTreeMap::from([("a".to_owned(), Some(1_i64)), ("b".to_owned(), None)]),
            &wanted,
        );
        round_trip(&HashMap::from([("a".to_owned(), 1_i64)]), &wanted);
        round_trip(&BTreeMap::<String, i64>::new(), &wanted);
        // With their order, and a key more than once.
        round_trip(
            &vec![
                ("b".to_owned(), 1_i64),
                ("a".to_owned(), 2),
                ("b".to_owned(), 3),
            ],
            &wanted,
        );
    }

    #[test]
    fn a_map_holds_a_key_once() {
        let array = bind(
            vec![("b".to_owned(), 1_i64), ("b".to_owned(), 3)],
            Some(map_type(DataType::Utf8, DataType::Int64)),
        );
        let row = crate::types::tests::row_of(array.unwrap(), 0);
        let error = sqlx_core::row::Row::try_get::<BTreeMap<String, i64>, _>(&row, "c")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("entry 1") && error.contains("more than once"),
            "{error}"
        );
    }

    #[test]
    fn a_key_may_not_be_null() {
        let mut map = BTreeMap::new();
        map.insert(None::<String>, 1_i64);
        let error = bind(map, None).unwrap_err().to_string();
        assert!(
            error.contains("entry 0") && error.contains("key"),
            "{error}"
        );
    }

    #[test]
    fn entry_error_names_its_position() {
        let array = bind(BTreeMap::from([("a".to_owned(), 1_000_i64)]), None).unwrap();
        let row = crate::types::tests::row_of(array, 0);
        let error = sqlx_core::row::Row::try_get::<BTreeMap<String, i8>, _>(&row, "c")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("entry 0") && error.contains("the value"),
            "{error}"
        );
    }
}
