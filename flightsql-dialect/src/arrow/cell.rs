//! Reads a value of an array tolerantly. It is for code that reads few values, not for the rows of a result.
//!
//! Servers send text as any string type, flags as numbers, and either as a dictionary, in runs or in a union. A [`Cell`]
//! decodes them, and its getters accept each type that has such a value.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType, UInt8Type};
use arrow_array::{Array, ArrayRef, downcast_integer_array};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;

#[cfg(test)]
mod tests;

/// A value that is not NULL, in an array that is not encoded.
#[derive(Clone, Copy)]
pub struct Cell<'a> {
    array: &'a dyn Array,
    row: usize,
}

debug_fields!(Cell<'_>, |it| { row: it.row });

impl<'a> Cell<'a> {
    /// Finds a value through dictionaries, runs and unions. Returns `None` if it is NULL or does not exist.
    pub fn of(mut array: &'a dyn Array, mut row: usize) -> Option<Self> {
        loop {
            if row >= array.len() || array.is_null(row) {
                return None;
            }
            (array, row) = match array.data_type() {
                DataType::Dictionary(..) => {
                    let dictionary = array.as_any_dictionary_opt()?;
                    let key = Cell::of(dictionary.keys(), row)?.integer()?;
                    (&**dictionary.values(), usize::try_from(key).ok()?)
                }
                DataType::RunEndEncoded(ends, _) => match ends.data_type() {
                    DataType::Int16 => run::<Int16Type>(array, row)?,
                    DataType::Int32 => run::<Int32Type>(array, row)?,
                    _ => run::<Int64Type>(array, row)?,
                },
                DataType::Union(variants, _) => {
                    let union = array.as_union_opt()?;
                    let id = union.type_id(row);
                    variants.iter().find(|(known, _)| *known == id)?;
                    (&**union.child(id), union.value_offset(row))
                }
                DataType::Null => return None,
                _ => return Some(Self { array, row }),
            };
        }
    }

    /// Returns a string, also if it arrived as bytes; what is not UTF-8 in it becomes `\u{fffd}`.
    pub fn text(self) -> Option<String> {
        let (array, row) = (self.array, self.row);
        Some(match array.data_type() {
            DataType::Utf8 => array.as_string_opt::<i32>()?.value(row).to_owned(),
            DataType::LargeUtf8 => array.as_string_opt::<i64>()?.value(row).to_owned(),
            DataType::Utf8View => array.as_string_view_opt()?.value(row).to_owned(),
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
                String::from_utf8_lossy(&self.bytes()?).into_owned()
            }
            _ => return None,
        })
    }

    /// Returns a value of any type as text.
    pub fn display(self) -> Option<String> {
        self.text().or_else(|| {
            let options = FormatOptions::new().with_display_error(false);
            let formatter = ArrayFormatter::try_new(self.array, &options).ok()?;
            formatter.value(self.row).try_to_string().ok()
        })
    }

    /// Returns an integer of any width, or a decimal whose type has no fraction digits.
    pub fn integer(self) -> Option<i128> {
        let (array, row) = (self.array, self.row);
        downcast_integer_array!(
            array => Some(array.value(row).into()),
            DataType::Decimal32(_, ..=0)
            | DataType::Decimal64(_, ..=0)
            | DataType::Decimal128(_, ..=0)
            | DataType::Decimal256(_, ..=0) => {
                let one = arrow_cast::cast(&array.slice(row, 1), &DataType::Int64).ok()?;
                Cell::of(&one, 0)?.integer()
            }
            _ => None,
        )
    }

    pub fn boolean(self) -> Option<bool> {
        Some(self.array.as_boolean_opt()?.value(self.row))
    }

    /// Returns bytes, those of a string or those of a list of bytes.
    pub fn bytes(self) -> Option<Vec<u8>> {
        let (array, row) = (self.array, self.row);
        Some(match array.data_type() {
            DataType::Binary => array.as_binary_opt::<i32>()?.value(row).to_vec(),
            DataType::LargeBinary => array.as_binary_opt::<i64>()?.value(row).to_vec(),
            DataType::BinaryView => array.as_binary_view_opt()?.value(row).to_vec(),
            DataType::FixedSizeBinary(_) => array.as_fixed_size_binary_opt()?.value(row).to_vec(),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => self.text()?.into_bytes(),
            _ => {
                let items = self.items()?;
                let items = items.as_primitive_opt::<UInt8Type>()?;
                items.values().to_vec()
            }
        })
    }

    /// Returns the strings of a list, without NULLs; `None` if an item is not a string.
    pub fn texts(self) -> Option<Vec<String>> {
        cells(&*self.items()?).map(Cell::text).collect()
    }

    /// Returns a map of lists of integers.
    pub fn int_lists(self) -> Option<BTreeMap<i32, Vec<i32>>> {
        let small = |cell: Cell<'_>| i32::try_from(cell.integer()?).ok();
        let entries = self.array.as_map_opt()?.value(self.row);
        let [keys, values] = entries.columns() else {
            return None;
        };
        let entry = |index| {
            let key = small(Cell::of(&**keys, index)?)?;
            let items = Cell::of(&**values, index)?.items()?;
            let items: Option<_> = cells(&*items).map(small).collect();
            Some((key, items?))
        };
        (0..entries.len()).map(entry).collect()
    }

    fn items(self) -> Option<ArrayRef> {
        let (array, row) = (self.array, self.row);
        Some(match array.data_type() {
            DataType::List(_) => array.as_list_opt::<i32>()?.value(row),
            DataType::LargeList(_) => array.as_list_opt::<i64>()?.value(row),
            DataType::FixedSizeList(..) => array.as_fixed_size_list_opt()?.value(row),
            DataType::ListView(_) => array.as_list_view_opt::<i32>()?.value(row),
            DataType::LargeListView(_) => array.as_list_view_opt::<i64>()?.value(row),
            _ => return None,
        })
    }
}

fn run<R: RunEndIndexType>(array: &dyn Array, row: usize) -> Option<(&dyn Array, usize)> {
    let runs = array.as_run_opt::<R>()?;
    Some((&**runs.values(), runs.get_physical_index(row)))
}

/// Returns the values of an array that are not NULL.
fn cells(array: &dyn Array) -> impl Iterator<Item = Cell<'_>> {
    (0..array.len()).filter_map(move |row| Cell::of(array, row))
}
