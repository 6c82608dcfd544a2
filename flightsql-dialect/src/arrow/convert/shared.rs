//! Dictionaries and runs: each value is converted once, whatever the number of rows that share it.
//!
//! <https://arrow.apache.org/docs/format/Columnar.html#dictionary-encoded-layout>. A short message can hold many rows of
//! one long value, so their plain form is not made before its size is known.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::UInt64Type;
use arrow_array::{Array as _, ArrayRef, BooleanArray, Int32Array, UInt64Array, make_array};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{DataType, Field};
use arrow_select::take::take;

use super::nulls::MAX_BYTES;
use super::{By, CoerceError, Converted, encoded_as};

/// The array as one of the type `to`, by way of the values that its rows share.
pub(super) fn converted(
    array: &ArrayRef,
    extension: Option<&str>,
    to: &DataType,
    by: By,
) -> Result<Converted, CoerceError> {
    let (values, rows) = parts(array)?;
    let made = super::converted(&values, extension, to, by)?;
    // The caller's own rows may be as large as they are.
    if matches!(by, By::Rule(_)) && !fits(&made.array, &rows) {
        return Err(CoerceError::InvalidType);
    }
    let refused = match &made.refused {
        None => None,
        Some(refused) => Some(of_rows(refused, &rows)?),
    };
    let refused = refused.filter(|rows| rows.count_set_bits() > 0);
    Ok(Converted {
        array: take(&made.array, &rows, None).map_err(|_| CoerceError::InvalidType)?,
        why: made.why.filter(|_| refused.is_some()),
        refused,
    })
}

/// The values, and for each row the index of its value.
fn parts(array: &ArrayRef) -> Result<(ArrayRef, ArrayRef), CoerceError> {
    if let Some(dictionary) = array.as_any_dictionary_opt() {
        let keys = make_array(dictionary.keys().to_data());
        return Ok((Arc::clone(dictionary.values()), keys));
    }
    let DataType::RunEndEncoded(ends, _) = array.data_type() else {
        return Err(CoerceError::Type);
    };
    let data = array.to_data();
    let [run_ends, values] = data.child_data() else {
        return Err(CoerceError::InvalidType);
    };
    // The same runs of the indices of their values.
    let count = i32::try_from(values.len()).map_err(|_| CoerceError::InvalidType)?;
    let indices = Int32Array::from_iter_values(0..count).into_data();
    let (run_ends, values) = (run_ends.clone(), make_array(values.clone()));
    let field = Arc::new(Field::new("values", DataType::Int32, true));
    let runs = data
        .into_builder()
        .data_type(DataType::RunEndEncoded(Arc::clone(ends), field))
        .child_data(vec![run_ends, indices]);
    let runs = runs.build().map_err(|_| CoerceError::InvalidType)?;
    Ok((values, encoded_as(&make_array(runs), &DataType::Int32)?))
}

fn of_rows(marked: &BooleanBuffer, rows: &ArrayRef) -> Result<BooleanBuffer, CoerceError> {
    let marked = BooleanArray::new(marked.clone(), None);
    let taken = take(&marked, rows, None).map_err(|_| CoerceError::InvalidType)?;
    let taken = taken.as_boolean();
    Ok(match taken.nulls() {
        None => taken.values().clone(),
        Some(valid) => taken.values() & valid.inner(),
    })
}

/// Whether the values of all rows together may be allocated.
fn fits(values: &ArrayRef, rows: &ArrayRef) -> bool {
    let size = |array: &ArrayRef| u64::try_from(array.to_data().get_slice_memory_size().ok()?).ok();
    let (count, most) = (u64::try_from(rows.len()), u64::try_from(MAX_BYTES));
    let (Some(all), Ok(count), Ok(most)) = (size(values), count, most) else {
        return false;
    };
    // As if each row held all values: most columns are as small as that.
    if all.checked_mul(count).is_some_and(|bytes| bytes <= most) {
        return true;
    }
    let sizes = (0..values.len()).map(|index| size(&values.slice(index, 1)));
    let sizes: UInt64Array = sizes.collect();
    let Ok(sizes) = take(&sizes, rows, None) else {
        return false;
    };
    let sizes = sizes.as_primitive::<UInt64Type>().iter().flatten();
    sizes.fold(0, u64::saturating_add) <= most
}
