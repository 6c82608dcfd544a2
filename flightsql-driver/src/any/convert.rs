//! Conversion of types, columns, rows and statements to those of `Any`.

use std::sync::Arc;

use arrow_schema::DataType;
use hashbrown::HashMap;
use sqlx_core::any::{
    AnyColumn, AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo, AnyTypeInfoKind, AnyValue,
    AnyValueKind,
};
use sqlx_core::column::Column as _;
use sqlx_core::decode::Decode;
use sqlx_core::error::BoxDynError;
use sqlx_core::ext::ustr::UStr;
use sqlx_core::statement::Statement as _;
use sqlx_core::value::ValueRef as _;

use crate::arrow::logical_type::{BOOL8_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION};
use crate::column::FlightSqlColumn;
use crate::marker::FlightSql;
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;
use crate::statement::FlightSqlStatement;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Columns, FlightSqlValueRef};

type Result<T> = std::result::Result<T, sqlx_core::Error>;

impl<'a> TryFrom<&'a FlightSqlTypeInfo> for AnyTypeInfo {
    type Error = sqlx_core::Error;

    /// Returns `AnyDriverError` for lists, structs and maps, which `Any` has no type for.
    fn try_from(info: &'a FlightSqlTypeInfo) -> Result<Self> {
        match kind(info) {
            Some(kind) => Ok(AnyTypeInfo { kind }),
            None => Err(sqlx_core::Error::AnyDriverError(no_place(info))),
        }
    }
}

impl<'a> TryFrom<&'a FlightSqlColumn> for AnyColumn {
    type Error = sqlx_core::Error;

    /// Returns `ColumnDecode` with the name of the column if `Any` has no type for it.
    fn try_from(column: &'a FlightSqlColumn) -> Result<Self> {
        let kind = kind(column.info()).ok_or_else(|| in_column(column, no_place(column.info())))?;
        Ok(AnyColumn {
            ordinal: column.ordinal(),
            name: UStr::new(column.name()),
            type_info: AnyTypeInfo { kind },
        })
    }
}

/// Returns the type of `Any` that holds every value of this type.
fn kind(info: &FlightSqlTypeInfo) -> Option<AnyTypeInfoKind> {
    use AnyTypeInfoKind::{BigInt, Blob, Bool, Double, Integer, Null, Real, SmallInt, Text};
    match info.extension_name() {
        Some(BOOL8_EXTENSION) => return Some(Bool),
        Some(UUID_EXTENSION | OFFSET_EXTENSION) => return Some(Text),
        _ => {}
    }
    Some(match info.value_type() {
        DataType::Null => Null,
        DataType::Boolean => Bool,
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => SmallInt,
        DataType::Int32 | DataType::UInt16 => Integer,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => BigInt,
        DataType::Float16 | DataType::Float32 => Real,
        DataType::Float64 => Double,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Text,
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_) => Blob,
        other if other.is_decimal() || other.is_temporal() => Text,
        DataType::Union(..) => {
            let mut variants = info.children().iter().map(kind);
            let first = variants.next().flatten();
            let one = first.filter(|first| variants.all(|variant| variant == Some(*first)));
            one.unwrap_or(Null)
        }
        _ => return None,
    })
}

/// Returns the type of `Any` for a column of a row. A value that `Any` cannot hold, such as a list, has its exact text, so that a
/// row is not lost for a column that the caller does not read.
fn kind_or_text(info: &FlightSqlTypeInfo) -> AnyTypeInfoKind {
    kind(info).unwrap_or(AnyTypeInfoKind::Text)
}

fn no_place(info: &FlightSqlTypeInfo) -> BoxDynError {
    format!(
        "`Any` has no type that holds {info} ({}); select its parts, cast it to text in SQL, or use \
         `FlightSqlConnection`",
        info.data_type()
    )
    .into()
}

fn in_column(column: &FlightSqlColumn, source: BoxDynError) -> sqlx_core::Error {
    sqlx_core::Error::ColumnDecode {
        index: format!("{:?}", column.name()),
        source,
    }
}

/// Converts the rows of one query; their shared part is converted once per result.
#[derive(Default)]
pub(super) struct Rows {
    of: Option<(Arc<Columns>, Shape)>,
}

#[derive(Clone)]
struct Shape {
    columns: Vec<AnyColumn>,
    names: Arc<HashMap<UStr, usize>>,
}

impl Rows {
    pub(super) fn row(&mut self, row: &FlightSqlRow) -> Result<AnyRow> {
        let shape = self.shape(row.shared_columns());
        let columns = row.shared_columns().as_slice();
        let values = columns.iter().map(|column| {
            let value = value(row, column).map_err(|error| in_column(column, error))?;
            Ok(AnyValue { kind: value })
        });
        Ok(AnyRow {
            values: values.collect::<Result<_>>()?,
            columns: shape.columns,
            column_names: shape.names,
        })
    }

    fn shape(&mut self, columns: &Arc<Columns>) -> Shape {
        if let Some((of, shape)) = &self.of
            && Arc::ptr_eq(of, columns)
        {
            return shape.clone();
        }
        let shape = Shape::of(columns.as_slice());
        self.of = Some((Arc::clone(columns), shape.clone()));
        shape
    }
}

impl Shape {
    /// Creates the shape; a name that occurs twice finds its first column, as in the driver's own rows.
    fn of(columns: &[FlightSqlColumn]) -> Self {
        let any = |column: &FlightSqlColumn| AnyColumn {
            ordinal: column.ordinal(),
            name: UStr::new(column.name()),
            type_info: AnyTypeInfo {
                kind: kind_or_text(column.info()),
            },
        };
        let columns: Vec<AnyColumn> = columns.iter().map(any).collect();
        let mut names = HashMap::new();
        for column in &columns {
            names.entry(column.name.clone()).or_insert(column.ordinal);
        }
        Self {
            columns,
            names: Arc::new(names),
        }
    }
}

fn value(
    row: &FlightSqlRow,
    column: &FlightSqlColumn,
) -> std::result::Result<AnyValueKind, BoxDynError> {
    let value = row
        .value(column.ordinal())
        .ok_or("the column is not in the batch")?;
    let kind = kind_or_text(value.info());
    if value.is_null() {
        return Ok(AnyValueKind::Null(kind));
    }
    // `Any` holds no number above `i64::MAX`. The row has its text, so that the other columns can be read.
    held(kind, value).or_else(|error| match value.exact_text() {
        Some(text) => Ok(AnyValueKind::Text(Arc::new(text))),
        None => Err(error),
    })
}

fn held(
    kind: AnyTypeInfoKind,
    value: FlightSqlValueRef<'_>,
) -> std::result::Result<AnyValueKind, BoxDynError> {
    let info = value.info();
    Ok(match kind {
        // A union in a union: a value that is not NULL is never returned as NULL.
        AnyTypeInfoKind::Null => return Err(no_place(info)),
        AnyTypeInfoKind::Bool => AnyValueKind::Bool(Decode::<FlightSql>::decode(value)?),
        AnyTypeInfoKind::SmallInt => AnyValueKind::SmallInt(Decode::<FlightSql>::decode(value)?),
        AnyTypeInfoKind::Integer => AnyValueKind::Integer(Decode::<FlightSql>::decode(value)?),
        AnyTypeInfoKind::BigInt => AnyValueKind::BigInt(Decode::<FlightSql>::decode(value)?),
        AnyTypeInfoKind::Real => AnyValueKind::Real(Decode::<FlightSql>::decode(value)?),
        AnyTypeInfoKind::Double => AnyValueKind::Double(Decode::<FlightSql>::decode(value)?),
        AnyTypeInfoKind::Blob => AnyValueKind::Blob(Arc::new(Decode::<FlightSql>::decode(value)?)),
        AnyTypeInfoKind::Text => {
            let text = value.exact_text().ok_or_else(|| {
                format!("this {info} cannot be written as text: it is not a valid value")
            })?;
            AnyValueKind::Text(Arc::new(text))
        }
    })
}

impl From<FlightSqlQueryResult> for AnyQueryResult {
    /// An unknown count becomes 0, because SQLx's type has no other value for it.
    fn from(result: FlightSqlQueryResult) -> Self {
        Self {
            rows_affected: result.rows_affected(),
            last_insert_id: None,
        }
    }
}

pub(super) fn statement(statement: FlightSqlStatement) -> Result<AnyStatement> {
    let shape = Shape::of(statement.columns());
    AnyStatement::try_from_statement(statement, shape.names)
}
