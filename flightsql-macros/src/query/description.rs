//! The description of a statement in its stored form. The form equals SQLx's `Describe` for this driver byte for byte, because
//! files of `.sqlx` and snapshots outlive a version.

use std::collections::BTreeMap;

use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, FieldRef};
use either::Either;
use flightsql_client::session;
use flightsql_dialect::arrow::logical_type::server_type_name;
use flightsql_dialect::arrow::type_name::sql_name;
use serde::{Deserialize, Serialize};

const TABLE_NAME_KEY: &str = "ARROW:FLIGHT:SQL:TABLE_NAME";
const SCHEMA_NAME_KEY: &str = "ARROW:FLIGHT:SQL:SCHEMA_NAME";

/// The columns and parameters of a statement.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Description {
    pub(super) columns: Vec<Column>,
    pub(super) parameters: Option<Either<Vec<SqlType>, usize>>,
    nullable: Vec<Option<bool>>,
}

/// A column as sent, with its meant type if the dialect maps it to another type.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Column {
    ordinal: usize,
    name: String,
    data_type: DataType,
    nullable: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    type_info: Option<SqlType>,
}

/// An Arrow type, its extension type if it has one, and its SQL name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SqlType {
    data_type: DataType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extension: Option<String>,
    name: String,
}

impl Description {
    /// Creates the description that a server reported. It states the nullability of columns only if the dialect trusts the
    /// server.
    pub(super) fn new(described: &session::Description, trusts_not_null: bool) -> Self {
        let columns = described.columns.sent().fields().iter().enumerate();
        let columns: Vec<_> = columns
            .map(|(ordinal, sent)| {
                let meant = described.columns.field(ordinal).unwrap_or(sent);
                Column::new(ordinal, sent, meant)
            })
            .collect();
        let nullable = |column: &Column| Some(column.nullable).filter(|_| trusts_not_null);
        let parameters = described.parameters.as_ref().map(|parameters| {
            parameters.as_ref().map_either(
                |fields| fields.iter().map(|field| SqlType::of(field)).collect(),
                |count| *count,
            )
        });
        Self {
            parameters,
            nullable: columns.iter().map(nullable).collect(),
            columns,
        }
    }

    /// Returns whether a column may be NULL, if that is known.
    pub(super) fn nullable(&self, column: usize) -> Option<bool> {
        self.nullable.get(column).copied().flatten()
    }
}

impl Column {
    fn new(ordinal: usize, sent: &FieldRef, meant: &Field) -> Self {
        let (own, meant) = (SqlType::of(sent), SqlType::of(meant));
        let metadata = sent.metadata().iter();
        Self {
            ordinal,
            name: sent.name().clone(),
            data_type: sent.data_type().clone(),
            nullable: sent.is_nullable(),
            metadata: metadata
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            type_info: (own != meant).then_some(meant),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the type that the column is read as.
    pub(super) fn sql_type(&self) -> SqlType {
        self.type_info.clone().unwrap_or_else(|| {
            let metadata = self.metadata.clone().into_iter().collect();
            let sent = Field::new(&self.name, self.data_type.clone(), self.nullable);
            SqlType::of(&sent.with_metadata(metadata))
        })
    }

    /// Returns the table of the column, with its schema if the server reports both.
    pub(super) fn table(&self) -> Option<String> {
        let named = |key| self.metadata.get(key).filter(|name| !name.is_empty());
        let table = named(TABLE_NAME_KEY)?;
        Some(match named(SCHEMA_NAME_KEY) {
            Some(schema) => format!("{schema}.{table}"),
            None => table.clone(),
        })
    }
}

impl SqlType {
    pub(super) fn of(field: &Field) -> Self {
        let extension = field.extension_type_name();
        let name = server_type_name(field);
        Self {
            name: name.unwrap_or_else(|| sql_name(field.data_type(), extension).into_owned()),
            extension: extension.map(str::to_owned),
            data_type: field.data_type().clone(),
        }
    }

    /// Returns the SQL name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_null(&self) -> bool {
        self.data_type.is_null()
    }

    /// Returns a nullable field of this type, with its extension name.
    pub(super) fn to_field(&self) -> Field {
        let field = Field::new("", self.data_type.clone(), true);
        let key = EXTENSION_TYPE_NAME_KEY.to_owned();
        match self.extension.clone() {
            None => field,
            Some(extension) => field.with_metadata([(key, extension)].into()),
        }
    }
}
