//! Values wrapped in a variant of a union that the server reports.

use std::sync::Arc;

use arrow_array::{ArrayRef, UnionArray, new_empty_array};
use arrow_buffer::ScalarBuffer;
use arrow_schema::{DataType, UnionFields, UnionMode};

use crate::arrow::convert::plain::kind;
use crate::arrow::convert::{CoerceError, nulls};
use crate::arrow::logical_type::decoded;

/// Returns the values as a union, each in the variant for the type `own`. Returns `Type` if no variant accepts values of that
/// type, otherwise the reason why a value does not fit the variant.
pub(super) fn wrapped(
    union: &DataType,
    own: &DataType,
    make: &dyn Fn(&DataType) -> Result<ArrayRef, CoerceError>,
) -> Result<ArrayRef, CoerceError> {
    let DataType::Union(variants, mode) = union else {
        return Err(CoerceError::Type);
    };
    let (id, variant) = variant(variants, own).ok_or(CoerceError::Type)?;
    let values = make(variant)?;
    let len = values.len();
    let children = variants.iter().map(|(own, field)| match (own == id, mode) {
        (true, _) => Ok(Arc::clone(&values)),
        (false, UnionMode::Dense) => Ok(new_empty_array(field.data_type())),
        (false, UnionMode::Sparse) => nulls(field.data_type(), len),
    });
    let children = children.collect::<Result<Vec<_>, _>>()?;
    let offsets = match mode {
        UnionMode::Sparse => None,
        UnionMode::Dense => {
            let end = i32::try_from(len).map_err(|_| CoerceError::Range)?;
            Some((0..end).collect::<ScalarBuffer<i32>>())
        }
    };
    let ids = std::iter::repeat_n(id, len).collect::<ScalarBuffer<i8>>();
    UnionArray::try_new(variants.clone(), ids, offsets, children)
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(|_| CoerceError::InvalidType)
}

/// Returns the variant of exactly the type, otherwise the first variant of its kind.
fn variant<'u>(variants: &'u UnionFields, own: &DataType) -> Option<(i8, &'u DataType)> {
    let all = || variants.iter().map(|(id, field)| (id, field.data_type()));
    let same_kind = |data_type: &DataType| {
        let own = kind(decoded(own));
        own.is_some() && kind(decoded(data_type)) == own
    };
    all()
        .find(|(_, variant)| *variant == own)
        .or_else(|| all().find(|(_, variant)| same_kind(variant)))
}
