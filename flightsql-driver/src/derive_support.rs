//! The code that the derives of `flightsql-macros` expand to; not part of the public API.
#![allow(missing_docs, reason = "not part of the public API")]

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, StructArray};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use sqlx_core::error::{BoxDynError, Error};
use sqlx_core::types::Type;

use crate::marker::FlightSql;
use crate::to_arrow::nested::nulls;
use crate::to_arrow::{ToArrowColumn, fit};
use crate::type_info::FlightSqlTypeInfo;
use crate::value::inside::Inside;
pub use crate::value::nested::decode_as;
use crate::value::nested::holds;

/// The columns of a struct with `#[derive(ToArrow)]`.
pub trait ToArrowFields: Sized {
    fn fields() -> Vec<Field>;

    fn columns<'a, I>(rows: I) -> Result<Vec<ArrayRef>, BoxDynError>
    where
        Self: 'a,
        I: ExactSizeIterator<Item = Option<&'a Self>> + Clone;
}

/// Returns the field of a column of `T`, with the type `wanted` if there is one.
pub fn column_field<T: ToArrowColumn>(name: &str, wanted: Option<DataType>) -> Field {
    let own = T::column_type();
    let field = match wanted {
        Some(wanted) if wanted != *own.data_type() => Field::new(name, wanted, true),
        _ => own.to_field(name),
    };
    field.with_nullable(T::NULLABLE)
}

pub fn column_of<'a, T, I>(field: &Field, values: I) -> Result<ArrayRef, BoxDynError>
where
    T: ToArrowColumn + 'a,
    I: ExactSizeIterator<Item = Option<&'a T>> + Clone,
{
    T::to_column(values, field.data_type())
        .map_err(|source| Inside::error(format!("column {:?}", field.name()), source))
}

pub fn schema_of<T: ToArrowFields>() -> SchemaRef {
    Arc::new(Schema::new(T::fields()))
}

pub fn batch_of<T: ToArrowFields>(rows: &[T]) -> Result<RecordBatch, Error> {
    let columns = T::columns(rows.iter().map(Some)).map_err(Error::Encode)?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(schema_of::<T>(), columns, &options)
        .map_err(|error| Error::Encode(error.into()))
}

/// Returns the type of a struct as a column.
pub fn struct_column_type<T: ToArrowFields>() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Struct(T::fields().into()))
}

/// Returns structs as one column.
pub fn struct_column<'a, T, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
where
    T: ToArrowFields + 'a,
    I: ExactSizeIterator<Item = Option<&'a T>> + Clone,
{
    let len = values.len();
    let nulls = nulls(values.clone().map(|value| value.is_some()));
    let fields: Fields = T::fields().into();
    let columns = T::columns(values)?;
    let array = StructArray::try_new_with_length(fields, columns, nulls, len)?;
    fit(Arc::new(array), wanted)
}

/// Returns the type of a struct as a value.
pub fn struct_type<const N: usize>(fields: [(&str, FlightSqlTypeInfo); N]) -> FlightSqlTypeInfo {
    let fields = fields.into_iter().map(|(name, info)| info.to_field(name));
    FlightSqlTypeInfo::new(DataType::Struct(fields.collect()))
}

pub fn is_struct(info: &FlightSqlTypeInfo) -> bool {
    matches!(info.value_type(), DataType::Struct(_))
}

/// Returns `true` if a struct has a field of this name that is read as `T`.
pub fn struct_holds<T: Type<FlightSql>>(info: &FlightSqlTypeInfo, name: &str) -> bool {
    field_of(info, name).is_some_and(holds::<T>)
}

/// Returns `true` if a struct has no field of this name, or one that is read as `T`.
pub fn struct_may_hold<T: Type<FlightSql>>(info: &FlightSqlTypeInfo, name: &str) -> bool {
    field_of(info, name).is_none_or(holds::<T>)
}

fn field_of<'a>(info: &'a FlightSqlTypeInfo, name: &str) -> Option<&'a FlightSqlTypeInfo> {
    let DataType::Struct(fields) = info.value_type() else {
        return None;
    };
    let index = fields.iter().position(|field| field.name() == name)?;
    info.children().get(index)
}

/// Returns the error of a value that matches no variant of an enum. The error does not contain the value.
#[cold]
pub fn no_variant<T>(what: &str) -> BoxDynError {
    let rust = std::any::type_name::<T>();
    format!("no variant of `{rust}` has the {what} of the value").into()
}

/// Returns the error of a value that was read but not converted to the field.
#[cold]
pub fn not_converted(field: &str, source: impl Into<BoxDynError>) -> Error {
    Error::ColumnDecode {
        index: format!("{field:?}"),
        source: source.into(),
    }
}
