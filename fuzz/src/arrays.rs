//! Arrow arrays of any type from the bytes of an input.

use std::sync::Arc;

use arrow_array::Array as _;
use arrow_array::builder::{
    BinaryViewBuilder, FixedSizeBinaryBuilder, LargeBinaryBuilder, LargeStringBuilder,
    StringViewBuilder,
};
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type,
    Decimal64Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    DurationMillisecondType, DurationNanosecondType, DurationSecondType, Float16Type, Float32Type,
    Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTime, IntervalDayTimeType,
    IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalYearMonthType, RunEndIndexType,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, DictionaryArray, FixedSizeListArray, GenericListArray,
    GenericListViewArray, MapArray, NullArray, OffsetSizeTrait, PrimitiveArray, RunArray,
    StringArray, StructArray, UnionArray, make_array, new_null_array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, FieldRef, IntervalUnit, TimeUnit, UnionFields, UnionMode};

use crate::input::Input;

/// Creates an array with this number of values, some of which are NULL.
pub(crate) fn array(input: &mut Input<'_>, data_type: &DataType, rows: usize) -> ArrayRef {
    use DataType as T;
    if input.is_empty() {
        return new_null_array(data_type, rows);
    }
    match data_type {
        T::Null => Arc::new(NullArray::new(rows)),
        T::Boolean => Arc::new(values(input, rows, Input::flag).collect::<BooleanArray>()),
        T::Utf8 => Arc::new(values(input, rows, Input::text).collect::<StringArray>()),
        T::LargeUtf8 => {
            let mut builder = LargeStringBuilder::new();
            values(input, rows, Input::text).for_each(|text| builder.append_option(text));
            Arc::new(builder.finish())
        }
        T::Utf8View => {
            let mut builder = StringViewBuilder::new();
            values(input, rows, Input::text).for_each(|text| builder.append_option(text));
            Arc::new(builder.finish())
        }
        T::Binary => Arc::new(values(input, rows, Input::chunk).collect::<BinaryArray>()),
        T::LargeBinary => {
            let mut builder = LargeBinaryBuilder::new();
            values(input, rows, Input::chunk).for_each(|bytes| builder.append_option(bytes));
            Arc::new(builder.finish())
        }
        T::BinaryView => {
            let mut builder = BinaryViewBuilder::new();
            values(input, rows, Input::chunk).for_each(|bytes| builder.append_option(bytes));
            Arc::new(builder.finish())
        }
        T::FixedSizeBinary(size) => fixed(input, rows, *size),
        T::List(item) => list::<i32>(input, rows, item),
        T::LargeList(item) => list::<i64>(input, rows, item),
        T::ListView(item) => view::<i32>(input, rows, item),
        T::LargeListView(item) => view::<i64>(input, rows, item),
        T::FixedSizeList(item, size) => {
            let count = usize::try_from(*size).unwrap_or(0);
            let items = array(input, item.data_type(), rows * count);
            let lists = FixedSizeListArray::try_new_with_length(
                Arc::clone(item),
                *size,
                items,
                nulls(input, rows),
                rows,
            );
            Arc::new(lists.expect("there are as many items as rows need"))
        }
        T::Struct(fields) => {
            let columns = fields
                .iter()
                .map(|field| array(input, field.data_type(), rows));
            let columns = columns.collect();
            let nulls = nulls(input, rows);
            Arc::new(StructArray::new(fields.clone(), columns, nulls))
        }
        T::Map(entries, sorted) => map(input, rows, entries, *sorted),
        T::Dictionary(key, value) => match **key {
            T::Int8 => dictionary::<Int8Type>(input, rows, value),
            T::Int32 => dictionary::<Int32Type>(input, rows, value),
            T::UInt16 => dictionary::<UInt16Type>(input, rows, value),
            _ => dictionary::<UInt64Type>(input, rows, value),
        },
        T::RunEndEncoded(ends, values) => match ends.data_type() {
            T::Int16 => runs::<Int16Type>(input, rows, values.data_type()),
            T::Int32 => runs::<Int32Type>(input, rows, values.data_type()),
            _ => runs::<Int64Type>(input, rows, values.data_type()),
        },
        T::Union(fields, mode) => union(input, rows, fields, *mode),
        _ => primitive(input, data_type, rows),
    }
}

fn values<'i, 'd, T>(
    input: &'i mut Input<'d>,
    rows: usize,
    read: impl Fn(&mut Input<'d>) -> T + 'i,
) -> impl Iterator<Item = Option<T>> + 'i {
    (0..rows).map(move |_| (input.below(8) > 0).then(|| read(input)))
}

fn nulls(input: &mut Input<'_>, rows: usize) -> Option<NullBuffer> {
    let valid = input.byte();
    match valid {
        // Most arrays have no NULL.
        0..128 => None,
        _ => Some((0..rows).map(|row| valid >> (row % 7) & 1 == 1).collect()),
    }
}

fn fixed(input: &mut Input<'_>, rows: usize, size: i32) -> ArrayRef {
    let length = usize::try_from(size).unwrap_or(0);
    let mut builder = FixedSizeBinaryBuilder::new(size);
    for _ in 0..rows {
        if input.below(8) == 0 {
            builder.append_null();
        } else {
            let mut value = input.bytes(length).to_vec();
            value.resize(length, 0);
            builder
                .append_value(value)
                .expect("the value has the length of the type");
        }
    }
    Arc::new(builder.finish())
}

fn lengths(input: &mut Input<'_>, rows: usize) -> Vec<usize> {
    (0..rows).map(|_| input.below(4)).collect()
}

fn list<O: OffsetSizeTrait>(input: &mut Input<'_>, rows: usize, item: &FieldRef) -> ArrayRef {
    let lengths = lengths(input, rows);
    let items = array(input, item.data_type(), lengths.iter().sum());
    let offsets = OffsetBuffer::<O>::from_lengths(lengths);
    let nulls = nulls(input, rows);
    Arc::new(GenericListArray::new(
        Arc::clone(item),
        offsets,
        items,
        nulls,
    ))
}

fn view<O: OffsetSizeTrait>(input: &mut Input<'_>, rows: usize, item: &FieldRef) -> ArrayRef {
    let count = input.below(6);
    let items = array(input, item.data_type(), count);
    let mut part = || {
        let from = usize::from(input.byte()) % (count + 1);
        let size = usize::from(input.byte()) % (count - from + 1);
        let number = |n| O::from_usize(n).expect("the array is short");
        (number(from), number(size))
    };
    let (offsets, sizes): (Vec<O>, Vec<O>) = (0..rows).map(|_| part()).unzip();
    let nulls = nulls(input, rows);
    let item = Arc::clone(item);
    Arc::new(GenericListViewArray::new(
        item,
        offsets.into(),
        sizes.into(),
        items,
        nulls,
    ))
}

fn map(input: &mut Input<'_>, rows: usize, entries: &FieldRef, sorted: bool) -> ArrayRef {
    let lengths = lengths(input, rows);
    let count = lengths.iter().sum();
    let DataType::Struct(fields) = entries.data_type() else {
        return new_null_array(&DataType::Map(Arc::clone(entries), sorted), rows);
    };
    let columns: Vec<ArrayRef> = fields
        .iter()
        .map(|field| {
            let column = array(input, field.data_type(), count);
            match field.is_nullable() || column.logical_null_count() == 0 {
                true => column,
                false => without_nulls(&column),
            }
        })
        .collect();
    let entries_array = StructArray::try_new_with_length(fields.clone(), columns, None, count);
    let offsets = OffsetBuffer::from_lengths(lengths);
    let nulls = nulls(input, rows);
    let map = entries_array
        .and_then(|array| MapArray::try_new(Arc::clone(entries), offsets, array, nulls, sorted));
    match map {
        Ok(map) => Arc::new(map),
        // A key of the type `null` has no value.
        Err(_) => new_null_array(&DataType::Map(Arc::clone(entries), sorted), rows),
    }
}

fn without_nulls(array: &ArrayRef) -> ArrayRef {
    let builder = array.to_data().into_builder().nulls(None);
    make_array(builder.build().expect("values below NULL are valid"))
}

fn dictionary<K: ArrowDictionaryKeyType>(
    input: &mut Input<'_>,
    rows: usize,
    value: &DataType,
) -> ArrayRef
where
    K::Native: TryFrom<u8>,
{
    let count = 1 + input.below(4);
    let values_array = array(input, value, count);
    let key = |input: &mut Input<'_>| {
        let key = input.byte() % u8::try_from(count).unwrap_or(1);
        K::Native::try_from(key).ok().unwrap_or_default()
    };
    let keys = values(input, rows, key).collect::<Vec<_>>();
    let keys = PrimitiveArray::<K>::from_iter(keys);
    Arc::new(DictionaryArray::new(keys, values_array))
}

fn runs<R: RunEndIndexType>(input: &mut Input<'_>, rows: usize, value: &DataType) -> ArrayRef
where
    R::Native: TryFrom<usize>,
{
    let mut ends = Vec::new();
    let mut end = 0;
    while end < rows {
        end = rows.min(end + 1 + input.below(3));
        ends.push(R::Native::try_from(end).ok());
    }
    let values = array(input, value, ends.len());
    let ends = PrimitiveArray::<R>::from_iter(ends);
    Arc::new(RunArray::try_new(&ends, &values).expect("the ends increase up to the rows"))
}

fn union(input: &mut Input<'_>, rows: usize, fields: &UnionFields, mode: UnionMode) -> ArrayRef {
    let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
    let chosen: ScalarBuffer<i8> = (0..rows).map(|_| input.one_of(&ids)).collect();
    let children = fields
        .iter()
        .map(|(_, field)| array(input, field.data_type(), rows));
    let children = children.collect();
    let offsets = match mode {
        UnionMode::Sparse => None,
        UnionMode::Dense => Some((0_i32..).take(rows).collect()),
    };
    let union = UnionArray::try_new(fields.clone(), chosen, offsets, children);
    Arc::new(union.expect("each variant has a value for each row"))
}

/// Creates numbers of a type, and everything that is stored as a number.
fn primitive(input: &mut Input<'_>, data_type: &DataType, rows: usize) -> ArrayRef {
    use DataType as T;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    macro_rules! of {
        ($type:ty, $read:expr) => {{
            let values = values(input, rows, $read).collect::<Vec<_>>();
            let array = PrimitiveArray::<$type>::from_iter(values);
            Arc::new(array.with_data_type(data_type.clone()))
        }};
    }
    match data_type {
        T::Int8 => of!(Int8Type, narrow::<Int8Type>),
        T::Int16 => of!(Int16Type, narrow::<Int16Type>),
        T::Int32 => of!(Int32Type, narrow::<Int32Type>),
        T::Int64 => of!(Int64Type, narrow::<Int64Type>),
        T::UInt8 => of!(UInt8Type, narrow::<UInt8Type>),
        T::UInt16 => of!(UInt16Type, narrow::<UInt16Type>),
        T::UInt32 => of!(UInt32Type, narrow::<UInt32Type>),
        T::UInt64 => of!(UInt64Type, narrow::<UInt64Type>),
        T::Float16 => of!(Float16Type, |input| {
            <Float16Type as ArrowPrimitiveType>::Native::from_bits(u16::from_le_bytes(
                input.array(),
            ))
        }),
        T::Float32 => of!(Float32Type, |input| f32::from_bits(u32::from_le_bytes(
            input.array()
        ))),
        T::Float64 => of!(Float64Type, |input| f64::from_bits(u64::from_le_bytes(
            input.array()
        ))),
        T::Decimal32(..) => of!(Decimal32Type, narrow::<Decimal32Type>),
        T::Decimal64(..) => of!(Decimal64Type, narrow::<Decimal64Type>),
        T::Decimal128(..) => of!(Decimal128Type, Input::number),
        T::Decimal256(..) => of!(Decimal256Type, large),
        T::Date32 => of!(Date32Type, narrow::<Date32Type>),
        T::Date64 => of!(Date64Type, narrow::<Date64Type>),
        T::Time32(Second) => of!(Time32SecondType, narrow::<Time32SecondType>),
        T::Time32(_) => of!(Time32MillisecondType, narrow::<Time32MillisecondType>),
        T::Time64(Microsecond) => of!(Time64MicrosecondType, narrow::<Time64MicrosecondType>),
        T::Time64(_) => of!(Time64NanosecondType, narrow::<Time64NanosecondType>),
        T::Timestamp(Second, _) => of!(TimestampSecondType, narrow::<TimestampSecondType>),
        T::Timestamp(Millisecond, _) => of!(TimestampMillisecondType, narrow::<Int64Type>),
        T::Timestamp(Microsecond, _) => of!(TimestampMicrosecondType, narrow::<Int64Type>),
        T::Timestamp(Nanosecond, _) => of!(TimestampNanosecondType, narrow::<Int64Type>),
        T::Duration(Second) => of!(DurationSecondType, narrow::<Int64Type>),
        T::Duration(Millisecond) => of!(DurationMillisecondType, narrow::<Int64Type>),
        T::Duration(Microsecond) => of!(DurationMicrosecondType, narrow::<Int64Type>),
        T::Duration(Nanosecond) => of!(DurationNanosecondType, narrow::<Int64Type>),
        T::Interval(IntervalUnit::YearMonth) => of!(IntervalYearMonthType, narrow::<Int32Type>),
        T::Interval(IntervalUnit::DayTime) => of!(IntervalDayTimeType, |input| {
            IntervalDayTime::new(narrow::<Int32Type>(input), narrow::<Int32Type>(input))
        }),
        T::Interval(IntervalUnit::MonthDayNano) => of!(IntervalMonthDayNanoType, |input| {
            let (months, days) = (narrow::<Int32Type>(input), narrow::<Int32Type>(input));
            IntervalMonthDayNano::new(months, days, narrow::<Int64Type>(input))
        }),
        _ => new_null_array(data_type, rows),
    }
}

/// Returns a number of the type; 1 if the number of the input is out of its range.
fn narrow<T: ArrowPrimitiveType>(input: &mut Input<'_>) -> T::Native
where
    T::Native: TryFrom<i128> + From<bool>,
{
    T::Native::try_from(input.number()).unwrap_or(T::Native::from(true))
}

/// Returns a number of up to 256 bits.
pub(crate) fn large(input: &mut Input<'_>) -> i256 {
    match input.below(3) {
        0 => i256::from_le_bytes(input.array()),
        _ => i256::from_i128(input.number()),
    }
}
