//! The canonical ANSI SQL name of every Arrow type.
//!
//! Types: <https://arrow.apache.org/docs/format/Columnar.html#data-types>. An encoding (dictionary,
//! run-end, 64-bit offsets, views) has no name of its own: it does not change what a value is.

use std::borrow::Cow;

use arrow_schema::{DataType, Field, IntervalUnit};

use super::logical_type::{BOOL8_EXTENSION, JSON_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION};

/// The SQL name of `data_type`, or of its extension type where SQL has a word for that.
pub fn sql_name(data_type: &DataType, extension: Option<&str>) -> Cow<'static, str> {
    match extension {
        Some(JSON_EXTENSION) => Cow::Borrowed("JSON"),
        Some(UUID_EXTENSION) => Cow::Borrowed("UUID"),
        Some(BOOL8_EXTENSION) => Cow::Borrowed("BOOLEAN"),
        Some(OFFSET_EXTENSION) => Cow::Borrowed("TIMESTAMP WITH TIME ZONE"),
        _ => match plain_name(data_type) {
            Some(name) => Cow::Borrowed(name),
            None => parametrised_name(data_type).into(),
        },
    }
}

fn plain_name(data_type: &DataType) -> Option<&'static str> {
    Some(match data_type {
        DataType::Null => "NULL",
        DataType::Boolean => "BOOLEAN",
        DataType::Int8 => "TINYINT",
        DataType::Int16 => "SMALLINT",
        DataType::Int32 => "INTEGER",
        DataType::Int64 => "BIGINT",
        DataType::UInt8 => "TINYINT UNSIGNED",
        DataType::UInt16 => "SMALLINT UNSIGNED",
        DataType::UInt32 => "INTEGER UNSIGNED",
        DataType::UInt64 => "BIGINT UNSIGNED",
        DataType::Float16 => "HALF FLOAT",
        DataType::Float32 => "REAL",
        DataType::Float64 => "DOUBLE PRECISION",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "VARBINARY",
        DataType::Date32 | DataType::Date64 => "DATE",
        DataType::Time32(_) | DataType::Time64(_) => "TIME",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Timestamp(_, Some(_)) => "TIMESTAMP WITH TIME ZONE",
        DataType::Interval(IntervalUnit::YearMonth) => "INTERVAL YEAR TO MONTH",
        DataType::Duration(_) | DataType::Interval(IntervalUnit::DayTime) => {
            "INTERVAL DAY TO SECOND"
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => "INTERVAL",
        DataType::Union(..) => "UNION",
        _ => return None,
    })
}

fn parametrised_name(data_type: &DataType) -> String {
    let name = |field: &Field| sql_name(field.data_type(), None);
    match data_type {
        DataType::FixedSizeBinary(size) => format!("BINARY({size})"),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("DECIMAL({precision},{scale})"),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => format!("{} ARRAY", name(item)),
        DataType::FixedSizeList(item, size) => format!("{} ARRAY[{size}]", name(item)),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!("{} {}", field.name(), name(field)))
                .collect();
            format!("ROW({})", fields.join(", "))
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(pair) => {
                let pair: Vec<_> = pair.iter().map(|field| name(field)).collect();
                format!("MAP({})", pair.join(", "))
            }
            _ => "MAP".to_owned(),
        },
        DataType::Dictionary(_, value) => sql_name(value, None).into_owned(),
        DataType::RunEndEncoded(_, value) => name(value).into_owned(),
        // Every other type has a plain name; Arrow's own name is right for one added later.
        other => other.to_string().to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_schema::{DataType, Field, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode};

    use super::{JSON_EXTENSION, UUID_EXTENSION, sql_name};

    fn field(name: &str, data_type: DataType) -> Arc<Field> {
        Arc::new(Field::new(name, data_type, true))
    }

    #[test]
    fn every_type_has_an_sql_name() {
        let pair = DataType::Struct(Fields::from(vec![
            field("key", DataType::Utf8),
            field("value", DataType::Decimal128(10, 2)),
        ]));
        let cases = [
            (DataType::Null, "NULL"),
            (DataType::Int64, "BIGINT"),
            (DataType::UInt8, "TINYINT UNSIGNED"),
            (DataType::Float64, "DOUBLE PRECISION"),
            (DataType::Utf8View, "VARCHAR"),
            (DataType::LargeBinary, "VARBINARY"),
            (DataType::FixedSizeBinary(16), "BINARY(16)"),
            (DataType::Decimal128(38, 10), "DECIMAL(38,10)"),
            (DataType::Decimal256(76, -2), "DECIMAL(76,-2)"),
            (DataType::Date64, "DATE"),
            (DataType::Time32(TimeUnit::Second), "TIME"),
            (DataType::Timestamp(TimeUnit::Nanosecond, None), "TIMESTAMP"),
            (
                DataType::Timestamp(TimeUnit::Second, Some("+01:00".into())),
                "TIMESTAMP WITH TIME ZONE",
            ),
            (
                DataType::Duration(TimeUnit::Second),
                "INTERVAL DAY TO SECOND",
            ),
            (
                DataType::Interval(IntervalUnit::YearMonth),
                "INTERVAL YEAR TO MONTH",
            ),
            (
                DataType::List(field("item", DataType::Int32)),
                "INTEGER ARRAY",
            ),
            (
                DataType::FixedSizeList(field("item", DataType::Float32), 3),
                "REAL ARRAY[3]",
            ),
            (pair.clone(), "ROW(key VARCHAR, value DECIMAL(10,2))"),
            (
                DataType::Map(field("entries", pair), false),
                "MAP(VARCHAR, DECIMAL(10,2))",
            ),
            (
                DataType::Union(UnionFields::empty(), UnionMode::Dense),
                "UNION",
            ),
            (
                DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
                "VARCHAR",
            ),
            (
                DataType::RunEndEncoded(
                    field("run_ends", DataType::Int32),
                    field("values", DataType::Boolean),
                ),
                "BOOLEAN",
            ),
        ];
        for (data_type, name) in cases {
            assert_eq!(&*sql_name(&data_type, None), name, "{data_type:?}");
        }
    }

    #[test]
    fn extension_types_that_sql_knows_have_its_word() {
        assert_eq!(
            &*sql_name(&DataType::FixedSizeBinary(16), Some(UUID_EXTENSION)),
            "UUID"
        );
        assert_eq!(&*sql_name(&DataType::Utf8, Some(JSON_EXTENSION)), "JSON");
        assert_eq!(&*sql_name(&DataType::Utf8, Some("acme.thing")), "VARCHAR");
    }
}
