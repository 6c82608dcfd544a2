//! Random arrays of every Arrow type, from a seed.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "small random numbers"
)]

use std::sync::Arc;

use arrow_array::*;
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::*;

/// SplitMix64: small, and the same everywhere.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(super) fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn bytes(&mut self, len: usize) -> Buffer {
        (0..len).map(|_| self.next() as u8).collect()
    }

    fn nulls(&mut self, len: usize) -> Option<NullBuffer> {
        (self.below(2) == 0).then(|| (0..len).map(|_| self.below(4) > 0).collect())
    }

    fn text(&mut self) -> String {
        let len = self.below(20);
        (0..len)
            .map(|_| self.pick(&['a', 'b', 'ä', '語']))
            .collect()
    }
}

/// Every type without children, in each of its parameters that matters.
pub(super) fn flat_types() -> Vec<DataType> {
    use DataType::*;
    use TimeUnit::*;
    vec![
        Null,
        Boolean,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Date32,
        Date64,
        Utf8,
        LargeUtf8,
        Binary,
        LargeBinary,
        Utf8View,
        BinaryView,
        Time32(Second),
        Time32(Millisecond),
        Time64(Microsecond),
        Time64(Nanosecond),
        Timestamp(Second, None),
        Timestamp(Nanosecond, Some("Europe/Berlin".into())),
        Duration(Millisecond),
        Interval(IntervalUnit::YearMonth),
        Interval(IntervalUnit::DayTime),
        Interval(IntervalUnit::MonthDayNano),
        Decimal32(9, 2),
        Decimal64(18, -3),
        Decimal128(38, 38),
        Decimal256(76, 0),
        FixedSizeBinary(0),
        FixedSizeBinary(5),
    ]
}

fn field(name: &str, data_type: DataType) -> FieldRef {
    Arc::new(Field::new(name, data_type, true))
}

/// A type of each nested kind around `inner`.
pub(super) fn nested_types(random: &mut Random, inner: &DataType) -> Vec<DataType> {
    let item = field("item", inner.clone());
    let map = Fields::from(vec![
        Field::new("keys", DataType::Utf8, false),
        Field::new("values", inner.clone(), true),
    ]);
    let map = Arc::new(Field::new("entries", DataType::Struct(map), false));
    let fields = Fields::from(vec![item.clone(), field("b", random.pick(&flat_types()))]);
    let union: UnionFields = [(5, item.clone()), (0, field("c", DataType::Int32))]
        .into_iter()
        .collect();
    let run_ends = random.pick(&[DataType::Int16, DataType::Int32, DataType::Int64]);
    let run_ends = Arc::new(Field::new("run_ends", run_ends, false));
    let key = random.pick(&[
        DataType::Int8,
        DataType::UInt16,
        DataType::Int32,
        DataType::UInt64,
    ]);
    let mut all = vec![
        DataType::List(item.clone()),
        DataType::LargeList(item.clone()),
        DataType::FixedSizeList(item.clone(), 0),
        DataType::FixedSizeList(item.clone(), 3),
        DataType::Map(map, false),
        DataType::Struct(fields),
        DataType::Struct(Fields::empty()),
        DataType::Union(union.clone(), UnionMode::Sparse),
        DataType::Union(union, UnionMode::Dense),
    ];
    if slices_well(inner) {
        all.push(DataType::ListView(item.clone()));
        all.push(DataType::LargeListView(item.clone()));
    }
    // arrow writes no dictionary below a dictionary, and has no runs of runs.
    if !matches!(inner, DataType::RunEndEncoded(..)) {
        all.push(DataType::RunEndEncoded(
            run_ends,
            field("values", inner.clone()),
        ));
    }
    // And arrow-ipc reads a dense union in a dictionary only from an aligned body, which is luck.
    if !matches!(inner, DataType::Dictionary(..)) && !inner.to_string().contains("Union(Dense") {
        all.push(DataType::Dictionary(Box::new(key), Box::new(inner.clone())));
    }
    all
}

/// A random type, up to `depth` levels deep.
pub(super) fn data_type(random: &mut Random, depth: usize) -> DataType {
    let flat = random.pick(&flat_types());
    (0..random.below(depth)).fold(flat, |inner, _| {
        let all = nested_types(random, &inner);
        random.pick(&all)
    })
}

/// arrow-ipc does not write all slices of unions and run-end encoded arrays correctly, and it
/// slices what is in a list view.
fn slices_well(data_type: &DataType) -> bool {
    let text = data_type.to_string();
    !text.contains("Union(") && !text.contains("RunEndEncoded(")
}

/// A random array, sometimes a slice of a longer one.
pub(super) fn sliced(random: &mut Random, data_type: &DataType, len: usize) -> ArrayRef {
    if !slices_well(data_type) {
        return array(random, data_type, len);
    }
    let before = random.below(2) * random.below(9);
    let after = random.below(2) * random.below(9);
    array(random, data_type, before + len + after).slice(before, len)
}

/// A random array of a type.
pub(super) fn array(random: &mut Random, data_type: &DataType, len: usize) -> ArrayRef {
    let nulls = random.nulls(len);
    let builder = ArrayData::builder(data_type.clone())
        .len(len)
        .align_buffers(true);
    let built = |builder: arrow_data::ArrayDataBuilder, nulls| {
        make_array(builder.nulls(nulls).build().unwrap())
    };
    match data_type {
        DataType::Null => Arc::new(NullArray::new(len)),
        DataType::Boolean => built(builder.add_buffer(random.bytes(len.div_ceil(8))), nulls),
        DataType::FixedSizeBinary(width) => {
            let bytes = random.bytes(len * *width as usize);
            built(builder.add_buffer(bytes), nulls)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => text(random, data_type, len),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            text(random, data_type, len)
        }
        DataType::Dictionary(key, value) => {
            let values = 1 + random.below(8);
            let child = array(random, value, values);
            let width = key.primitive_width().unwrap();
            let keys: Buffer = (0..len)
                .flat_map(|_| {
                    let key = random.below(values).to_le_bytes();
                    key.into_iter().take(width)
                })
                .collect();
            built(
                builder.add_buffer(keys).add_child_data(child.into_data()),
                nulls,
            )
        }
        DataType::RunEndEncoded(ends, values) => runs(random, data_type, ends, values, len),
        DataType::Union(fields, mode) => union(random, fields, *mode, len),
        _ => match data_type.primitive_width() {
            Some(width) => built(builder.add_buffer(random.bytes(len * width)), nulls),
            None => nested(random, data_type, len, nulls),
        },
    }
}

fn text(random: &mut Random, data_type: &DataType, len: usize) -> ArrayRef {
    let values: Vec<Option<String>> = (0..len)
        .map(|_| (random.below(4) > 0).then(|| random.text()))
        .collect();
    let bytes = values
        .iter()
        .map(|value| value.as_deref().map(str::as_bytes));
    match data_type {
        DataType::Utf8 => Arc::new(StringArray::from_iter(&values)),
        DataType::LargeUtf8 => Arc::new(LargeStringArray::from_iter(&values)),
        DataType::Utf8View => Arc::new(StringViewArray::from_iter(&values)),
        DataType::Binary => Arc::new(BinaryArray::from_iter(bytes)),
        DataType::LargeBinary => Arc::new(LargeBinaryArray::from_iter(bytes)),
        _ => Arc::new(BinaryViewArray::from_iter(bytes)),
    }
}

fn nested(
    random: &mut Random,
    data_type: &DataType,
    len: usize,
    nulls: Option<NullBuffer>,
) -> ArrayRef {
    let lengths: Vec<usize> = (0..len).map(|_| random.below(4)).collect();
    let total = lengths.iter().sum();
    match data_type {
        DataType::List(item) => {
            let values = array(random, item.data_type(), total);
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(ListArray::new(item.clone(), offsets, values, nulls))
        }
        DataType::LargeList(item) => {
            let values = array(random, item.data_type(), total);
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(LargeListArray::new(item.clone(), offsets, values, nulls))
        }
        DataType::Map(entries, sorted) => {
            let DataType::Struct(fields) = entries.data_type() else {
                unreachable!("a map holds structs")
            };
            let keys = StringArray::from_iter_values((0..total).map(|_| random.text()));
            let values = array(random, fields[1].data_type(), total);
            let pairs = StructArray::new(fields.clone(), vec![Arc::new(keys), values], None);
            let offsets = OffsetBuffer::from_lengths(lengths);
            Arc::new(MapArray::new(
                entries.clone(),
                offsets,
                pairs,
                nulls,
                *sorted,
            ))
        }
        DataType::ListView(item) => {
            let values = array(random, item.data_type(), 12);
            let offsets: ScalarBuffer<i32> = (0..len).map(|_| random.below(8) as i32).collect();
            let sizes: ScalarBuffer<i32> = lengths.iter().map(|len| *len as i32).collect();
            Arc::new(ListViewArray::new(
                item.clone(),
                offsets,
                sizes,
                values,
                nulls,
            ))
        }
        DataType::LargeListView(item) => {
            let values = array(random, item.data_type(), 12);
            let offsets: ScalarBuffer<i64> = (0..len).map(|_| random.below(8) as i64).collect();
            let sizes: ScalarBuffer<i64> = lengths.iter().map(|len| *len as i64).collect();
            Arc::new(LargeListViewArray::new(
                item.clone(),
                offsets,
                sizes,
                values,
                nulls,
            ))
        }
        DataType::FixedSizeList(item, size) => {
            let values = array(random, item.data_type(), len * *size as usize);
            let (item, size) = (item.clone(), *size);
            Arc::new(
                FixedSizeListArray::try_new_with_length(item, size, values, nulls, len).unwrap(),
            )
        }
        DataType::Struct(fields) => {
            let columns = fields
                .iter()
                .map(|field| array(random, field.data_type(), len))
                .collect();
            let made = StructArray::try_new_with_length(fields.clone(), columns, nulls, len);
            Arc::new(made.unwrap())
        }
        other => unreachable!("{other} is not nested"),
    }
}

fn union(random: &mut Random, fields: &UnionFields, mode: UnionMode, len: usize) -> ArrayRef {
    let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
    let type_ids: ScalarBuffer<i8> = (0..len).map(|_| random.pick(&ids)).collect();
    let mut used = [0i32; 128];
    let offsets: ScalarBuffer<i32> = type_ids
        .iter()
        .map(|id| {
            let next = &mut used[*id as usize];
            *next += 1;
            *next - 1
        })
        .collect();
    let children = fields
        .iter()
        .map(|(id, field)| {
            let rows = match mode {
                UnionMode::Dense => used[id as usize] as usize,
                UnionMode::Sparse => len,
            };
            array(random, field.data_type(), rows)
        })
        .collect();
    let offsets = (mode == UnionMode::Dense).then_some(offsets);
    Arc::new(UnionArray::try_new(fields.clone(), type_ids, offsets, children).unwrap())
}

fn runs(
    random: &mut Random,
    data_type: &DataType,
    ends: &FieldRef,
    values: &FieldRef,
    len: usize,
) -> ArrayRef {
    let mut at = 0;
    let mut bytes = Vec::new();
    let mut count = 0;
    let width = ends.data_type().primitive_width().unwrap();
    while at < len {
        at = (at + 1 + random.below(3)).min(len);
        bytes.extend(at.to_le_bytes().into_iter().take(width));
        count += 1;
    }
    let ends = ArrayData::builder(ends.data_type().clone())
        .align_buffers(true)
        .len(count)
        .add_buffer(Buffer::from_slice_ref(&bytes))
        .build()
        .unwrap();
    let values = array(random, values.data_type(), count).into_data();
    let built = ArrayData::builder(data_type.clone())
        .len(len)
        .child_data(vec![ends, values])
        .build();
    make_array(built.unwrap())
}
