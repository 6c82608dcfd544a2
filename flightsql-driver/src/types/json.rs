//! `Json<T>`, and through it `serde_json::Value`. Layer D.
//!
//! Extension type: <https://arrow.apache.org/docs/format/CanonicalExtensions.html#json>. Any string
//! column is read; what is in it decides.

use arrow_schema::DataType;
use serde::{Deserialize, Serialize};
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::{Json, Type};

use super::str::holds_text;
use crate::arguments::{FlightSqlArgumentBuffer, Scalar};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::type_name::JSON_EXTENSION;
use crate::value::{FlightSqlValueRef, read};

impl<T> Type<FlightSql> for Json<T> {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::with_extension(DataType::Utf8, JSON_EXTENSION)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        holds_text(ty)
    }
}

impl<T: Serialize> Encode<'_, FlightSql> for Json<T> {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Json(self.encode_to_string()?));
        Ok(IsNull::No)
    }
}

impl<'r, T: Deserialize<'r> + 'r> Decode<'r, FlightSql> for Json<T> {
    fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
        let rust = std::any::type_name::<Self>();
        serde_json::from_str(read::text(value, rust)?)
            .map(Json)
            .map_err(|error| not_read(&error, rust))
    }
}

/// serde's own text quotes the offending value; the kind and the place do not.
#[cold]
fn not_read(error: &serde_json::Error, rust: &str) -> BoxDynError {
    let problem = match error.classify() {
        serde_json::error::Category::Data => "is not of the shape of",
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
