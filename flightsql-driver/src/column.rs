//! `FlightSqlColumn`: one column of a result.
//!
//! Column metadata: <https://arrow.apache.org/docs/format/FlightSql.html#column-metadata>.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef};
use serde::{Deserialize, Serialize};
use sqlx_core::column::{Column, ColumnOrigin, TableColumn};

use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

const TABLE_NAME_KEY: &str = "ARROW:FLIGHT:SQL:TABLE_NAME";
const SCHEMA_NAME_KEY: &str = "ARROW:FLIGHT:SQL:SCHEMA_NAME";

/// A column of a result set: its position, name, type, and the Arrow field that the server sent.
///
/// The type follows the dialect's type map.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct FlightSqlColumn {
    ordinal: usize,
    /// Shared with every batch of the result, for lookup by name.
    name: Arc<str>,
    type_info: FlightSqlTypeInfo,
    field: FieldRef,
}

impl FlightSqlColumn {
    pub(crate) fn new(ordinal: usize, field: FieldRef, meant: &Field) -> Self {
        Self {
            ordinal,
            name: field.name().as_str().into(),
            type_info: FlightSqlTypeInfo::from_field(meant),
            field,
        }
    }

    /// Returns `true` if the server reports the column as nullable. The driver does not check this: a NULL in a NOT NULL
    /// column decodes as any other NULL.
    pub fn is_nullable(&self) -> Option<bool> {
        Some(self.field.is_nullable())
    }

    /// Returns the Arrow field as the server sent it, with all metadata.
    pub fn field(&self) -> &FieldRef {
        &self.field
    }

    #[inline]
    pub(crate) fn info(&self) -> &FlightSqlTypeInfo {
        &self.type_info
    }

    #[inline]
    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.name
    }
}

impl Column for FlightSqlColumn {
    type Database = FlightSql;

    fn ordinal(&self) -> usize {
        self.ordinal
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn type_info(&self) -> &FlightSqlTypeInfo {
        &self.type_info
    }

    /// Returns the table in `ARROW:FLIGHT:SQL:TABLE_NAME`, qualified by its schema if there is one. The protocol has no key for
    /// the name before an alias, so the name is the column's own.
    fn origin(&self) -> ColumnOrigin {
        let metadata = self.field.metadata();
        match metadata.get(TABLE_NAME_KEY).filter(|name| !name.is_empty()) {
            None => ColumnOrigin::Unknown,
            Some(table) => ColumnOrigin::Table(TableColumn {
                table: match metadata
                    .get(SCHEMA_NAME_KEY)
                    .filter(|name| !name.is_empty())
                {
                    Some(schema) => format!("{schema}.{table}").into(),
                    None => table.as_str().into(),
                },
                name: self.field.name().as_str().into(),
            }),
        }
    }
}

/// The form in saved query metadata. The metadata is sorted, so that equal columns have equal text.
#[derive(Serialize, Deserialize)]
struct Stored {
    ordinal: usize,
    name: String,
    data_type: DataType,
    nullable: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    /// The meant type, if it differs from the field's type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    type_info: Option<FlightSqlTypeInfo>,
}

impl From<Stored> for FlightSqlColumn {
    fn from(stored: Stored) -> Self {
        let field = Field::new(stored.name, stored.data_type, stored.nullable)
            .with_metadata(stored.metadata.into_iter().collect());
        let column = Self::new(stored.ordinal, Arc::new(field.clone()), &field);
        match stored.type_info {
            Some(type_info) => Self {
                type_info,
                ..column
            },
            None => column,
        }
    }
}

impl From<FlightSqlColumn> for Stored {
    fn from(column: FlightSqlColumn) -> Self {
        let own = FlightSqlTypeInfo::from_field(&column.field);
        Self {
            type_info: (!own.is_identical(&column.type_info)).then_some(column.type_info),
            ordinal: column.ordinal,
            name: column.field.name().clone(),
            data_type: column.field.data_type().clone(),
            nullable: column.field.is_nullable(),
            metadata: column.field.metadata().clone().into_iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use arrow_schema::{DataType, Field};
    use sqlx_core::column::{Column as _, ColumnOrigin};

    use super::{FlightSqlColumn, SCHEMA_NAME_KEY, TABLE_NAME_KEY};

    fn column(metadata: &[(&str, &str)]) -> FlightSqlColumn {
        let metadata: HashMap<_, _> = metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let field = Field::new("id", DataType::Int32, false).with_metadata(metadata);
        FlightSqlColumn::new(3, Arc::new(field.clone()), &field)
    }

    #[test]
    fn a_column_says_what_its_field_says() {
        let column = column(&[]);
        assert_eq!(column.ordinal(), 3);
        assert_eq!(column.name(), "id");
        assert_eq!(column.type_info().data_type(), &DataType::Int32);
        assert_eq!(column.is_nullable(), Some(false));
        assert_eq!(column.field().name(), "id");
    }

    #[test]
    fn the_origin_is_the_table_of_the_metadata() {
        assert!(matches!(column(&[]).origin(), ColumnOrigin::Unknown));
        assert!(matches!(
            column(&[(TABLE_NAME_KEY, "")]).origin(),
            ColumnOrigin::Unknown
        ));
        let table = |metadata: &[(&str, &str)]| match column(metadata).origin() {
            ColumnOrigin::Table(origin) => format!("{}/{}", origin.table, origin.name),
            other => format!("{other:?}"),
        };
        assert_eq!(table(&[(TABLE_NAME_KEY, "users")]), "users/id");
        assert_eq!(
            table(&[(TABLE_NAME_KEY, "users"), (SCHEMA_NAME_KEY, "main")]),
            "main.users/id"
        );
    }
}
