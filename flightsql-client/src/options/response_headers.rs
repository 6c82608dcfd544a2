//! The response headers and trailers that the client keeps for its caller.

use super::ConnectOptions;
use super::check::{Checked, name_problem};
use super::error::OptionsError;
use super::text::ValueError;
use crate::dialect::is_credential_header;

/// Headers with ids that connect a response with the logs of the server, of a gateway, or of a tracing system, and with the
/// version of the server. ADBC's Flight SQL driver shows the same ones, and the id of a session, which may be a credential.
const CORRELATION: [&str; 19] = [
    "x-request-id",
    "x-correlation-id",
    "x-trace-id",
    "x-amzn-trace-id",
    "x-b3-traceid",
    "x-b3-spanid",
    "traceparent",
    "tracestate",
    "x-dremio-request-id",
    "x-dremio-query-id",
    "x-server-version",
    "server",
    "activityid",
    "activity-id",
    "x-ms-activity-id",
    "x-ms-client-request-id",
    "x-ms-request-id",
    "requestid",
    "x-pbi-activity-id",
];

const KEY: &str = "response_headers";

/// The most names that options may list: each response is searched for all of them.
const MOST: usize = 64;

impl ConnectOptions {
    /// Returns `true` if the client keeps response headers and trailers of this name.
    pub(crate) fn keeps_response_header(&self, name: &str) -> bool {
        let is_name = |known: &String| known == name;
        CORRELATION.contains(&name)
            || self.response_headers.iter().any(is_name)
            || (self.dialect.profile().session.response_headers.iter()).any(is_name)
                // A profile that was made in code may be unchecked.
                && !is_credential_header(name)
    }

    /// Adds names, separated by commas.
    pub(super) fn add_response_headers(&mut self, names: &str) {
        for name in names.split(',') {
            let name = name.trim().to_ascii_lowercase();
            if !self.response_headers.contains(&name) {
                self.response_headers.push(name);
            }
        }
    }

    /// Adds the names of a URL.
    pub(super) fn read_response_headers(&mut self, names: &str) -> Result<(), ValueError> {
        self.add_response_headers(names);
        problem(&self.response_headers).map_or(Ok(()), |problem| Err(problem.into()))
    }

    pub(super) fn check_response_headers(&self) -> Checked {
        match problem(&self.response_headers) {
            Some(problem) => Err(OptionsError::value(KEY, problem)),
            None => Ok(()),
        }
    }
}

/// Returns the reason why these names cannot be kept, without a name, which may be a secret in the wrong place.
fn problem(names: &[String]) -> Option<&'static str> {
    if names.len() > MOST {
        return Some("lists more than 64 names; remove some");
    }
    names.iter().find_map(|name| match name_problem(name) {
        _ if is_credential_header(name) => {
            Some("lists a header with credentials, which the client never shows; remove it")
        }
        Some(_) if name.starts_with("grpc-") => Some(
            "lists a header that is reserved for gRPC; errors return the status and its details",
        ),
        Some(_) => Some("lists an invalid or reserved header name; use letters, digits and `-`"),
        None => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::dialect::{is_credential_header, presets};
    use crate::options::ConnectOptions;

    fn parse(names: &str) -> Result<ConnectOptions, String> {
        let url = format!("flightsql://h?{names}");
        url.parse()
            .map_err(|error: crate::OptionsError| error.to_string())
    }

    #[test]
    fn reads_names_from_lists_and_repeated_keys() {
        let options = parse(
            "response_headers=X-One,%20x-two&response-headers=x-three&response_headers=x-one",
        )
        .unwrap();
        assert_eq!(options.response_headers, ["x-one", "x-two", "x-three"]);
        let built = ConnectOptions::new()
            .host("h")
            .response_headers("x-one,x-two")
            .response_headers("X-Three");
        assert_eq!(built.to_url_lossy(), options.to_url_lossy());
        let again = parse(built.to_url_lossy().query().unwrap()).unwrap();
        assert_eq!(again.response_headers, options.response_headers);
    }

    #[test]
    fn rejects_credentials_and_invalid_names() {
        for (name, problem) in [
            ("set-cookie", "a header with credentials"),
            ("Authorization", "a header with credentials"),
            ("x-api-key", "a header with credentials"),
            ("auth-token-bin", "a header with credentials"),
            ("x-one,,x-two", "an invalid or reserved header name"),
            ("", "an invalid or reserved header name"),
            ("x%20one", "an invalid or reserved header name"),
            (":status", "an invalid or reserved header name"),
            ("content-type", "an invalid or reserved header name"),
            ("grpc-status-details-bin", "reserved for gRPC"),
        ] {
            let error = parse(&format!("response_headers={name}")).unwrap_err();
            assert!(error.contains("response_headers"), "{error}");
            assert!(error.contains(problem), "{name}: {error}");
            let built = ConnectOptions::new().response_headers(&name.replace("%20", " "));
            let error = built.check().unwrap_err().to_string();
            assert!(error.contains(problem), "{name}: {error}");
        }
        let many: Vec<_> = (0..65).map(|n| format!("x-{n}")).collect();
        assert!(parse(&format!("response_headers={}", many.join(","))).is_err());
        let _ = parse(&format!("response_headers={}", many[1..].join(","))).unwrap();
    }

    #[test]
    fn keeps_correlation_ids_and_those_of_the_dialect() {
        let options = ConnectOptions::new().response_headers("x-own");
        for (name, is_kept) in [
            ("x-request-id", true),
            ("x-own", true),
            ("x-influxdata-partitions", false),
            ("date", false),
            ("set-cookie", false),
        ] {
            assert_eq!(options.keeps_response_header(name), is_kept, "{name}");
        }
        let influx = options.dialect(std::sync::Arc::new(presets::influxdb()));
        assert!(influx.keeps_response_header("x-influxdata-partitions"));
        let credentials = super::CORRELATION
            .iter()
            .filter(|n| is_credential_header(n));
        assert_eq!(credentials.count(), 0);
    }
}
