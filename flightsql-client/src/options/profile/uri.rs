//! The URIs of ADBC's Flight SQL driver, in the option `uri`.
//!
//! <https://arrow.apache.org/adbc/current/driver/flight_sql.html>

use url::Url;

use crate::options::Transport;
use crate::options::settings::Settings;
use crate::options::text::ValueError;

#[cfg(test)]
mod tests;

const SCHEMES: &str = "must be a URI such as `grpc+tls://host:port` or `flightsql://host:port` for TLS, `grpc://host:port` for \
                       plaintext, or `grpc+unix:///path/to/socket`";

/// Sets the transport, the host and the port. The text of an error follows the name of the option.
pub(super) fn set(settings: &mut Settings, uri: &str) -> Result<(), ValueError> {
    let uri = Url::parse(uri).map_err(|_| SCHEMES)?;
    let transport = transport(&uri)?;
    if !uri.username().is_empty() || uri.password().is_some() {
        return Err(
            "must not contain a user or password; write the options `username` and `password`"
                .into(),
        );
    }
    if uri.fragment().is_some() {
        return Err("must not contain `#`".into());
    }
    let host = uri.host_str().filter(|host| !host.is_empty());
    match (&transport, host) {
        (Transport::Unix(_), None) => {}
        (Transport::Unix(_), Some(_)) => {
            return Err("has a host, but a socket has none; write three slashes, `grpc+unix:///path/to/socket`".into());
        }
        (Transport::Tls | Transport::Tcp, None) => return Err("has no host".into()),
        (Transport::Tls | Transport::Tcp, Some(host)) => {
            if !matches!(uri.path(), "" | "/") {
                return Err("must not contain a path; write `catalog` and `schema` into the table `[flightsql]`".into());
            }
            settings.options.set_host(host);
        }
    }
    if let Some(port) = uri.port() {
        settings.options.set_port(port);
    }
    settings.options.transport = transport;
    Ok(())
}

fn transport(uri: &Url) -> Result<Transport, ValueError> {
    let path = || -> Result<Transport, ValueError> {
        let path = percent_encoding::percent_decode_str(uri.path()).decode_utf8();
        let path = path.map_err(|_| "is not UTF-8")?;
        Ok(Transport::Unix(path.into_owned().into()))
    };
    let flight_sql = uri.scheme() == "flightsql";
    let query = uri.query().unwrap_or_default();
    if !query.is_empty() && !flight_sql {
        return Err("must not contain `?`; write options into the tables of the profile".into());
    }
    match (uri.scheme(), query) {
        ("grpc" | "grpc+tcp", _) | ("flightsql", "transport=tcp") => Ok(Transport::Tcp),
        ("grpc+tls", _) | ("flightsql", "" | "transport=tls") => Ok(Transport::Tls),
        ("grpc+unix", _) | ("flightsql", "transport=unix") => path(),
        ("flightsql", _) => Err(
            "must not contain options other than `transport`, which is `tls`, `tcp` or `unix`; write them into the tables of \
             the profile"
                .into(),
        ),
        _ => Err(SCHEMES.into()),
    }
}
