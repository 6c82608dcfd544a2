//! `Json<T>`, and through it `serde_json::Value`.
//!
//! Extension type: <https://arrow.apache.org/docs/format/CanonicalExtensions.html#json>. Any string column
//! can be read if its text is valid. Structs, lists and maps are converted to JSON.

use arrow_schema::DataType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx_core::decode::Decode;
use sqlx_core::error::BoxDynError;
use sqlx_core::types::{Json, Type};
use sqlx_core::value::ValueRef as _;

use super::list::FlightSqlHasArrayType;
use super::map::pair;
use super::str::holds_text;
use crate::arrow::logical_type::JSON_EXTENSION;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::inside::Inside;
use crate::value::nested::item_info;
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    Json<T> where [T]: FlightSqlTypeInfo::with_extension(DataType::Utf8, JSON_EXTENSION), holds_json;
}

encoded_columns! {
    Json<T> where [T: Serialize];
    Value;
}

scalars! {
    Json<T> where [T: Serialize]: |value| Scalar::Json(value.encode_to_string()?);
}

// sqlx-core implements its `Type`, `Encode` and `Decode` through `Json`.
impl FlightSqlHasArrayType for Value {}

/// Returns `true` for text, structs, lists and maps.
#[inline]
fn holds_json(ty: &FlightSqlTypeInfo) -> bool {
    holds_text(ty) || matches!(ty.value_type(), DataType::Struct(_)) || item_info(ty).is_some()
}

impl<'r, T: Deserialize<'r> + 'r> Decode<'r, FlightSql> for Json<T> {
    fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
        let rust = std::any::type_name::<Self>();
        let read = match holds_text(value.info()) || value.is_null() {
            true => serde_json::from_str(read::text(value, rust)?),
            false => T::deserialize(to_json(value)?),
        };
        read.map(Json).map_err(|error| not_read(&error, rust))
    }
}

/// Converts a value inside a list, map or struct to JSON. A value without a JSON form (decimals, dates, bytes, intervals, …)
/// becomes its `Display` text, which is exact where a JSON number would be rounded.
fn to_json(value: FlightSqlValueRef<'_>) -> Result<Value, BoxDynError> {
    const RUST: &str = "serde_json::Value";
    if value.is_null() {
        return Ok(Value::Null);
    }
    let info = value.info();
    Ok(match info.value_type() {
        DataType::Boolean => read::boolean(value, RUST)?.into(),
        DataType::Int8 if <bool as Type<FlightSql>>::compatible(info) => {
            read::boolean(value, RUST)?.into()
        }
        DataType::UInt64 => u64::decode(value)?.into(),
        other if other.is_integer() => <i64 as Decode<FlightSql>>::decode(value)?.into(),
        DataType::Float16 | DataType::Float32 | DataType::Float64 => {
            let number = read::float(value, RUST)?;
            let number = serde_json::Number::from_f64(number);
            Value::Number(number.ok_or("JSON has no number for infinity and NaN")?)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let text = read::text(value, RUST)?;
            match info.extension_name() {
                Some(JSON_EXTENSION) => {
                    serde_json::from_str(text).map_err(|error| not_read(&error, RUST))?
                }
                _ => text.into(),
            }
        }
        DataType::Struct(_) if info.extension_name().is_none() => {
            let fields = value.structure()?;
            let members = fields.fields();
            object(members.map(|(name, field)| Ok((name.to_owned(), field))))?
        }
        DataType::Map(..) => object(value.items()?.map(entry))?,
        _ if item_info(info).is_some() => {
            let items = value.items()?.map(to_json);
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        _ => value.to_string().into(),
    })
}

/// Returns the entry of a map, with its key as text.
fn entry(entry: FlightSqlValueRef<'_>) -> Result<(String, FlightSqlValueRef<'_>), BoxDynError> {
    let (key, value) = pair(entry)?;
    Ok((key.to_string(), value))
}

/// Builds an object, whose names must be unique.
fn object<'r>(
    members: impl Iterator<Item = Result<(String, FlightSqlValueRef<'r>), BoxDynError>>,
) -> Result<Value, BoxDynError> {
    let mut object = serde_json::Map::new();
    for (index, member) in members.enumerate() {
        let (name, value) = member?;
        if object.insert(name, to_json(value)?).is_some() {
            return Err(Inside::error(format!("member {index}"), repeated_name()));
        }
    }
    Ok(Value::Object(object))
}

#[cold]
fn repeated_name() -> BoxDynError {
    "a JSON object cannot hold two members of one name; read a map as a `Vec` of pairs, and rename the fields of a struct \
     in the SQL"
        .into()
}

/// Returns kind and position only, because serde's own text quotes the value.
#[cold]
fn not_read(error: &serde_json::Error, rust: &str) -> BoxDynError {
    let problem = match error.classify() {
        serde_json::error::Category::Data => "does not match",
        _ => "is not valid JSON; it cannot be read as",
    };
    format!(
        "the text {problem} Rust type `{rust}` (line {}, column {})",
        error.line(),
        error.column()
    )
    .into()
}

#[cfg(test)]
mod tests;
