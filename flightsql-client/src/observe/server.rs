//! [`Server`]: the attributes of the server that all spans and metrics of a session have.

use std::borrow::Cow;

/// The attributes of a server.
#[derive(Debug, Clone)]
pub(crate) struct Server<'o> {
    pub(crate) system: &'o str,
    /// `catalog|schema`, as far as the options specify them.
    pub(crate) namespace: Option<Cow<'o, str>>,
    /// The host, or the path of a Unix socket.
    pub(crate) address: Cow<'o, str>,
    /// `None` for a Unix socket.
    pub(crate) port: Option<u16>,
}

impl<'o> Server<'o> {
    /// Returns the name of an engine in the convention: the
    /// [registered](https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/#db-system-name) values `clickhouse`,
    /// `influxdb` and `sqlite` are names of dialects, and other engines keep the name of their dialect. `ansi` is no engine.
    pub(crate) fn system_of(dialect: &str) -> &str {
        match dialect {
            "ansi" => "other_sql",
            name => name,
        }
    }

    pub(crate) fn namespace_of(
        catalog: Option<&'o str>,
        schema: Option<&'o str>,
    ) -> Option<Cow<'o, str>> {
        match (catalog, schema) {
            (Some(catalog), Some(schema)) => Some(format!("{catalog}|{schema}").into()),
            (one, other) => one.or(other).map(Cow::Borrowed),
        }
    }
}
