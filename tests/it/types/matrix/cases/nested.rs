//! Lists, structs, maps and unions.

use std::collections::BTreeMap;
use std::sync::Arc;

use flightsql::Type;
use flightsql::arrow::array::types::*;
use flightsql::arrow::array::*;
use flightsql::arrow::schema::{DataType, Field, UnionFields};

use super::{Case, case, field, numbers};

pub(super) fn lists() -> Vec<Case> {
    let rows = || vec![vec![Some(1), None, Some(3)], vec![], vec![Some(-7)]];
    let plain = ListArray::from_iter_primitive::<Int32Type, _, _>(rows().into_iter().map(Some));
    let large =
        LargeListArray::from_iter_primitive::<Int32Type, _, _>(rows().into_iter().map(Some));
    let item = field("item", DataType::Int32, true);
    let items: ArrayRef = Arc::new(Int32Array::from(vec![
        Some(9),
        Some(1),
        None,
        Some(3),
        Some(-7),
    ]));
    // Out of order, and with an item that no list has.
    let view = ListViewArray::try_new(
        item.clone(),
        vec![1, 0, 4].into(),
        vec![3, 0, 1].into(),
        items.clone(),
        None,
    );
    let large_view = LargeListViewArray::try_new(
        item.clone(),
        vec![1, 0, 4].into(),
        vec![3, 0, 1].into(),
        items,
        None,
    );
    let pairs: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), None, Some(3), Some(4)]));
    let fixed = FixedSizeListArray::new(item, 2, pairs, None);
    let nested = {
        let inner = rows().into_iter().map(Some);
        let inner = ListArray::from_iter_primitive::<Int32Type, _, _>(inner);
        let offsets = flightsql_offsets([2, 1]);
        ListArray::new(
            field("item", inner.data_type().clone(), true),
            offsets,
            Arc::new(inner),
            None,
        )
    };
    vec![
        case("List", Arc::new(plain), rows()),
        case("LargeList", Arc::new(large), rows()),
        case(
            "FixedSizeList",
            Arc::new(fixed),
            vec![[Some(1), None], [Some(3), Some(4)]],
        ),
        case("ListView", Arc::new(view.unwrap()), rows()),
        case("LargeListView", Arc::new(large_view.unwrap()), rows()),
        case(
            "List(List)",
            Arc::new(nested),
            vec![rows()[..2].to_vec(), rows()[2..].to_vec()],
        ),
        case(
            "List(UInt8) as bytes",
            Arc::new(ListArray::from_iter_primitive::<UInt8Type, _, _>([
                Some([Some(1), Some(2)]),
                Some([Some(255), Some(0)]),
            ])),
            vec![vec![1_u8, 2], vec![255, 0]],
        ),
    ]
}

fn flightsql_offsets<const N: usize>(lengths: [usize; N]) -> arrow_buffer::OffsetBuffer<i32> {
    arrow_buffer::OffsetBuffer::from_lengths(lengths)
}

#[derive(Debug, Clone, PartialEq, Type)]
struct Person {
    id: i64,
    name: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Type)]
enum Either {
    Number(i64),
    Text(String),
}

pub(super) fn records() -> Vec<Case> {
    let people = StructArray::from(vec![
        (
            field("id", DataType::Int64, false),
            numbers::<Int64Type>(vec![1, 2]),
        ),
        (
            field("name", DataType::Utf8, true),
            Arc::new(StringArray::from(vec![Some("Ada"), None])) as ArrayRef,
        ),
    ]);
    let person = |id, name: Option<&str>| Person {
        id,
        name: name.map(str::to_owned),
    };
    let mut maps = builder::MapBuilder::new(
        None,
        builder::StringBuilder::new(),
        builder::Int64Builder::new(),
    );
    for entries in [vec![("a", Some(1)), ("b", None)], vec![]] {
        for (key, value) in entries {
            maps.keys().append_value(key);
            maps.values().append_option(value);
        }
        maps.append(true).unwrap();
    }
    let maps = maps.finish();
    let list_of_structs = ListArray::new(
        field("item", people.data_type().clone(), true),
        flightsql_offsets([2, 0]),
        Arc::new(people.clone()),
        None,
    );
    vec![
        case(
            "Struct",
            Arc::new(people.clone()),
            vec![person(1, Some("Ada")), person(2, None)],
        ),
        case(
            "Struct as a tuple",
            Arc::new(people),
            vec![(1_i64, Some("Ada".to_owned())), (2, None)],
        ),
        case(
            "Map",
            Arc::new(maps.clone()),
            vec![
                BTreeMap::from([("a".to_owned(), Some(1_i64)), ("b".to_owned(), None)]),
                BTreeMap::new(),
            ],
        ),
        case(
            "Map as pairs",
            Arc::new(maps),
            vec![
                vec![("a".to_owned(), Some(1_i64)), ("b".to_owned(), None)],
                vec![],
            ],
        ),
        case(
            "List(Struct)",
            Arc::new(list_of_structs),
            vec![vec![person(1, Some("Ada")), person(2, None)], vec![]],
        ),
        union(true),
        union(false),
    ]
}

fn union(dense: bool) -> Case {
    let fields = UnionFields::try_new(
        [5, 2],
        [
            Field::new("Number", DataType::Int64, true),
            Field::new("Text", DataType::Utf8, true),
        ],
    )
    .unwrap();
    let ids = vec![2_i8, 5, 2, 5];
    let (numbers, texts, offsets): (Vec<Option<i64>>, Vec<Option<&str>>, _) = match dense {
        true => (
            vec![Some(7), None],
            vec![Some("a"), Some("b")],
            Some(vec![0, 0, 1, 1].into()),
        ),
        false => (
            vec![None, Some(7), None, None],
            vec![Some("a"), None, Some("b"), None],
            None,
        ),
    };
    let children: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(numbers)),
        Arc::new(StringArray::from(texts)),
    ];
    let array: ArrayRef =
        Arc::new(UnionArray::try_new(fields, ids.into(), offsets, children).unwrap());
    let expected = vec![
        Either::Text("a".to_owned()),
        Either::Number(7),
        Either::Text("b".to_owned()),
    ];
    let name = if dense {
        "Union(dense)"
    } else {
        "Union(sparse)"
    };
    let mut case = case(name, array.slice(0, 3), expected);
    case.with_null = Some(array);
    case
}
