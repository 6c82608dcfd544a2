//! The buffer that `Encode` writes values to.

use std::fmt;
use std::sync::Arc;

use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::inside::Inside;

/// The buffer that `Encode` writes to. A custom type forwards to a type of the table in [`types`](crate::types), or encodes a
/// struct with [`encode_struct`](Self::encode_struct).
///
/// `Debug` shows the types and never the values.
#[derive(Default)]
pub struct FlightSqlArgumentBuffer {
    scalars: Vec<Scalar>,
}

impl FlightSqlArgumentBuffer {
    /// Writes one Arrow struct with the fields that `write` adds, in order.
    ///
    /// ```
    /// use flightsql_driver::{FlightSql, FlightSqlArgumentBuffer};
    /// use sqlx_core::encode::{Encode, IsNull};
    /// use sqlx_core::error::BoxDynError;
    ///
    /// struct Point { x: f64, y: f64 }
    ///
    /// impl Encode<'_, FlightSql> for Point {
    ///     fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
    ///         buf.encode_struct(|fields| {
    ///             fields.field("x", &self.x)?;
    ///             fields.field("y", &self.y)
    ///         })
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of `write`.
    pub fn encode_struct(
        &mut self,
        write: impl FnOnce(&mut FlightSqlStructEncoder) -> Result<(), BoxDynError>,
    ) -> Result<IsNull, BoxDynError> {
        let mut encoder = FlightSqlStructEncoder { fields: Vec::new() };
        write(&mut encoder)?;
        self.push(Scalar::Struct(encoder.fields));
        Ok(IsNull::No)
    }

    pub(crate) fn push(&mut self, scalar: Scalar) {
        self.scalars.push(scalar);
    }

    pub(super) fn scalars(&self) -> &[Scalar] {
        &self.scalars
    }

    pub(super) fn into_scalars(self) -> Vec<Scalar> {
        self.scalars
    }

    pub(super) fn types(&self) -> impl Iterator<Item = FlightSqlTypeInfo> {
        self.scalars.iter().map(|scalar| match scalar {
            Scalar::Null(field) => FlightSqlTypeInfo::from_field(field),
            value => FlightSqlTypeInfo::from_field(&value.field("")),
        })
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        self.scalars.reserve(additional);
    }

    /// Runs the `Encode` of a `T`, which must write one value, or no value and return `IsNull::Yes`.
    pub(crate) fn encode_one<T: Type<FlightSql>>(
        &mut self,
        produced: Option<FlightSqlTypeInfo>,
        encode: impl FnOnce(&mut Self) -> Result<IsNull, BoxDynError>,
    ) -> Result<(), BoxDynError> {
        let before = self.scalars.len();
        let encoded = encode(self);
        let written = self.scalars.len().saturating_sub(before);
        match encoded {
            Ok(IsNull::No) if written == 1 => return Ok(()),
            Ok(IsNull::Yes) if written == 0 => {
                let info = produced.unwrap_or_else(T::type_info);
                self.push(Scalar::Null(info.to_null_field()));
                return Ok(());
            }
            _ => self.scalars.truncate(before),
        }
        Err(match encoded {
            Err(error) => error,
            Ok(_) => wrong_count::<T>(written),
        })
    }
}

pub(crate) fn encoded_scalar<'q, T>(value: &T) -> Result<Scalar, BoxDynError>
where
    T: Encode<'q, FlightSql> + Type<FlightSql>,
{
    let mut buffer = FlightSqlArgumentBuffer::default();
    buffer.encode_one::<T>(value.produces(), |buffer| value.encode_by_ref(buffer))?;
    buffer.scalars.pop().ok_or_else(|| wrong_count::<T>(0))
}

#[cold]
fn wrong_count<T>(written: usize) -> BoxDynError {
    format!(
        "the Encode implementation of `{}` wrote {written} values for one argument",
        std::any::type_name::<T>()
    )
    .into()
}

impl fmt::Debug for FlightSqlArgumentBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FlightSqlArgumentBuffer ")?;
        f.debug_list().entries(self.types()).finish()
    }
}

/// The fields of a struct that is being bound; see [`FlightSqlArgumentBuffer::encode_struct`].
///
/// `Debug` shows the names and never the values.
pub struct FlightSqlStructEncoder {
    fields: Vec<(Arc<str>, Scalar)>,
}

impl FlightSqlStructEncoder {
    /// Adds a field.
    ///
    /// # Errors
    /// Returns the errors of the value's `Encode`, with the name of the field.
    pub fn field<'q, T>(&mut self, name: &str, value: &T) -> Result<(), BoxDynError>
    where
        T: Encode<'q, FlightSql> + Type<FlightSql>,
    {
        let scalar = encoded_scalar(value)
            .map_err(|source| Inside::error(format!("field {name:?}"), source))?;
        self.fields.push((name.into(), scalar));
        Ok(())
    }
}

impl fmt::Debug for FlightSqlStructEncoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.fields.iter().map(|(name, _)| name))
            .finish()
    }
}
