//! Metadata RPCs: catalog queries and server information.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#sql-metadata>. All are commands to `GetFlightInfo`, whose results are
//! read as those of statements. The messages `CommandGet…` are in
//! [FlightSql.proto](https://github.com/apache/arrow/blob/main/format/FlightSql.proto).

use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys,
    CommandGetImportedKeys, CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes,
    CommandGetTables, CommandGetXdbcTypeInfo, SqlInfo,
};
use arrow_flight::{FlightDescriptor, FlightInfo};

use super::command::descriptor;
use super::rpc::{Operation, Rpc, TimeoutClass};
use crate::catalog::TableName;
use crate::dialect::Feature;
use crate::error::Result;

const PING: Operation = Operation::new("GetFlightInfo(CommandGetSqlInfo)", TimeoutClass::Close);

/// Queries one value of the server information. Any response counts as alive, including "not implemented". Only a lost
/// connection, a missed deadline or a lost session is an error.
pub(crate) async fn ping(rpc: &Rpc) -> Result<()> {
    let command = CommandGetSqlInfo {
        info: vec![SqlInfo::FlightSqlServerName as u32],
    };
    match rpc.info(PING, descriptor(&command)).await {
        Ok(_) => Ok(()),
        Err(error) if error.server().is_some() && rpc.session().broken().is_none() => Ok(()),
        Err(error) => Err(error),
    }
}

/// A metadata command. A filter that is `None` is omitted from the message, because some servers take `%` literally.
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
    PrimaryKeys(TableName),
    ImportedKeys(TableName),
    ExportedKeys(TableName),
    CrossReference {
        primary: TableName,
        foreign: TableName,
    },
    /// The ids; empty for all.
    SqlInfo(Vec<u32>),
    XdbcTypes(Option<i32>),
}

impl Request {
    pub(crate) async fn info(&self, rpc: &Rpc) -> Result<FlightInfo> {
        let operation = Operation::new(self.name(), TimeoutClass::Metadata);
        rpc.info(operation, self.descriptor()).await
    }

    /// Returns the RPC and its command, for errors.
    pub(crate) fn name(&self) -> &'static str {
        self.name_and_feature().0
    }

    /// Returns the name of the command, such as `GetTables`.
    pub(crate) fn command(&self) -> &'static str {
        let name = self.name().trim_start_matches("GetFlightInfo(Command");
        name.trim_end_matches(')')
    }

    /// Returns the part of Flight SQL that the server needs for the request.
    pub(crate) fn feature(&self) -> Feature {
        self.name_and_feature().1
    }

    /// Returns the command for one catalog; `None` if it has a catalog already, or cannot have one.
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

    pub(crate) fn key_catalog(&self) -> Option<&str> {
        match self {
            Self::PrimaryKeys(table) | Self::ImportedKeys(table) | Self::ExportedKeys(table) => {
                table.catalog()
            }
            Self::CrossReference { primary, foreign } if primary.catalog() == foreign.catalog() => {
                primary.catalog()
            }
            _ => None,
        }
    }

    /// Returns a query for keys without its catalog: the SQLite examples of Arrow find no key in a catalog.
    pub(crate) fn without_catalog(&self) -> Self {
        let mut wider = self.clone();
        match &mut wider {
            Self::PrimaryKeys(table) | Self::ImportedKeys(table) | Self::ExportedKeys(table) => {
                table.drop_catalog();
            }
            Self::CrossReference { primary, foreign } => {
                primary.drop_catalog();
                foreign.drop_catalog();
            }
            _ => {}
        }
        wider
    }

    fn name_and_feature(&self) -> (&'static str, Feature) {
        macro_rules! get {
            ($command:literal, $feature:ident) => {
                (
                    concat!("GetFlightInfo(CommandGet", $command, ")"),
                    Feature::$feature,
                )
            };
        }
        match self {
            Self::Catalogs => get!("Catalogs", Catalogs),
            Self::Schemas { .. } => get!("DbSchemas", Schemas),
            Self::Tables { .. } => get!("Tables", Tables),
            Self::TableTypes => get!("TableTypes", TableTypes),
            Self::PrimaryKeys(_) => get!("PrimaryKeys", PrimaryKeys),
            Self::ImportedKeys(_) => get!("ImportedKeys", ForeignKeys),
            Self::ExportedKeys(_) => get!("ExportedKeys", ForeignKeys),
            Self::CrossReference { .. } => get!("CrossReference", ForeignKeys),
            Self::SqlInfo(_) => get!("SqlInfo", SqlInfo),
            Self::XdbcTypes(_) => get!("XdbcTypeInfo", XdbcTypes),
        }
    }

    fn descriptor(&self) -> FlightDescriptor {
        // Three messages with the same fields.
        macro_rules! keys {
            ($command:ident, $name:ident) => {{
                let (catalog, db_schema, table) = $name.into_parts();
                descriptor(&$command {
                    catalog,
                    db_schema,
                    table,
                })
            }};
        }
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
            Self::PrimaryKeys(name) => keys!(CommandGetPrimaryKeys, name),
            Self::ImportedKeys(name) => keys!(CommandGetImportedKeys, name),
            Self::ExportedKeys(name) => keys!(CommandGetExportedKeys, name),
            Self::CrossReference { primary, foreign } => {
                let (pk_catalog, pk_db_schema, pk_table) = primary.into_parts();
                let (fk_catalog, fk_db_schema, fk_table) = foreign.into_parts();
                descriptor(&CommandGetCrossReference {
                    pk_catalog,
                    pk_db_schema,
                    pk_table,
                    fk_catalog,
                    fk_db_schema,
                    fk_table,
                })
            }
            Self::SqlInfo(info) => descriptor(&CommandGetSqlInfo { info }),
            Self::XdbcTypes(data_type) => descriptor(&CommandGetXdbcTypeInfo { data_type }),
        }
    }
}
