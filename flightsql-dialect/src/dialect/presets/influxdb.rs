//! InfluxDB 3: DataFusion over time series, read-only through Flight SQL.
//!
//! Headers: <https://docs.influxdata.com/influxdb3/core/reference/client-libraries/flight/>.

use super::family::{datafusion_family, named, only_queries, texts};
use crate::dialect::{
    CatalogTarget, DialectProfile, Feature, Identifiers, LogicalType, Parameters, Session, TypeMap,
    TypeRule,
};

/// InfluxDB 3. The URL path is the database, sent as the header `database`; the token is a bearer. Read-only.
#[must_use]
pub fn influxdb() -> DialectProfile {
    let family = datafusion_family();
    DialectProfile {
        name: "influxdb".to_owned(),
        missing: vec![Feature::Updates, Feature::Ingest, Feature::Savepoints],
        identifiers: Identifiers::default(),
        parameters: Parameters {
            max_rows: Some(1),
            ..family.parameters
        },
        statements: only_queries(),
        session: Session {
            catalog: CatalogTarget::Headers {
                catalog: "database".to_owned(),
                schema: None,
            },
            // The middle three are older names of the first. The server refuses conflicting values.
            header_keys: texts(&[
                "database",
                "bucket",
                "bucket-name",
                "iox-namespace-name",
                "iox-debug",
            ]),
            // Trailers of `DoGet`: `service_grpc_flight` of <https://github.com/influxdata/influxdb3_core>.
            response_headers: texts(&[
                "x-influxdata-queue-duration-seconds",
                "x-influxdata-planning-duration-seconds",
                "x-influxdata-execution-duration-seconds",
                "x-influxdata-compute-duration-seconds",
                "x-influxdata-partitions",
                "x-influxdata-parquet-files",
                "x-influxdata-max-memory-bytes",
                "x-influxdata-ingester-latency-plan",
                "x-influxdata-ingester-latency-data",
                "x-influxdata-ingester-response-rows",
                "x-influxdata-ingester-response-bytes",
                "x-influxdata-ingester-partition-count",
            ]),
            ..Session::default()
        },
        // Every timestamp is in UTC, and its type has no zone.
        types: TypeMap {
            map: vec![TypeRule::new(
                LogicalType::Timestamp(None),
                LogicalType::Instant(None),
            )],
            ..TypeMap::default()
        },
        detect: named("influxdb"),
        ..family
    }
}
