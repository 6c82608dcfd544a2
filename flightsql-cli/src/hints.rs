//! Hints for errors whose message does not suggest a fix.

use std::io::ErrorKind;

use flightsql::{Error, FlightSqlDatabaseError, MappedValueError, StatusCode};
use flightsql_client::TlsCause;

/// Returns one sentence on what to do, if there is something to say.
pub(crate) fn hint_for(error: &Error) -> Option<&'static str> {
    match error {
        Error::Io(error) => match error.kind() {
            ErrorKind::ConnectionRefused => {
                Some("start the server, or correct host and port in the URL")
            }
            ErrorKind::InvalidData => Some(
                "use the port on which the server speaks gRPC, which is often not its HTTP port",
            ),
            ErrorKind::TimedOut => Some(
                "check that no firewall drops the packets; `connect_timeout` and its like in the URL give more time",
            ),
            ErrorKind::NotConnected | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
                Some("look at the server's log: it, or something between, ended the connection")
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
        Error::ColumnDecode { source, .. } if source.is::<MappedValueError>() => {
            Some("write the result as the server sent it with --raw, or change the dialect's rule")
        }
        Error::ColumnDecode { .. } => {
            Some("ask for the column as bytes, such as CAST(name AS BLOB) or CAST(name AS BYTEA)")
        }
        _ => None,
    }
}

fn hint_for_status(error: &FlightSqlDatabaseError) -> Option<&'static str> {
    if error.is_unsupported() {
        return Some("`flightsql doctor` shows what this server can do");
    }
    match error.status() {
        StatusCode::Unauthenticated => Some(
            "give the right login in the URL: `user:password@host`, or `token=…`; `password_file` and `token_file` \
             keep it out of the shell's history",
        ),
        StatusCode::PermissionDenied => {
            Some("this login may not do it: ask for the right, or use another login")
        }
        StatusCode::Unavailable => Some("the server cannot take the call now; try again later"),
        StatusCode::ResourceExhausted => {
            Some("a limit of the server was hit: ask for less at once, or raise it there")
        }
        _ => None,
    }
}

/// The error states the reason; the hint names the key of the URL that helps, with its form.
fn hint_for_tls(cause: Option<TlsCause>) -> &'static str {
    match cause {
        Some(TlsCause::NotTls) => {
            "use the server's TLS port, or begin the URL with flightsql+tcp:// if it has none"
        }
        Some(TlsCause::UnknownIssuer) => {
            "put `tls_ca=FILE` into the URL, with the PEM file of the authority that signed the server's certificate"
        }
        Some(TlsCause::WrongName) => {
            "use the name in the server's certificate as the host, or put `tls_server_name=NAME` into the URL"
        }
        Some(TlsCause::Expired) => {
            "the server needs a new certificate; also check this machine's clock"
        }
        Some(TlsCause::Refused) => {
            "put `tls_client_cert=FILE` and `tls_client_key=FILE` into the URL, as the server's operator gave them"
        }
        _ => "look at the server's log, and check that this port is its Flight SQL port",
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
