//! Hints for errors whose message does not suggest a fix.

use std::io::ErrorKind;

use flightsql::{Error, FlightSqlDatabaseError, MappedValueError, StatusCode};
use flightsql_client::TlsCause;

/// Returns the hint for an error, if there is one.
pub(crate) fn hint_for(error: &Error) -> Option<&'static str> {
    match error {
        Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => {
                Some("start the server, or correct the host and port in the URL")
            }
            ErrorKind::InvalidData => {
                Some("use the gRPC port of the server, which often differs from its HTTP port")
            }
            ErrorKind::TimedOut => Some(
                "check that no firewall drops the packets, or increase `connect_timeout` or another timeout in the URL",
            ),
            ErrorKind::NotConnected | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                Some("check the server's log; the server or a proxy closed the connection")
            }
            _ => None,
        },
        Error::Tls(error) => {
            let error = error.downcast_ref::<flightsql_client::Error>();
            Some(hint_for_tls(error.and_then(|error| error.tls_cause())))
        }
        Error::Database(error) => {
            hint_for_status(error.try_downcast_ref::<FlightSqlDatabaseError>()?)
        }
        Error::ColumnDecode { source, .. } if source.is::<MappedValueError>() => Some(
            "use --raw to write the result as the server sent it, or change the dialect's rule",
        ),
        Error::ColumnDecode { .. } => {
            Some("select the column as bytes, such as CAST(name AS BLOB) or CAST(name AS BYTEA)")
        }
        _ => None,
    }
}

fn hint_for_status(error: &FlightSqlDatabaseError) -> Option<&'static str> {
    if error.is_unsupported() {
        return Some("run `flightsql doctor` to see the features of this server");
    }
    match error.status() {
        StatusCode::Unauthenticated => Some(
            "correct the credentials in the URL: `user:password@host`, or `token=…`; `password_file`, `token_file`, \
             `--password-command` and `--token-command` keep it out of the shell's history",
        ),
        StatusCode::PermissionDenied => Some("use a user with the required permission"),
        StatusCode::Unavailable => Some("try again later; the server is unavailable"),
        StatusCode::ResourceExhausted => {
            Some("request less data at once, or raise the limit on the server")
        }
        _ => None,
    }
}

/// Returns a hint with the URL key that helps. The error states the reason.
fn hint_for_tls(cause: Option<TlsCause>) -> &'static str {
    match cause {
        Some(TlsCause::NotTls) => {
            "use the server's TLS port, or begin the URL with flightsql+tcp:// if it has none"
        }
        Some(TlsCause::UnknownIssuer) => {
            "set `tls_ca=FILE` in the URL to the PEM file of the authority that signed the server's certificate"
        }
        Some(TlsCause::WrongName) => {
            "use the name in the server's certificate as the host, or set `tls_server_name=NAME` in the URL"
        }
        Some(TlsCause::Expired) => {
            "renew the server's certificate, or correct this machine's clock"
        }
        Some(TlsCause::Refused) => {
            "set `tls_client_cert=FILE` and `tls_client_key=FILE` in the URL to files from the server's operator"
        }
        _ => "check the server's log, and check that this port is its Flight SQL port",
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn each_tls_failure_has_its_own_hint() {
        for (cause, hint) in [
            (TlsCause::NotTls, "TLS port"),
            (TlsCause::UnknownIssuer, "`tls_ca=FILE`"),
            (TlsCause::WrongName, "`tls_server_name=NAME`"),
            (TlsCause::Expired, "clock"),
            (TlsCause::Refused, "`tls_client_key=FILE`"),
            (TlsCause::Other, "the server's log"),
        ] {
            let error = flightsql_client::Error::tls(cause, "no TLS", None);
            let hint_of = hint_for(&Error::Tls(Box::new(error)));
            assert!(hint_of.unwrap().contains(hint), "{cause:?}");
        }
        assert!(
            hint_for(&Error::Tls("no TLS".into()))
                .unwrap()
                .contains("the server's log")
        );
    }

    #[test]
    fn no_hint_for_errors_that_need_none() {
        assert_eq!(hint_for(&Error::RowNotFound), None);
        let other = io::Error::other("odd");
        assert_eq!(hint_for(&Error::Io(other)), None);
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        assert!(
            hint_for(&Error::Io(refused))
                .unwrap()
                .contains("start the server")
        );
    }
}
