//! CnosDB: a time series database over DataFusion. Read in its source, not run: <https://github.com/cnosdb/cnosdb>.

use super::family::{NO_BINDS, datafusion_family, named, texts};
use crate::dialect::{BindSupport, CatalogTarget, DialectProfile, Feature, Parameters, Session};

/// CnosDB. The URL path is `tenant/db`, sent as headers. It has no binds and no transactions. A table is a time series
/// without keys.
#[must_use]
pub fn cnosdb() -> DialectProfile {
    let family = datafusion_family();
    DialectProfile {
        name: "cnosdb".to_owned(),
        missing: vec![Feature::SqlInfo, Feature::Ingest, Feature::Savepoints],
        parameters: Parameters {
            // It prepares statements, but does not implement parameters.
            bind: BindSupport::Refused(NO_BINDS.to_owned()),
            ..family.parameters
        },
        session: Session {
            catalog: CatalogTarget::Headers {
                catalog: "tenant".to_owned(),
                schema: Some("db".to_owned()),
            },
            header_keys: texts(&[
                "tenant",
                "db",
                "target_partitions",
                "stream_trigger_interval",
            ]),
            ..Session::default()
        },
        detect: named("cnosdb"),
        ..family
    }
}
