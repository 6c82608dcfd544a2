//! The doctor's first steps, up to a connection: the URL, the socket, TLS and authentication.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use flightsql::{ConnectOptions as _, Error, FlightSqlConnectOptions};
use tokio::net::{TcpStream, lookup_host};

use super::CheckContext;
use super::report::{Report, Role, Verdict};
use crate::connect::{UrlSource, named};
use crate::failure::explained;
use crate::hints::hint_for;

/// The transport that the URL selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TransportKind {
    Tls,
    Tcp,
    Unix,
}

/// Runs the first steps. Returns `None` if a step fails.
pub(super) async fn connect(
    source: &UrlSource,
    limit: Duration,
    report: &mut Report<'_>,
) -> io::Result<Option<CheckContext>> {
    let options = match source.read() {
        Ok(options) => options,
        Err(problem) => {
            report.step("URL", Role::Needed, Verdict::failed(problem, source.hint()))?;
            return Ok(None);
        }
    };
    let options = match source.with_dialect(options) {
        Ok(options) => options,
        Err(problem) => {
            let hint = "run `flightsql dialect check FILE` to see every error of the file";
            report.step("URL", Role::Needed, Verdict::failed(problem, hint))?;
            return Ok(None);
        }
    };
    let options = match source.with_commands(options) {
        Ok(options) => options,
        Err(problem) => {
            let hint = "keep the credentials in one place";
            report.step("URL", Role::Needed, Verdict::failed(problem, hint))?;
            return Ok(None);
        }
    };
    let transport = TransportKind::of(&options);
    report.step(
        "URL",
        Role::Needed,
        Verdict::ok(options.to_url_lossy().to_string()),
    )?;

    let socket = match transport {
        TransportKind::Unix => Verdict::Skipped("Unix socket; the next step opens it".to_owned()),
        TransportKind::Tls | TransportKind::Tcp => dialed(&options, limit).await,
    };
    let reached = !matches!(socket, Verdict::Failed { .. });
    report.step("TCP connect", Role::Needed, socket)?;
    if !reached {
        return Ok(None);
    }

    if !has_token(&options, limit, report).await? {
        return Ok(None);
    }
    // With a zero `ping_after`, the ping below sends a request even if the last response is recent.
    let options = named(options).ping_after(Duration::ZERO);
    let verdict = match tokio::time::timeout(limit, options.connect()).await {
        Ok(Ok(connection)) => {
            report.step(
                "connect and authenticate",
                Role::Needed,
                Verdict::ok(connected(&options, transport)),
            )?;
            return Ok(Some(CheckContext {
                options,
                connection,
                info: None,
                catalog: None,
                table: None,
                queries: false,
                is_rejected: false,
                transactions: false,
            }));
        }
        // Without a connection no other step can run, so this failure is never "unsupported".
        Ok(Err(error)) => Verdict::failed(
            explained(&error),
            hint_for(&error).unwrap_or("correct the URL options that the message names"),
        ),
        Err(_) => Verdict::timed_out(limit),
    };
    report.step("connect and authenticate", Role::Needed, verdict)?;
    Ok(None)
}

/// Requests the token of the options, if they name a source for it. Returns `false` if that fails.
async fn has_token(
    options: &FlightSqlConnectOptions,
    limit: Duration,
    report: &mut Report<'_>,
) -> io::Result<bool> {
    let verdict = match tokio::time::timeout(limit, options.token_facts()).await {
        Ok(Ok(None)) => return Ok(true),
        Ok(Ok(Some(facts))) => Verdict::ok(match facts.life {
            Some(life) => format!("{} returned a token for {} s", facts.source, life.as_secs()),
            None => format!("{} returned a secret without an expiry", facts.source),
        }),
        Ok(Err(error)) => Verdict::failed(
            explained(&error),
            hint_for(&error).unwrap_or("correct the source of the token that the message names"),
        ),
        Err(_) => Verdict::timed_out(limit),
    };
    let has_token = matches!(verdict, Verdict::Ok(_));
    report.added_step("token source", Role::Needed, verdict)?;
    Ok(has_token)
}

impl TransportKind {
    /// Reads the end of the scheme, which follows the dialect.
    fn of(options: &FlightSqlConnectOptions) -> Self {
        let url = options.to_url_lossy();
        match url.scheme().rsplit('+').next() {
            Some("tcp") => Self::Tcp,
            Some("unix") => Self::Unix,
            _ => Self::Tls,
        }
    }
}

/// Dials every host, and succeeds if one of them can be reached.
async fn dialed(options: &FlightSqlConnectOptions, limit: Duration) -> Verdict {
    let (mut reached, mut texts, mut first_hint) = (false, Vec::new(), None);
    for (host, port) in options.get_hosts() {
        match dialed_host(options, (host, port), limit).await {
            Ok(text) => {
                reached = true;
                texts.push(text);
            }
            Err((text, hint)) => {
                texts.push(text);
                first_hint.get_or_insert(hint);
            }
        }
    }
    let text = texts.join("; ");
    match first_hint {
        Some(hint) if !reached => Verdict::failed(text, hint),
        _ => Verdict::ok(text),
    }
}

/// Resolves the host name of the server or its proxy and opens a socket, to distinguish these failures from later ones. The next
/// step opens the tunnel. Returns an error with a hint.
async fn dialed_host(
    options: &FlightSqlConnectOptions,
    (host, port): (&str, u16),
    limit: Duration,
) -> Result<String, (String, &'static str)> {
    let proxy = options.proxy_address(host, port).map_err(|error| {
        let hint = "correct the variable, or remove `proxy=env` from the URL";
        (error.to_string(), hint)
    })?;
    let host = host.trim_matches(['[', ']']);
    let (place, at) = match &proxy {
        Some(proxy) => (format!("the proxy {proxy}"), "the proxy at "),
        None => (format!("{host}:{port}"), ""),
    };
    let dialed = async {
        let addresses: Vec<_> = match &proxy {
            Some(proxy) => lookup_host(proxy).await?.collect(),
            None => lookup_host((host, port)).await?.collect(),
        };
        let begun = Instant::now();
        let stream = TcpStream::connect(&*addresses).await?;
        Ok::<_, io::Error>((stream.peer_addr()?, begun.elapsed()))
    };
    match tokio::time::timeout(limit, dialed).await {
        Ok(Ok((address, took))) => Ok(format!("connected to {at}{address} ({})", millis(took))),
        Ok(Err(error)) => {
            let text = format!("{place}: {error}");
            let refused = error.kind() == ErrorKind::ConnectionRefused && proxy.is_none();
            let error = Error::Io(error);
            let otherwise = match &proxy {
                Some(_) => "check the host and the port of the proxy, and that it runs",
                None => "check the host name, the port and the network",
            };
            let hint = hint_for(&error).filter(|_| refused).unwrap_or(otherwise);
            Err((text, hint))
        }
        Err(_) => Err((
            format!("{place} does not respond within {limit:?}"),
            "check the address, and check that no firewall drops the packets",
        )),
    }
}

/// Describes the transport and the credentials. A server checks a token at the first RPC only.
fn connected(options: &FlightSqlConnectOptions, transport: TransportKind) -> String {
    let transport = match transport {
        TransportKind::Tls => "TLS and HTTP/2",
        TransportKind::Tcp => "plaintext HTTP/2",
        TransportKind::Unix => "HTTP/2 on a Unix socket",
    };
    let full = options.to_url_with_secrets();
    let login = match options.get_username() {
        Some(user) => format!("authenticated as {user}"),
        None if full.query_pairs().any(|(key, _)| key == "authorization") => {
            "with the value of `authorization`".to_owned()
        }
        None if options.has_secret() => "with a bearer token".to_owned(),
        None => "without credentials".to_owned(),
    };
    format!("{transport}, {login}")
}

/// Formats a duration in milliseconds.
pub(super) fn millis(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}
