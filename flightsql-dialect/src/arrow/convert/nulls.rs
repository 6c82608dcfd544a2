//! Arrays of NULLs of a type that the server reports.

use arrow_array::{ArrayRef, new_null_array};
use arrow_schema::{DataType, TimeUnit};

use super::CoerceError;

/// The maximum width of a value: more than any real type needs, and small enough to allocate for a reported type.
const MAX_NULL_BYTES: usize = 1 << 20;
/// The limit for all rows together: what one message of the default limits holds several times.
pub(super) const MAX_BYTES: usize = 1 << 30;

/// Returns `len` NULLs of the type. Returns `InvalidType` if the type is not valid, or if its NULLs would take too much memory.
pub(crate) fn nulls(wanted: &DataType, len: usize) -> Result<ArrayRef, CoerceError> {
    // Arrow allocates the full width of a fixed-size NULL and panics on types that are not valid.
    if null_width(wanted).is_some_and(|width| fits(width, len)) {
        Ok(new_null_array(wanted, len))
    } else {
        Err(CoerceError::InvalidType)
    }
}

/// Returns `true` if values of one width, NULLs included, may be allocated.
pub(super) fn fits(width: usize, len: usize) -> bool {
    width <= MAX_NULL_BYTES
        && width
            .checked_mul(len)
            .is_some_and(|bytes| bytes <= MAX_BYTES)
}
/// An upper bound of the bytes of a NULL, `None` when there is none or the type is senseless.
fn null_width(data_type: &DataType) -> Option<usize> {
    const ANY_OTHER: usize = 64;
    match data_type {
        DataType::FixedSizeBinary(size) => usize::try_from(*size).ok(),
        DataType::FixedSizeList(item, size) => {
            null_width(item.data_type())?.checked_mul(usize::try_from(*size).ok()?)
        }
        DataType::Struct(fields) => fields.iter().try_fold(ANY_OTHER, |sum, field| {
            sum.checked_add(null_width(field.data_type())?)
        }),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => null_width(item.data_type()),
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) if pair.len() == 2 => null_width(entries.data_type()),
            _ => None,
        },
        DataType::Dictionary(key, value) if key.is_dictionary_key_type() => null_width(value),
        DataType::RunEndEncoded(ends, value) if ends.data_type().is_run_ends_type() => {
            null_width(value.data_type())
        }
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) | DataType::Union(..) => None,
        DataType::Time32(TimeUnit::Microsecond | TimeUnit::Nanosecond)
        | DataType::Time64(TimeUnit::Second | TimeUnit::Millisecond) => None,
        _ => Some(ANY_OTHER),
    }
}
