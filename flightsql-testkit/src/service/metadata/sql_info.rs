//! Server information (`SqlInfo`).
//!
//! Layer: service. Message: `CommandGetSqlInfo`, values of `SqlInfo` (<https://arrow.apache.org/docs/format/FlightSql.html>).

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, RecordBatch, UnionArray};
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{
    CommandGetSqlInfo, SqlInfo, SqlNullOrdering, SqlOuterJoinsSupportLevel,
    SqlSupportedCaseSensitivity, SqlSupportedGroupBy, SqlSupportedSubqueries,
    SqlSupportedTransaction, SqlSupportedUnions, SqlTransactionIsolationLevel, SupportedSqlGrammar,
};
use arrow_schema::{ArrowError, DataType, FieldRef, Schema, SchemaRef};

use super::failed;
use crate::engine::{MAX_SQL, Result};

/// The schema with union variants that are not nullable, as Arrow's C++, Go and Java servers send. arrow-rs declares two of
/// them nullable.
pub(crate) fn schema() -> SchemaRef {
    let schema = SqlInfoDataBuilder::schema();
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Union(variants, mode) => {
            let strict = |(id, field): (i8, &FieldRef)| {
                (id, Arc::new(field.as_ref().clone().with_nullable(false)))
            };
            let variants = variants.iter().map(strict).collect();
            let strict = DataType::Union(variants, *mode);
            Arc::new(field.as_ref().clone().with_data_type(strict))
        }
        _ => Arc::clone(field),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The values in the schema of [`schema`].
fn strict(batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = schema();
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| match field.data_type() {
        DataType::Union(variants, _) => {
            let (_, ids, offsets, children) = column.as_union().clone().into_parts();
            let union = UnionArray::try_new(variants.clone(), ids, offsets, children)?;
            Ok(Arc::new(union) as ArrayRef)
        }
        _ => Ok(Arc::clone(column)),
    });
    let columns = columns.collect::<std::result::Result<_, ArrowError>>()?;
    Ok(RecordBatch::try_new(schema, columns)?)
}

/// Returns the requested values, or all of them without a request. Unknown ids are omitted.
pub(crate) fn batch(command: &CommandGetSqlInfo, transactions: bool) -> Result<RecordBatch> {
    let data = data(transactions)?;
    if command.info.is_empty() {
        return strict(&data.record_batch([]).map_err(failed)?);
    }
    let wanted: BTreeSet<u32> = command.info.iter().copied().collect();
    let known: Vec<u32> = wanted.into_iter().filter(|id| *id <= LAST).collect();
    // An empty filter would select all values.
    let ids = if known.is_empty() {
        vec![u32::MAX]
    } else {
        known
    };
    strict(&data.record_batch(ids).map_err(failed)?)
}

/// The release of the Arrow crates, which do not report their version.
const ARROW_VERSION: &str = "59.3";
/// The highest id of the specification.
const LAST: u32 = SqlInfo::SqlStoredFunctionsUsingCallSyntaxSupported as u32;

fn data(transactions: bool) -> Result<SqlInfoData> {
    let mut info = SqlInfoDataBuilder::new();
    server(&mut info, transactions);
    syntax(&mut info);
    limits(&mut info);
    transaction(&mut info, transactions);
    info.build().map_err(failed)
}

fn server(info: &mut SqlInfoDataBuilder, transactions: bool) {
    let level = if transactions {
        SqlSupportedTransaction::Savepoint
    } else {
        SqlSupportedTransaction::None
    };
    info.append(SqlInfo::FlightSqlServerName, "SQLite");
    info.append(SqlInfo::FlightSqlServerVersion, rusqlite::version());
    info.append(SqlInfo::FlightSqlServerArrowVersion, ARROW_VERSION);
    info.append(SqlInfo::FlightSqlServerReadOnly, false);
    info.append(SqlInfo::FlightSqlServerSql, true);
    info.append(SqlInfo::FlightSqlServerSubstrait, false);
    info.append(SqlInfo::FlightSqlServerTransaction, i32::from(level));
    info.append(SqlInfo::FlightSqlServerCancel, true);
    info.append(SqlInfo::FlightSqlServerBulkIngestion, true);
    info.append(
        SqlInfo::FlightSqlServerIngestTransactionsSupported,
        transactions,
    );
    info.append(SqlInfo::FlightSqlServerStatementTimeout, 0_i32);
    info.append(SqlInfo::FlightSqlServerTransactionTimeout, 0_i32);
}

fn syntax(info: &mut SqlInfoDataBuilder) {
    info.append(SqlInfo::SqlDdlCatalog, false);
    info.append(SqlInfo::SqlDdlSchema, false);
    info.append(SqlInfo::SqlDdlTable, true);
    info.append(
        SqlInfo::SqlIdentifierCase,
        i64::from(i32::from(
            SqlSupportedCaseSensitivity::SqlCaseSensitivityCaseInsensitive,
        )),
    );
    info.append(SqlInfo::SqlIdentifierQuoteChar, "\"");
    info.append(
        SqlInfo::SqlQuotedIdentifierCase,
        i64::from(i32::from(
            SqlSupportedCaseSensitivity::SqlCaseSensitivityCaseInsensitive,
        )),
    );
    info.append(SqlInfo::SqlAllTablesAreSelectable, true);
    info.append(
        SqlInfo::SqlNullOrdering,
        i64::from(i32::from(SqlNullOrdering::SqlNullsSortedLow)),
    );
    info.append(SqlInfo::SqlKeywords, &KEYWORDS[..]);
    info.append(SqlInfo::SqlNumericFunctions, &NUMERIC[..]);
    info.append(SqlInfo::SqlStringFunctions, &STRING[..]);
    info.append(SqlInfo::SqlSystemFunctions, &SYSTEM[..]);
    info.append(SqlInfo::SqlDatetimeFunctions, &DATETIME[..]);
    info.append(SqlInfo::SqlSearchStringEscape, "\\");
    info.append(SqlInfo::SqlExtraNameCharacters, "$");
    info.append(SqlInfo::SqlSupportsColumnAliasing, true);
    info.append(SqlInfo::SqlNullPlusNullIsNull, true);
    info.append(SqlInfo::SqlSupportsConvert, HashMap::<i32, Vec<i32>>::new());
    info.append(SqlInfo::SqlSupportsTableCorrelationNames, true);
    info.append(SqlInfo::SqlSupportsDifferentTableCorrelationNames, false);
    info.append(SqlInfo::SqlSupportsExpressionsInOrderBy, true);
    info.append(SqlInfo::SqlSupportsOrderByUnrelated, true);
    info.append(
        SqlInfo::SqlSupportedGroupBy,
        bits(&[
            SqlSupportedGroupBy::SqlGroupByUnrelated as i32,
            SqlSupportedGroupBy::SqlGroupByBeyondSelect as i32,
        ]),
    );
    info.append(SqlInfo::SqlSupportsLikeEscapeClause, true);
    info.append(SqlInfo::SqlSupportsNonNullableColumns, true);
    info.append(
        SqlInfo::SqlSupportedGrammar,
        bits(&[
            SupportedSqlGrammar::SqlMinimumGrammar as i32,
            SupportedSqlGrammar::SqlCoreGrammar as i32,
        ]),
    );
    info.append(
        SqlInfo::SqlOuterJoinsSupportLevel,
        bits(&[SqlOuterJoinsSupportLevel::SqlFullOuterJoins as i32]),
    );
    info.append(SqlInfo::SqlCatalogTerm, "database");
    info.append(SqlInfo::SqlSchemaTerm, "");
    info.append(SqlInfo::SqlProcedureTerm, "");
    info.append(SqlInfo::SqlCatalogAtStart, true);
    info.append(SqlInfo::SqlSelectForUpdateSupported, false);
    info.append(SqlInfo::SqlStoredProceduresSupported, false);
    let subqueries = [
        SqlSupportedSubqueries::SqlSubqueriesInComparisons as i32,
        SqlSupportedSubqueries::SqlSubqueriesInExists as i32,
        SqlSupportedSubqueries::SqlSubqueriesInIns as i32,
    ];
    info.append(SqlInfo::SqlSupportedSubqueries, bits(&subqueries));
    info.append(SqlInfo::SqlCorrelatedSubqueriesSupported, true);
    info.append(
        SqlInfo::SqlSupportedUnions,
        bits(&[
            SqlSupportedUnions::SqlUnion as i32,
            SqlSupportedUnions::SqlUnionAll as i32,
        ]),
    );
}

/// The limits of SQLite (<https://www.sqlite.org/limits.html>); 0 means no limit or an unknown one.
fn limits(info: &mut SqlInfoDataBuilder) {
    let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    info.append(SqlInfo::SqlMaxBinaryLiteralLength, number(MAX_SQL));
    info.append(SqlInfo::SqlMaxCharLiteralLength, number(MAX_SQL));
    info.append(SqlInfo::SqlMaxColumnNameLength, 0_i64);
    info.append(SqlInfo::SqlMaxColumnsInGroupBy, 2_000_i64);
    info.append(SqlInfo::SqlMaxColumnsInIndex, 2_000_i64);
    info.append(SqlInfo::SqlMaxColumnsInOrderBy, 2_000_i64);
    info.append(SqlInfo::SqlMaxColumnsInSelect, 2_000_i64);
    info.append(SqlInfo::SqlMaxColumnsInTable, 2_000_i64);
    info.append(SqlInfo::SqlMaxConnections, 0_i64);
    info.append(SqlInfo::SqlMaxRowSize, 1_000_000_000_i64);
    info.append(SqlInfo::SqlMaxRowSizeIncludesBlobs, true);
    info.append(SqlInfo::SqlMaxStatementLength, number(MAX_SQL));
    info.append(SqlInfo::SqlMaxStatements, 0_i64);
    info.append(SqlInfo::SqlMaxTableNameLength, 0_i64);
    info.append(SqlInfo::SqlMaxTablesInSelect, 64_i64);
}

fn transaction(info: &mut SqlInfoDataBuilder, transactions: bool) {
    let serializable = SqlTransactionIsolationLevel::SqlTransactionSerializable as i32;
    let none = SqlTransactionIsolationLevel::SqlTransactionNone as i32;
    let level = if transactions { serializable } else { none };
    info.append(SqlInfo::SqlDefaultTransactionIsolation, i64::from(level));
    info.append(SqlInfo::SqlTransactionsSupported, transactions);
    info.append(
        SqlInfo::SqlSupportedTransactionsIsolationLevels,
        bits(&[level]),
    );
    info.append(SqlInfo::SqlDataDefinitionCausesTransactionCommit, false);
    info.append(SqlInfo::SqlDataDefinitionsInTransactionsIgnored, false);
    info.append(SqlInfo::SqlBatchUpdatesSupported, true);
    info.append(SqlInfo::SqlSavepointsSupported, transactions);
    info.append(SqlInfo::SqlNamedParametersSupported, true);
    info.append(SqlInfo::SqlLocatorsUpdateCopy, false);
    info.append(SqlInfo::SqlStoredFunctionsUsingCallSyntaxSupported, false);
}

/// Returns a bit mask of enum values.
fn bits(values: &[i32]) -> i32 {
    values.iter().fold(0, |mask, value| mask | (1 << value))
}

/// Keywords of SQLite that SQL-92 lacks.
const KEYWORDS: [&str; 12] = [
    "ABORT",
    "AUTOINCREMENT",
    "CONFLICT",
    "EXPLAIN",
    "GLOB",
    "INDEXED",
    "ISNULL",
    "NOTNULL",
    "PRAGMA",
    "REINDEX",
    "REPLACE",
    "VACUUM",
];
const NUMERIC: [&str; 5] = ["abs", "max", "min", "random", "round"];
const STRING: [&str; 11] = [
    "char", "hex", "instr", "length", "lower", "ltrim", "replace", "rtrim", "substr", "trim",
    "upper",
];
const SYSTEM: [&str; 7] = [
    "changes",
    "coalesce",
    "ifnull",
    "iif",
    "last_insert_rowid",
    "nullif",
    "typeof",
];
const DATETIME: [&str; 6] = [
    "date",
    "datetime",
    "julianday",
    "strftime",
    "time",
    "unixepoch",
];
