//! The schema message, and the shape of its batches.
//!
//! Every parameter on which arrow-ipc's `fb_to_schema` panics is checked here.
//! Spec: <https://github.com/apache/arrow/blob/main/format/Schema.fbs>

use std::fmt;

use arrow_ipc::{
    DateUnit, Endianness, Field, IntervalUnit, Precision, Schema, TimeUnit, Type, UnionMode,
};

use super::ValidatorLimits;
use super::error::ValidationError;
use super::wide;

/// A union's type ids are an `i8` and not negative.
const MAX_UNION_CHILDREN: usize = 128;

/// The layout of an array in a batch: its nodes and buffers, and their minimum lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Null,
    Bits,
    /// Values of a fixed width in bytes.
    Fixed(u32),
    /// The run ends of a run-end encoded array: integers of 2, 4 or 8 bytes.
    RunEnds(u32),
    /// Strings and binaries; the width of an offset.
    Bytes(u32),
    View,
    /// Lists and maps; the width of an offset.
    List(u32),
    ListView(u32),
    /// Lists of this length.
    FixedList(u32),
    Struct,
    DenseUnion,
    SparseUnion,
    RunEndEncoded,
    /// The width of a key. The value's slots follow, but belong to dictionary batches.
    Dictionary {
        key: u32,
        id: i64,
    },
}

/// An array of the tree. Slots are in the order of the nodes of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) layout: Layout,
    /// Arrays directly below, in the same batch.
    pub(super) children: usize,
    /// Number of slots of the complete subtree, including this one.
    pub(super) span: usize,
}

/// The shape of the batches of a stream: the trees of its columns in order.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) slots: Vec<Slot>,
}

impl Shape {
    /// Checks a schema; from then on arrow converts it without a panic.
    pub(super) fn read(
        schema: Schema<'_>,
        limits: &ValidatorLimits,
    ) -> Result<Self, ValidationError> {
        if schema.endianness() != Endianness::Little {
            return Err(ValidationError::unsupported(
                "its schema is not little-endian; ask the server for little-endian data",
            ));
        }
        let fields = schema
            .fields()
            .ok_or_else(|| ValidationError::broken("its schema has no list of fields"))?;
        let mut builder = Builder {
            limits,
            fields: 0,
            slots: Vec::new(),
        };
        for field in fields {
            builder.field(field, 1)?;
        }
        Ok(Self {
            slots: builder.slots,
        })
    }
}

struct Builder<'l> {
    limits: &'l ValidatorLimits,
    fields: u64,
    slots: Vec<Slot>,
}

impl Builder<'_> {
    /// Adds a field, its dictionary and its children, `depth` levels deep.
    fn field(&mut self, field: Field<'_>, depth: usize) -> Result<(), ValidationError> {
        self.fields += 1;
        let most = wide(self.limits.max_schema_fields);
        ValidationError::limit("schema fields", self.fields, most, "max_schema_fields")?;
        let deepest = wide(self.limits.max_nesting);
        ValidationError::limit("levels of nesting", wide(depth), deepest, "max_nesting")?;

        let Some(dictionary) = field.dictionary() else {
            return self.value(field, depth);
        };
        let key = dictionary
            .indexType()
            .ok_or_else(|| refuse(field, "its dictionary does not say the type of its keys"))?;
        let key = int_width(key.bitWidth()).ok_or_else(|| illegal(field, "dictionary keys"))?;
        if dictionary.dictionaryKind().0 != 0 {
            return Err(refuse(field, "its kind of dictionary is not known"));
        }
        let id = dictionary.id();
        let at = self.open(Layout::Dictionary { key, id });
        self.value(field, depth)?;
        self.close(at, 0);
        Ok(())
    }

    /// Adds what a field holds, looking through its dictionary.
    fn value(&mut self, field: Field<'_>, depth: usize) -> Result<(), ValidationError> {
        let layout = layout(field)?;
        let at = self.open(layout);
        let children = children(field, layout)?;
        for index in 0..children {
            let child = field.children().map(|all| all.get(index));
            let child = child.ok_or_else(|| illegal(field, "children"))?;
            let below = self.slots.len();
            self.field(child, depth + 1)?;
            if layout == Layout::RunEndEncoded && index == 0 {
                self.slots[below].layout = run_ends(field, child)?;
            }
        }
        if field.type_type() == Type::Map && !is_pair(self.slots[at + 1]) {
            return Err(refuse(field, "the entries of a map are not key and value"));
        }
        self.close(at, children);
        Ok(())
    }

    fn open(&mut self, layout: Layout) -> usize {
        self.slots.push(Slot {
            layout,
            children: 0,
            span: 1,
        });
        self.slots.len() - 1
    }

    fn close(&mut self, at: usize, children: usize) {
        self.slots[at].children = children;
        self.slots[at].span = self.slots.len() - at;
    }
}

/// The layout of a field's values, if its type and the parameters of it are legal.
fn layout(field: Field<'_>) -> Result<Layout, ValidationError> {
    let found = match field.type_type() {
        Type::Null => Some(Layout::Null),
        Type::Bool => Some(Layout::Bits),
        Type::Int => field
            .type_as_int()
            .and_then(|int| int_width(int.bitWidth()))
            .map(Layout::Fixed),
        Type::FloatingPoint => field
            .type_as_floating_point()
            .and_then(|float| float_width(float.precision())),
        Type::Decimal => decimal(field),
        Type::Date | Type::Time | Type::Timestamp | Type::Interval | Type::Duration => time(field),
        Type::Binary | Type::Utf8 => Some(Layout::Bytes(4)),
        Type::LargeBinary | Type::LargeUtf8 => Some(Layout::Bytes(8)),
        Type::BinaryView | Type::Utf8View => Some(Layout::View),
        Type::FixedSizeBinary => field
            .type_as_fixed_size_binary()
            .and_then(|binary| u32::try_from(binary.byteWidth()).ok())
            .map(Layout::Fixed),
        Type::List => Some(Layout::List(4)),
        Type::LargeList => Some(Layout::List(8)),
        Type::Map => field.type_as_map().map(|_| Layout::List(4)),
        Type::ListView => Some(Layout::ListView(4)),
        Type::LargeListView => Some(Layout::ListView(8)),
        Type::FixedSizeList => field
            .type_as_fixed_size_list()
            .and_then(|list| u32::try_from(list.listSize()).ok())
            .map(Layout::FixedList),
        Type::Struct_ => Some(Layout::Struct),
        Type::Union => return union(field),
        Type::RunEndEncoded => Some(Layout::RunEndEncoded),
        _ => None,
    };
    found.ok_or_else(|| illegal(field, "parameters"))
}

fn int_width(bits: i32) -> Option<u32> {
    match bits {
        8 => Some(1),
        16 => Some(2),
        32 => Some(4),
        64 => Some(8),
        _ => None,
    }
}

fn float_width(precision: Precision) -> Option<Layout> {
    match precision {
        Precision::HALF => Some(Layout::Fixed(2)),
        Precision::SINGLE => Some(Layout::Fixed(4)),
        Precision::DOUBLE => Some(Layout::Fixed(8)),
        _ => None,
    }
}

/// The bounds are those of arrow's `validate_decimal_precision_and_scale`; it keeps a scale in an `i8`.
///
/// A precision above the digits of the type is accepted, because some servers report 77 digits for 256 bits, and their
/// values fit. `protocol::schema` lowers it to the digits of the type.
fn decimal(field: Field<'_>) -> Option<Layout> {
    let decimal = field.type_as_decimal()?;
    let (width, digits) = match decimal.bitWidth() {
        32 => (4, 9),
        64 => (8, 18),
        128 => (16, 38),
        256 => (32, 76),
        _ => return None,
    };
    let (precision, scale) = (decimal.precision(), decimal.scale());
    let legal = (1..=i32::from(u8::MAX)).contains(&precision)
        && scale <= precision.min(digits)
        && i8::try_from(scale).is_ok();
    legal.then_some(Layout::Fixed(width))
}

fn time(field: Field<'_>) -> Option<Layout> {
    let width = match field.type_type() {
        Type::Date => match field.type_as_date()?.unit() {
            DateUnit::DAY => 4,
            DateUnit::MILLISECOND => 8,
            _ => return None,
        },
        Type::Time => {
            let time = field.type_as_time()?;
            match (time.bitWidth(), time.unit()) {
                (32, TimeUnit::SECOND | TimeUnit::MILLISECOND) => 4,
                (64, TimeUnit::MICROSECOND | TimeUnit::NANOSECOND) => 8,
                _ => return None,
            }
        }
        Type::Interval => match field.type_as_interval()?.unit() {
            IntervalUnit::YEAR_MONTH => 4,
            IntervalUnit::DAY_TIME => 8,
            IntervalUnit::MONTH_DAY_NANO => 16,
            _ => return None,
        },
        Type::Timestamp => time_unit(field.type_as_timestamp()?.unit())?,
        _ => time_unit(field.type_as_duration()?.unit())?,
    };
    Some(Layout::Fixed(width))
}

fn time_unit(unit: TimeUnit) -> Option<u32> {
    (TimeUnit::ENUM_MIN..=TimeUnit::ENUM_MAX)
        .contains(&unit.0)
        .then_some(8)
}

/// A union's type ids are distinct, not negative, and one for each child.
fn union(field: Field<'_>) -> Result<Layout, ValidationError> {
    let union = field
        .type_as_union()
        .ok_or_else(|| illegal(field, "parameters"))?;
    let children = field.children().map_or(0, |all| all.len());
    // arrow takes the first child of an empty union for granted.
    if children == 0 || children > MAX_UNION_CHILDREN {
        return Err(illegal(field, "children"));
    }
    if let Some(ids) = union.typeIds() {
        let mut seen = 0u128;
        for id in ids {
            let bit = u32::try_from(id).ok().and_then(|id| 1u128.checked_shl(id));
            seen |= bit
                .filter(|bit| seen & bit == 0)
                .ok_or_else(|| illegal(field, "type ids"))?;
        }
        if ids.len() != children {
            return Err(illegal(field, "type ids"));
        }
    }
    match union.mode() {
        UnionMode::Dense => Ok(Layout::DenseUnion),
        UnionMode::Sparse => Ok(Layout::SparseUnion),
        _ => Err(illegal(field, "mode")),
    }
}

/// Returns the number of children of a field with this layout. Children of a flat type are ignored, as in arrow.
fn children(field: Field<'_>, layout: Layout) -> Result<usize, ValidationError> {
    let found = field.children().map_or(0, |all| all.len());
    let wanted = match layout {
        Layout::Struct | Layout::DenseUnion | Layout::SparseUnion => found,
        Layout::List(_) | Layout::ListView(_) | Layout::FixedList(_) => 1,
        Layout::RunEndEncoded => 2,
        Layout::Null
        | Layout::Bits
        | Layout::Fixed(_)
        | Layout::RunEnds(_)
        | Layout::Bytes(_)
        | Layout::View
        | Layout::Dictionary { .. } => return Ok(0),
    };
    match found == wanted {
        true => Ok(found),
        false => Err(illegal(field, "children")),
    }
}

/// Run ends are plain signed integers of 16 bits or more.
fn run_ends(field: Field<'_>, child: Field<'_>) -> Result<Layout, ValidationError> {
    child
        .type_as_int()
        .filter(|int| int.is_signed() && child.dictionary().is_none())
        .and_then(|int| int_width(int.bitWidth()))
        .filter(|width| *width > 1)
        .map(Layout::RunEnds)
        .ok_or_else(|| illegal(field, "run ends"))
}

fn is_pair(entries: Slot) -> bool {
    entries.layout == Layout::Struct && entries.children == 2
}

fn illegal(field: Field<'_>, what: &str) -> ValidationError {
    refuse(
        field,
        format_args!("its type {} has illegal {what}", type_name(field)),
    )
}

fn type_name(field: Field<'_>) -> &'static str {
    field
        .type_type()
        .variant_name()
        .unwrap_or("an unknown type")
}

/// Rejects a field by name. Only the beginning of the name is shown, since the server chooses it.
fn refuse(field: Field<'_>, why: impl fmt::Display) -> ValidationError {
    let name: String = field.name().unwrap_or_default().chars().take(64).collect();
    ValidationError::broken(format_args!("field {name:?}: {why}"))
}
