//! Whole columns to the wanted type, exactly. Layer D.

use arrow_array::{Array as _, ArrayRef, make_array};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, FieldRef};

use super::{Refused, null};

/// The same values as an array of exactly the wanted type.
///
/// Numbers, texts and points in time are cast there and back again: what does not come back as it was would be lost.
pub(crate) fn coerce_array(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let own = array.data_type();
    if own == wanted {
        return Ok(ArrayRef::clone(array));
    }
    match (own, wanted) {
        (DataType::Null, _) => null::nulls(wanted, array.len()),
        (DataType::Dictionary(_, value), _) => coerce_array(&cast(array, value)?, wanted),
        (DataType::RunEndEncoded(_, value), _) => {
            coerce_array(&cast(array, value.data_type())?, wanted)
        }
        (_, DataType::Dictionary(_, value)) => cast(&coerce_array(array, value)?, wanted),
        (_, DataType::RunEndEncoded(_, value)) => {
            cast(&coerce_array(array, value.data_type())?, wanted)
        }
        (DataType::Struct(from), DataType::Struct(to)) if from.len() != to.len() => {
            Err(Refused::Fields)
        }
        (DataType::FixedSizeList(_, from), DataType::FixedSizeList(_, to)) if from != to => {
            Err(Refused::Length)
        }
        _ => match inside(wanted) {
            Some(fields) if same_layout(own, wanted) => with_children(array, &fields, wanted),
            Some(_) => other_list(array, wanted),
            None => there_and_back(array, wanted),
        },
    }
}

/// The fields inside a nested type.
fn inside(data_type: &DataType) -> Option<Vec<&Field>> {
    Some(match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::Map(item, _) => vec![&**item],
        DataType::Struct(fields) => fields.iter().map(|field| &**field).collect(),
        _ => return None,
    })
}

fn same_layout(from: &DataType, to: &DataType) -> bool {
    std::mem::discriminant(from) == std::mem::discriminant(to)
}

/// The same layout with its children converted.
fn with_children(
    array: &ArrayRef,
    fields: &[&Field],
    wanted: &DataType,
) -> Result<ArrayRef, Refused> {
    let data = array.to_data();
    let children = data
        .child_data()
        .iter()
        .zip(fields)
        .map(|(child, field)| {
            let child = coerce_array(&make_array(child.clone()), field.data_type())?;
            Ok(child.to_data())
        })
        .collect::<Result<_, Refused>>()?;
    data.into_builder()
        .data_type(wanted.clone())
        .child_data(children)
        .build()
        .map(make_array)
        .map_err(|_| Refused::Null)
}

/// A list of another layout: first its items, then the layout.
fn other_list(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let (DataType::List(item)
    | DataType::LargeList(item)
    | DataType::FixedSizeList(item, _)
    | DataType::ListView(item)
    | DataType::LargeListView(item)) = wanted
    else {
        return Err(Refused::Type);
    };
    let item = FieldRef::clone(item);
    let same = match array.data_type() {
        DataType::List(_) => DataType::List(item),
        DataType::LargeList(_) => DataType::LargeList(item),
        DataType::FixedSizeList(_, size) => DataType::FixedSizeList(item, *size),
        DataType::ListView(_) => DataType::ListView(item),
        DataType::LargeListView(_) => DataType::LargeListView(item),
        _ => return Err(Refused::Type),
    };
    cast(&coerce_array(array, &same)?, wanted)
}

fn there_and_back(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let own = array.data_type();
    match (own, wanted) {
        (DataType::Timestamp(_, None), DataType::Timestamp(_, Some(_))) => {
            return Err(Refused::NotAnInstant);
        }
        (DataType::Timestamp(_, Some(_)), DataType::Timestamp(_, None)) => {
            return Err(Refused::Instant);
        }
        _ if class(own) != class(wanted) && !widens(own, wanted) => return Err(Refused::Type),
        _ => {}
    }
    let there = cast(array, wanted).map_err(|_| Refused::Range)?;
    let back = cast(&there, own).map_err(|_| Refused::Inexact)?;
    if back.to_data() == array.to_data() {
        Ok(there)
    } else {
        Err(Refused::Inexact)
    }
}

/// Integers may become floats and decimals, if they come back.
fn widens(from: &DataType, to: &DataType) -> bool {
    class(from) == Some(Class::Integer) && matches!(class(to), Some(Class::Float | Class::Decimal))
}

#[derive(PartialEq)]
enum Class {
    Integer,
    Float,
    Decimal,
    Text,
    Bytes,
    Date,
    Time,
    Timestamp,
    Duration,
    Interval,
}

fn class(data_type: &DataType) -> Option<Class> {
    use DataType::{
        Binary, BinaryView, Date32, Date64, Decimal32, Decimal64, Decimal128, Decimal256, Duration,
        FixedSizeBinary, Float16, Float32, Float64, Int8, Int16, Int32, Int64, Interval,
        LargeBinary, LargeUtf8, Time32, Time64, Timestamp, UInt8, UInt16, UInt32, UInt64, Utf8,
        Utf8View,
    };
    Some(match data_type {
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => Class::Integer,
        Float16 | Float32 | Float64 => Class::Float,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Class::Decimal,
        Utf8 | LargeUtf8 | Utf8View => Class::Text,
        Binary | LargeBinary | BinaryView | FixedSizeBinary(_) => Class::Bytes,
        Date32 | Date64 => Class::Date,
        Time32(_) | Time64(_) => Class::Time,
        Timestamp(..) => Class::Timestamp,
        Duration(_) => Class::Duration,
        Interval(_) => Class::Interval,
        _ => return None,
    })
}

/// An error where a value does not fit, in place of the NULL that arrow would put there.
fn cast(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, Refused> {
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    match cast_with_options(array, wanted, &strict) {
        Ok(array) if array.data_type() == wanted => Ok(array),
        _ => Err(Refused::Announced),
    }
}

#[cfg(test)]
mod tests;
