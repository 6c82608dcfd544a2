//! The options of ADBC's Flight SQL driver, and the key of this driver for each.
//!
//! `docs/profiles.md` contains this table, and a test compares them. Names and values:
//! <https://arrow.apache.org/adbc/current/driver/flight_sql.html>

use std::time::Duration;

use zeroize::Zeroizing;

use super::Text;
use crate::options::keys;
use crate::options::text::{ValueError, show_duration};

#[cfg(test)]
mod tests;

/// The table with ADBC's options.
pub(super) const TABLE: &str = "Options";

/// An option of ADBC: one row of the table.
pub(super) struct Row {
    /// The name. It ends with a dot if further text follows, such as the name of a header.
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) target: Target,
}

/// The form of a value in ADBC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Boolean,
    /// `true` only, because this driver always returns cookies.
    Cookies,
    Seconds,
    Bytes,
}

/// The meaning of an option for this driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// The server.
    Uri,
    /// A key of the table of keys.
    Key(&'static str),
    /// A family of keys, with the text after the name of the option.
    Family(&'static str),
    /// An option that has no effect in either driver, with the reason.
    Ignored(&'static str),
    /// An option that this driver rejects, with the reason.
    Refused(&'static str),
}

impl Target {
    /// Returns the key of this driver.
    pub(super) fn key(self, rest: &str) -> String {
        match self {
            Self::Key(key) => key.to_owned(),
            Self::Family(family) => format!("{family}{rest}"),
            Self::Uri | Self::Ignored(_) | Self::Refused(_) => String::new(),
        }
    }
}

const fn row(name: &'static str, form: Form, target: Target) -> Row {
    Row { name, form, target }
}

const fn text(name: &'static str, key: &'static str) -> Row {
    row(name, Form::Text, Target::Key(key))
}

const fn refused(name: &'static str, reason: &'static str) -> Row {
    row(name, Form::Text, Target::Refused(reason))
}

const CONNECTION: &str = "ADBC has it for a connection and not in a profile; write `catalog`, `schema` or `session.NAME` into the table \
                          `[flightsql]`";
const STATEMENT: &str = "ADBC has it for a statement and not in a profile";
const TELEMETRY: &str = "this driver exports no traces itself";
const UNUSED: &str = "ADBC's driver declares it and does not use it";

/// All options of ADBC's driver, in the order of its documentation.
pub(super) const ROWS: &[Row] = &[
    row("uri", Form::Text, Target::Uri),
    text("username", "username"),
    text("password", "password"),
    text("adbc.flight.sql.authorization_header", "authorization"),
    text("adbc.flight.sql.client_option.authority", "authority"),
    text(
        "adbc.flight.sql.client_option.mtls_cert_chain",
        "tls_client_cert_pem",
    ),
    text(
        "adbc.flight.sql.client_option.mtls_private_key",
        "tls_client_key_pem",
    ),
    text(
        "adbc.flight.sql.client_option.tls_override_hostname",
        "tls_server_name",
    ),
    row(
        "adbc.flight.sql.client_option.tls_skip_verify",
        Form::Boolean,
        Target::Key("disable_server_verification"),
    ),
    text("adbc.flight.sql.client_option.tls_root_certs", "tls_ca_pem"),
    row(
        "adbc.flight.sql.client_option.with_block",
        Form::Boolean,
        Target::Ignored("ADBC ignores it, too"),
    ),
    row(
        "adbc.flight.sql.client_option.with_max_msg_size",
        Form::Bytes,
        Target::Key("max_message_size"),
    ),
    row(
        "adbc.flight.sql.rpc.timeout_seconds.connect",
        Form::Seconds,
        Target::Key("connect_timeout"),
    ),
    row(
        "adbc.flight.sql.rpc.timeout_seconds.fetch",
        Form::Seconds,
        Target::Key("fetch_timeout"),
    ),
    row(
        "adbc.flight.sql.rpc.timeout_seconds.query",
        Form::Seconds,
        Target::Key("query_timeout"),
    ),
    row(
        "adbc.flight.sql.rpc.timeout_seconds.update",
        Form::Seconds,
        Target::Key("update_timeout"),
    ),
    row(
        "adbc.flight.sql.rpc.call_header.",
        Form::Text,
        Target::Family(keys::HEADER),
    ),
    row(
        "adbc.flight.sql.rpc.with_cookie_middleware",
        Form::Cookies,
        Target::Ignored("this driver always returns cookies; `false` is an error"),
    ),
    text("adbc.flight.sql.oauth.flow", "oauth.flow"),
    refused("adbc.flight.sql.oauth.auth_uri", UNUSED),
    text("adbc.flight.sql.oauth.token_uri", "oauth.token_uri"),
    refused("adbc.flight.sql.oauth.redirect_uri", UNUSED),
    text("adbc.flight.sql.oauth.scope", "oauth.scope"),
    text("adbc.flight.sql.oauth.client_id", "oauth.client_id"),
    text("adbc.flight.sql.oauth.client_secret", "oauth.client_secret"),
    text(
        "adbc.flight.sql.oauth.exchange.subject_token",
        "oauth.exchange.subject_token",
    ),
    text(
        "adbc.flight.sql.oauth.exchange.subject_token_type",
        "oauth.exchange.subject_token_type",
    ),
    text(
        "adbc.flight.sql.oauth.exchange.actor_token",
        "oauth.exchange.actor_token",
    ),
    text(
        "adbc.flight.sql.oauth.exchange.actor_token_type",
        "oauth.exchange.actor_token_type",
    ),
    text(
        "adbc.flight.sql.oauth.exchange.requested_token_type",
        "oauth.exchange.requested_token_type",
    ),
    text(
        "adbc.flight.sql.oauth.exchange.scope",
        "oauth.exchange.scope",
    ),
    text("adbc.flight.sql.oauth.exchange.aud", "oauth.exchange.aud"),
    text(
        "adbc.flight.sql.oauth.exchange.resource",
        "oauth.exchange.resource",
    ),
    refused("adbc.telemetry.", TELEMETRY),
    refused("adbc.flight.sql.session.", CONNECTION),
    refused("adbc.connection.", CONNECTION),
    refused("adbc.rpc.result_queue_size", STATEMENT),
    refused("adbc.flight.sql.substrait.version", STATEMENT),
    refused("adbc.flight.sql.statement.", STATEMENT),
    refused("adbc.statement.", STATEMENT),
    refused("adbc.ingest.", STATEMENT),
];

/// Returns the row of an option, and the rest of the name after that of the row.
pub(super) fn find(name: &str) -> Option<(&'static Row, &str)> {
    ROWS.iter().find_map(|row| {
        let rest = name.strip_prefix(row.name)?;
        let fits = match row.name.ends_with('.') {
            true => !rest.is_empty(),
            false => rest.is_empty(),
        };
        fits.then_some((row, rest))
    })
}

/// Returns the problem of an unknown option, for a message after its name.
pub(super) fn unknown(name: &str) -> ValueError {
    match keys::find(name) {
        Some(_) => "is a key of this driver, which ADBC's driver rejects; write it into the table `[flightsql]`".into(),
        None => "is not an option of ADBC's Flight SQL driver; correct its name, or write keys of this driver into the table \
                 `[flightsql]`"
            .into(),
    }
}

impl Form {
    /// Returns the value as a key of this driver has it.
    pub(super) fn convert(self, text: Text) -> Result<Text, ValueError> {
        match self {
            Self::Text => Ok(text),
            Self::Boolean => match text.as_str() {
                "true" | "false" => Ok(text),
                _ => Err("must be `true` or `false`".into()),
            },
            Self::Cookies => match text.as_str() {
                "true" => Ok(text),
                "false" => Err(
                    "must be `true`, because this driver always returns cookies; remove it".into(),
                ),
                _ => Err("must be `true` or `false`".into()),
            },
            Self::Seconds => {
                let seconds = text.parse().ok();
                let duration =
                    seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
                let duration = duration.ok_or(
                    "must be a number of seconds, such as `30` or `1.5`; `0` means no limit",
                )?;
                Ok(Zeroizing::new(show_duration(duration)))
            }
            Self::Bytes => match text.bytes().all(|b| b.is_ascii_digit()) && *text != "0" {
                true => Ok(text),
                false => Err("must be a positive integer".into()),
            },
        }
    }
}

/// Returns `true` for the names and files of ADBC's Flight SQL driver: `flightsql`, `adbc_driver_flightsql`, or the path of
/// its library or manifest.
pub(super) fn is_flight_sql(driver: &str) -> bool {
    let file = driver.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = file.split('.').next().unwrap_or_default();
    let name = name.strip_prefix("lib").unwrap_or(name);
    matches!(name, "flightsql" | "adbc_driver_flightsql")
}
