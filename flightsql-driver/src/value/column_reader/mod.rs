//! Columns, downcast once per batch to the buffers of their values. These are the only downcasts of the driver.
//!
//! Layouts: <https://arrow.apache.org/docs/format/Columnar.html>.

mod data;
mod encoded;
mod mapped;
mod nested;

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use sqlx_core::column::Column as _;

pub(crate) use self::data::Data;
use self::mapped::Mapped;
use crate::arrow::invalid_utf8;
use crate::arrow::map_data_type::same_type;
use crate::column::FlightSqlColumn;
use crate::result_schema::Mapping;
use crate::type_info::FlightSqlTypeInfo;

/// A column of a batch, or a child of a column: its logical nulls, its typed data, and the fields for a lookup.
pub(crate) struct ColumnReader {
    nulls: Nulls,
    data: Data,
    info: FlightSqlTypeInfo,
    /// `None` if an earlier column has the same name.
    name: Option<Arc<str>>,
    ordinal: u32,
    is_variant: bool,
    is_refused: bool,
    array: ArrayRef,
}

enum Nulls {
    None,
    Some(NullBuffer),
    /// The value of a row is in another column. This is one variant, so that the common cases take two branches.
    Elsewhere(Elsewhere),
}

/// The columns with the values of this one.
enum Elsewhere {
    /// A union: a value is in one of its variants, with the type and the nulls of that variant.
    OfVariants(Option<NullBuffer>),
    /// A converted column: a value is in the converted column, or in the sent column.
    Mapped(Box<Mapped>),
}

/// The position of a value, with unions and conversions resolved. Its two words are returned in registers.
pub(crate) struct Found<'r> {
    pub(crate) reader: &'r ColumnReader,
    pub(crate) cell: Cell,
}

/// The row, and whether its value is NULL, which is tested once.
///
/// Both share one word, so that a value in memory is stored and loaded with one access. Two stores that one load reads back
/// stall the processor for 5 ns per value.
#[derive(Clone, Copy)]
pub(crate) struct Cell(usize);

impl Cell {
    /// The highest bit: no array has that many rows.
    const NULL: usize = 1 << (usize::BITS - 1);

    #[inline]
    pub(crate) fn new(row: usize, null: bool) -> Self {
        Self((row & !Self::NULL) | if null { Self::NULL } else { 0 })
    }

    #[inline]
    pub(crate) fn is_null(self) -> bool {
        self.0 & Self::NULL != 0
    }

    #[inline]
    pub(crate) fn row(self) -> usize {
        self.0 & !Self::NULL
    }
}

impl ColumnReader {
    /// Creates the reader; `None` if the array does not have the column's type. Text with invalid UTF-8 may be sent as bytes.
    pub(crate) fn new(
        column: &FlightSqlColumn,
        array: &ArrayRef,
        named_first: bool,
        mapping: Option<&Mapping>,
    ) -> Option<Self> {
        let name = named_first.then(|| Arc::clone(column.shared_name()));
        match mapping {
            None => Self::make(column.info(), array, name, column.ordinal()),
            Some(mapping) => mapped::reader(column, array, name, mapping),
        }
    }

    /// Creates the reader of the items of a list, a field of a struct, or a variant of a union.
    fn child(
        info: &FlightSqlTypeInfo,
        array: &ArrayRef,
        name: &str,
        ordinal: usize,
    ) -> Option<Self> {
        Self::make(info, array, Some(name.into()), ordinal)
    }

    fn make(
        info: &FlightSqlTypeInfo,
        array: &ArrayRef,
        name: Option<Arc<str>>,
        ordinal: usize,
    ) -> Option<Self> {
        let (reported, sent) = (info.data_type(), array.data_type());
        if reported != sent
            && !same_type(reported, sent)
            && !invalid_utf8::stands_in(reported, sent)
        {
            return None;
        }
        // Logical nulls, because the values of a dictionary or a run can be NULL.
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let nulls = match (info.value_type(), nulls) {
            (DataType::Union(..), nulls) => Nulls::Elsewhere(Elsewhere::OfVariants(nulls)),
            (_, None) => Nulls::None,
            (_, Some(nulls)) => Nulls::Some(nulls),
        };
        Some(Self {
            nulls,
            data: Data::of(array, info.children())?,
            info: info.clone(),
            name,
            ordinal: u32::try_from(ordinal).ok()?,
            is_variant: false,
            is_refused: false,
            array: Arc::clone(array),
        })
    }

    /// Returns the value at `row`, through unions and conversions. The read of a row beyond the batch returns an error.
    #[inline]
    pub(crate) fn find(&self, row: usize) -> Found<'_> {
        let null = match &self.nulls {
            Nulls::None => false,
            Nulls::Some(nulls) => is_null(nulls, row),
            Nulls::Elsewhere(elsewhere) => return self.find_elsewhere(elsewhere, row),
        };
        Found {
            reader: self,
            cell: Cell::new(row, null),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_elsewhere<'r>(&'r self, elsewhere: &'r Elsewhere, row: usize) -> Found<'r> {
        match elsewhere {
            Elsewhere::OfVariants(nulls) => self.find_variant(nulls.as_ref(), row),
            Elsewhere::Mapped(mapped) => mapped.find(self, row),
        }
    }

    fn find_variant(&self, nulls: Option<&NullBuffer>, row: usize) -> Found<'_> {
        let null = nulls.is_some_and(|nulls| is_null(nulls, row));
        match self.data.variant(row) {
            Some((variant, row)) if !null => variant.find(row),
            _ => Found {
                reader: self,
                cell: Cell::new(row, null),
            },
        }
    }

    #[inline]
    pub(crate) fn is_refused(&self) -> bool {
        self.is_refused
    }

    /// Returns the rule of the dialect that refused the value in `found`, which then has its sent type.
    pub(crate) fn refused_by(&self, found: &Self) -> Option<&str> {
        match &self.nulls {
            Nulls::Elsewhere(Elsewhere::Mapped(mapped)) => mapped.refused_by(found),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    #[inline]
    pub(crate) fn info(&self) -> &FlightSqlTypeInfo {
        &self.info
    }

    pub(crate) fn array(&self) -> &ArrayRef {
        &self.array
    }

    #[inline]
    pub(crate) fn is_named(&self, name: &str) -> bool {
        matches!(&self.name, Some(own) if same_bytes(own.as_bytes(), name.as_bytes()))
    }

    /// Returns the name of a column, field or variant; `None` for a column with a repeated name.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn is_variant(&self) -> bool {
        self.is_variant
    }

    pub(crate) fn ordinal(&self) -> usize {
        self.ordinal as usize
    }

    pub(crate) fn ordinal_u32(&self) -> u32 {
        self.ordinal
    }
}

#[inline]
fn is_null(nulls: &NullBuffer, row: usize) -> bool {
    row < nulls.len() && nulls.is_null(row)
}

/// Equality of short strings without the call to `memcmp`, which costs more than the comparison.
#[inline]
fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // Two reads that overlap cover every length between one chunk and two.
    match (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        (Some(a_first), Some(b_first)) if a.len() <= 16 => {
            a_first == b_first && a.last_chunk::<8>() == b.last_chunk::<8>()
        }
        (None, None) => match (a.first_chunk::<4>(), b.first_chunk::<4>()) {
            (Some(a_first), Some(b_first)) => {
                a_first == b_first && a.last_chunk::<4>() == b.last_chunk::<4>()
            }
            _ => a.iter().eq(b),
        },
        _ => a == b,
    }
}
