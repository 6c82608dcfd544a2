//! The metadata commands as one type.
//!
//! Messages `CommandGet…` in [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto).

use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys,
    CommandGetImportedKeys, CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes,
    CommandGetTables, CommandGetXdbcTypeInfo,
};
use arrow_flight::{FlightDescriptor, FlightInfo};

use crate::dialect::Feature;
use crate::error::Result;
use crate::protocol::command::descriptor;
use crate::protocol::rpc::{Operation, Rpc, TimeoutClass};

/// A table by its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) catalog: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) table: String,
}

impl Place {
    /// Leaves the catalog out, and a schema that has no name.
    fn drop_catalog(&mut self) {
        self.catalog = None;
        self.schema = self.schema.take().filter(|schema| !schema.is_empty());
    }
}

/// One question to the server. A filter that is `None` is left out of the message: some servers take `%` literally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    Catalogs,
    Schemas {
        catalog: Option<String>,
        pattern: Option<String>,
    },
    Tables {
        catalog: Option<String>,
        schema: Option<String>,
        table: Option<String>,
        types: Vec<String>,
        columns: bool,
    },
    TableTypes,
    PrimaryKeys(Place),
    ImportedKeys(Place),
    ExportedKeys(Place),
    CrossReference {
        primary: Place,
        foreign: Place,
    },
    /// All ids when empty.
    SqlInfo(Vec<u32>),
    XdbcTypes(Option<i32>),
}

impl Request {
    /// Asks, and says where the answer lies.
    pub(crate) async fn info(&self, rpc: &Rpc) -> Result<FlightInfo> {
        rpc.info(self.operation(), self.descriptor()).await
    }

    /// What a server must have to answer.
    pub(crate) fn feature(&self) -> Feature {
        match self {
            Self::Catalogs => Feature::Catalogs,
            Self::Schemas { .. } => Feature::Schemas,
            Self::Tables { .. } => Feature::Tables,
            Self::TableTypes => Feature::TableTypes,
            Self::PrimaryKeys(_) => Feature::PrimaryKeys,
            Self::ImportedKeys(_) | Self::ExportedKeys(_) | Self::CrossReference { .. } => {
                Feature::ForeignKeys
            }
            Self::SqlInfo(_) => Feature::SqlInfo,
            Self::XdbcTypes(_) => Feature::XdbcTypes,
        }
    }

    /// The same question about one catalog; `None` where the question names one, or cannot.
    pub(crate) fn within(&self, name: &str) -> Option<Self> {
        let mut narrower = self.clone();
        match &mut narrower {
            Self::Schemas { catalog, .. } | Self::Tables { catalog, .. } if catalog.is_none() => {
                *catalog = Some(name.to_owned());
                Some(narrower)
            }
            _ => None,
        }
    }

    /// The one catalog that a question about keys names.
    pub(crate) fn key_catalog(&self) -> Option<&str> {
        match self {
            Self::PrimaryKeys(place) | Self::ImportedKeys(place) | Self::ExportedKeys(place) => {
                place.catalog.as_deref()
            }
            Self::CrossReference { primary, foreign } if primary.catalog == foreign.catalog => {
                primary.catalog.as_deref()
            }
            _ => None,
        }
    }

    /// The same question about keys without its catalog: Arrow's SQLite examples know no catalog of a key, and find
    /// nothing in one.
    pub(crate) fn without_catalog(&self) -> Self {
        let mut wider = self.clone();
        match &mut wider {
            Self::PrimaryKeys(place) | Self::ImportedKeys(place) | Self::ExportedKeys(place) => {
                place.drop_catalog();
            }
            Self::CrossReference { primary, foreign } => {
                primary.drop_catalog();
                foreign.drop_catalog();
            }
            _ => {}
        }
        wider
    }

    fn operation(&self) -> Operation {
        let name = match self {
            Self::Catalogs => "GetFlightInfo(CommandGetCatalogs)",
            Self::Schemas { .. } => "GetFlightInfo(CommandGetDbSchemas)",
            Self::Tables { .. } => "GetFlightInfo(CommandGetTables)",
            Self::TableTypes => "GetFlightInfo(CommandGetTableTypes)",
            Self::PrimaryKeys(_) => "GetFlightInfo(CommandGetPrimaryKeys)",
            Self::ImportedKeys(_) => "GetFlightInfo(CommandGetImportedKeys)",
            Self::ExportedKeys(_) => "GetFlightInfo(CommandGetExportedKeys)",
            Self::CrossReference { .. } => "GetFlightInfo(CommandGetCrossReference)",
            Self::SqlInfo(_) => "GetFlightInfo(CommandGetSqlInfo)",
            Self::XdbcTypes(_) => "GetFlightInfo(CommandGetXdbcTypeInfo)",
        };
        Operation::new(name, TimeoutClass::Metadata)
    }

    fn descriptor(&self) -> FlightDescriptor {
        match self.clone() {
            Self::Catalogs => descriptor(&CommandGetCatalogs {}),
            Self::Schemas { catalog, pattern } => descriptor(&CommandGetDbSchemas {
                catalog,
                db_schema_filter_pattern: pattern,
            }),
            Self::Tables {
                catalog,
                schema,
                table,
                types,
                columns,
            } => descriptor(&CommandGetTables {
                catalog,
                db_schema_filter_pattern: schema,
                table_name_filter_pattern: table,
                table_types: types,
                include_schema: columns,
            }),
            Self::TableTypes => descriptor(&CommandGetTableTypes {}),
            Self::PrimaryKeys(place) => descriptor(&CommandGetPrimaryKeys {
                catalog: place.catalog,
                db_schema: place.schema,
                table: place.table,
            }),
            Self::ImportedKeys(place) => descriptor(&CommandGetImportedKeys {
                catalog: place.catalog,
                db_schema: place.schema,
                table: place.table,
            }),
            Self::ExportedKeys(place) => descriptor(&CommandGetExportedKeys {
                catalog: place.catalog,
                db_schema: place.schema,
                table: place.table,
            }),
            Self::CrossReference { primary, foreign } => descriptor(&CommandGetCrossReference {
                pk_catalog: primary.catalog,
                pk_db_schema: primary.schema,
                pk_table: primary.table,
                fk_catalog: foreign.catalog,
                fk_db_schema: foreign.schema,
                fk_table: foreign.table,
            }),
            Self::SqlInfo(info) => descriptor(&CommandGetSqlInfo { info }),
            Self::XdbcTypes(data_type) => descriptor(&CommandGetXdbcTypeInfo { data_type }),
        }
    }
}
