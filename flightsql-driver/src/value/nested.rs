//! The contents of a nested value: the items of a list, the entries of a map, the fields of a struct.

use std::fmt;
use std::iter::FusedIterator;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::Array as _;
use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::error::{BoxDynError, UnexpectedNullError};
use sqlx_core::types::Type;
use sqlx_core::value::ValueRef as _;

use super::inside::Inside;
use super::read::{mismatch, outside};
use super::{Batch, ColumnReader, Data, FlightSqlValueRef};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

impl<'r> FlightSqlValueRef<'r> {
    /// Returns the items of a list of any layout, or the entries of a map (each a struct of key and value).
    ///
    /// # Errors
    /// Returns an error if the value is NULL or not a list.
    pub fn items(&self) -> Result<FlightSqlItems<'r>, BoxDynError> {
        self.items_for("a list")
    }

    /// Returns the fields of a struct.
    ///
    /// # Errors
    /// Returns an error if the value is NULL or not a struct.
    pub fn structure(&self) -> Result<FlightSqlStruct<'r>, BoxDynError> {
        self.structure_for("a struct")
    }

    /// Returns the name of the variant, if the value is from a union.
    pub fn variant(&self) -> Option<&'r str> {
        self.reader.name().filter(|_| self.reader.is_variant())
    }

    pub(crate) fn items_for(&self, rust: &str) -> Result<FlightSqlItems<'r>, BoxDynError> {
        let (data, row) = self.data()?;
        let Some((Data::List(ranges, items), row)) = data.behind_encodings(row) else {
            return Err(mismatch(self.info(), rust));
        };
        let range = ranges.get(row).ok_or_else(outside)?;
        // The server can report a wrong length, so the range is checked against the items that arrived.
        if range.end > items.array().len() {
            return Err(outside());
        }
        Ok(FlightSqlItems {
            batch: self.batch,
            items,
            range,
        })
    }

    pub(crate) fn structure_for(&self, rust: &str) -> Result<FlightSqlStruct<'r>, BoxDynError> {
        let (data, row) = self.data()?;
        match data.behind_encodings(row) {
            Some((Data::Struct(fields), row)) => Ok(FlightSqlStruct {
                batch: self.batch,
                fields,
                row,
            }),
            _ => Err(mismatch(self.info(), rust)),
        }
    }
}

/// The items of a list, in order; created by [`FlightSqlValueRef::items`].
#[derive(Clone)]
pub struct FlightSqlItems<'r> {
    batch: &'r Arc<Batch>,
    items: &'r ColumnReader,
    range: Range<usize>,
}

impl<'r> Iterator for FlightSqlItems<'r> {
    type Item = FlightSqlValueRef<'r>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.range.next()?;
        Some(FlightSqlValueRef::of_reader(self.batch, self.items, row))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.range.size_hint()
    }
}

impl ExactSizeIterator for FlightSqlItems<'_> {}
impl FusedIterator for FlightSqlItems<'_> {}

impl fmt::Debug for FlightSqlItems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

/// The fields of a struct value; created by [`FlightSqlValueRef::structure`].
#[derive(Clone, Copy)]
pub struct FlightSqlStruct<'r> {
    batch: &'r Arc<Batch>,
    fields: &'r [ColumnReader],
    row: usize,
}

impl<'r> FlightSqlStruct<'r> {
    /// Returns the number of fields.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Returns `true` if there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns the names and values of the fields, in order.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&'r str, FlightSqlValueRef<'r>)> {
        let Self { batch, fields, row } = *self;
        fields.iter().map(move |field| {
            let name = field.name().unwrap_or_default();
            (name, FlightSqlValueRef::of_reader(batch, field, row))
        })
    }

    /// Returns the value of the first field of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FlightSqlValueRef<'r>> {
        let field = self.fields.iter().find(|field| field.is_named(name))?;
        Some(FlightSqlValueRef::of_reader(self.batch, field, self.row))
    }

    /// Reads the first field of this name.
    ///
    /// # Errors
    /// Returns an error if there is no such field, or one with its name if its value cannot be read as `T`.
    pub fn try_get<T>(&self, name: &str) -> Result<T, BoxDynError>
    where
        T: Decode<'r, FlightSql> + Type<FlightSql>,
    {
        let Some(value) = self.find(name) else {
            return Err(format!("the struct has no field {name:?}").into());
        };
        decode_as(value).map_err(|source| Inside::error(format!("field {name:?}"), source))
    }

    /// Reads the field at this position, counted from 0.
    ///
    /// # Errors
    /// Returns the errors of [`try_get`](Self::try_get).
    pub fn try_get_at<T>(&self, index: usize) -> Result<T, BoxDynError>
    where
        T: Decode<'r, FlightSql> + Type<FlightSql>,
    {
        let Some(field) = self.fields.get(index) else {
            let len = self.fields.len();
            return Err(
                format!("the struct has {len} fields, and no field at position {index}").into(),
            );
        };
        let value = FlightSqlValueRef::of_reader(self.batch, field, self.row);
        decode_as(value).map_err(|source| {
            let name = field.name().unwrap_or_default();
            Inside::error(format!("field {index} ({name:?})"), source)
        })
    }
}

impl fmt::Debug for FlightSqlStruct<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.fields()).finish()
    }
}

/// Reads a value inside another, as [`Row::try_get`](sqlx_core::row::Row::try_get) reads a column.
pub fn decode_as<'r, T>(value: FlightSqlValueRef<'r>) -> Result<T, BoxDynError>
where
    T: Decode<'r, FlightSql> + Type<FlightSql>,
{
    let rust = std::any::type_name::<T>;
    if !value.is_null() && !T::compatible(value.info()) {
        return Err(value.incompatible(rust()));
    }
    T::decode(value).map_err(|error| {
        if error.is::<UnexpectedNullError>() {
            // The error of sqlx-core names no types, and no column is known here.
            let data_type = value.info().data_type();
            let rust = rust();
            return format!(
                "a NULL of Arrow type {data_type} cannot be read as Rust type `{rust}`; read it as \
                 an `Option`"
            )
            .into();
        }
        error
    })
}

/// Returns `true` if `T` can be read from values of a type, directly or as a variant of a union.
pub(crate) fn holds<T: Type<FlightSql>>(info: &FlightSqlTypeInfo) -> bool {
    match info.value_type() {
        DataType::Union(..) => info.children().iter().any(holds::<T>),
        // Only NULLs, which an `Option` reads.
        DataType::Null => true,
        _ => T::compatible(info),
    }
}

/// Returns the type of the items of a list, or of the entries of a map.
#[inline]
pub(crate) fn item_info(info: &FlightSqlTypeInfo) -> Option<&FlightSqlTypeInfo> {
    match info.value_type() {
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Map(..) => info.children().first(),
        _ => None,
    }
}
