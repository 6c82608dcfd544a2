//! Connect options and connections, from the command line and the environment.

use std::path::PathBuf;

use flightsql::{ConnectOptions as _, FlightSqlConnectOptions, FlightSqlConnection};

use crate::failure::{Failure, explained};
use crate::shell::Io;

/// The variables that always name a Flight SQL server.
pub(crate) const OWN_VARIABLES: [&str; 2] = ["FLIGHTSQL_URL", "FLIGHTSQL_DATABASE_URL"];
/// The variables for a missing URL, in order of preference.
const VARIABLES: [&str; 3] = [OWN_VARIABLES[0], OWN_VARIABLES[1], "DATABASE_URL"];

/// The server of a command.
#[derive(Debug, clap::Args)]
pub(crate) struct Target {
    /// The server, in place of the argument
    #[arg(long = "url", value_name = "URL", id = "url_option")]
    pub(crate) url: Option<String>,
    /// A connection profile with the server, in place of a URL: a name, or the path of a TOML file
    #[arg(long, value_name = "NAME", conflicts_with = "url_option")]
    pub(crate) profile: Option<PathBuf>,
    /// A TOML file with the engine's dialect, if the URL selects none
    #[arg(long, value_name = "FILE")]
    pub(crate) dialect_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) secrets: SecretCommands,
}

/// Commands that print a secret. A URL cannot contain them.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct SecretCommands {
    /// Shell command that prints the password as one line
    #[arg(long, value_name = "COMMAND")]
    password_command: Option<String>,
    /// Shell command that prints a bearer token as one line
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_command")]
    token_command: Option<String>,
}

/// The place of the options.
enum Place {
    Url(String),
    /// The name or path of a profile.
    Profile(PathBuf),
}

/// A URL or profile, and its origin for errors.
pub(crate) struct UrlSource {
    place: Place,
    /// The argument, option or variable that contained the URL or the name of the profile.
    pub(crate) name: &'static str,
    dialect_file: Option<PathBuf>,
    secrets: SecretCommands,
}

impl UrlSource {
    /// Reads the options of the URL or profile. The error shows no secret.
    pub(crate) fn read(&self) -> Result<FlightSqlConnectOptions, String> {
        match &self.place {
            Place::Url(url) => parse(url),
            Place::Profile(name) => {
                FlightSqlConnectOptions::from_profile(name).map_err(|error| explained(&error))
            }
        }
    }

    /// Returns the hint for an error of [`read`](Self::read).
    pub(crate) fn hint(&self) -> String {
        let is_profile = match &self.place {
            Place::Url(url) => url.to_ascii_lowercase().starts_with("profile:"),
            Place::Profile(_) => true,
        };
        match is_profile {
            true => "correct the profile, or set the variable that the message names".to_owned(),
            false => format!(
                "correct {}: flightsql://user@host:port is TLS, flightsql+tcp://host:port plaintext",
                self.name
            ),
        }
    }

    /// Adds the command of `--password-command` or `--token-command`.
    pub(crate) fn with_commands(
        &self,
        options: FlightSqlConnectOptions,
    ) -> Result<FlightSqlConnectOptions, String> {
        let SecretCommands {
            password_command,
            token_command,
        } = &self.secrets;
        let (flag, changed) = match (password_command, token_command) {
            (None, None) => return Ok(options),
            (Some(command), _) => (
                "--password-command",
                options.clone().password_command(command),
            ),
            (None, Some(command)) => ("--token-command", options.clone().token_command(command)),
        };
        let has_user = token_command.is_some() && options.get_username().is_some();
        if has_user || options.has_secret() {
            return Err(format!(
                "{} and {flag} both contain credentials; remove one of them",
                self.name
            ));
        }
        Ok(changed)
    }

    /// Adds the dialect of `--dialect-file`.
    pub(crate) fn with_dialect(
        &self,
        options: FlightSqlConnectOptions,
    ) -> Result<FlightSqlConnectOptions, String> {
        match &self.dialect_file {
            None => Ok(options),
            Some(_) if names_dialect(&options) => Err(format!(
                "{} and --dialect-file both select a dialect; remove one of them",
                self.name
            )),
            Some(file) => options
                .dialect_file(file)
                .map_err(|error| explained(&error)),
        }
    }
}

impl Target {
    /// Returns the URL or profile from the argument, the options, or the environment.
    pub(crate) fn find(self, argument: Option<String>, io: &Io<'_>) -> Result<UrlSource, Failure> {
        let (dialect_file, secrets) = (self.dialect_file, self.secrets);
        let found = |place, name| {
            Ok(UrlSource {
                place,
                name,
                dialect_file,
                secrets,
            })
        };
        match (argument, self.url, self.profile) {
            (Some(_), Some(_), _) => Err(Failure::usage(
                "the URL is specified twice, as an argument and with --url; remove one of them",
            )),
            (Some(_), _, Some(_)) => Err(Failure::usage(
                "the URL and --profile both specify the server; remove one of them",
            )),
            (Some(url), None, None) => found(Place::Url(url), "the URL"),
            (None, _, Some(profile)) => found(Place::Profile(profile), "--profile"),
            (None, Some(url), None) => found(Place::Url(url), "--url"),
            (None, None, None) => {
                for name in VARIABLES {
                    if let Some(url) = (io.variable)(name).filter(|url| !url.is_empty()) {
                        return found(Place::Url(url), name);
                    }
                }
                Err(Failure::usage(
                    "no server is specified; write its URL, such as flightsql://user@host:port, or set FLIGHTSQL_URL",
                ))
            }
        }
    }

    /// Reads the options of the URL or profile.
    pub(crate) fn options(
        self,
        argument: Option<String>,
        io: &Io<'_>,
    ) -> Result<FlightSqlConnectOptions, Failure> {
        let source = self.find(argument, io)?;
        let options = source
            .read()
            .map_err(|error| Failure::usage(error).about(source.name))?;
        let options = source.with_dialect(options);
        options
            .and_then(|options| source.with_commands(options))
            .map_err(Failure::usage)
    }

    /// Connects to the URL.
    pub(crate) async fn connect(
        self,
        argument: Option<String>,
        io: &mut Io<'_>,
    ) -> Result<FlightSqlConnection, Failure> {
        let options = named(self.options(argument, io)?);
        if is_unverified(&options) {
            let text = "warning: the server's certificate is not verified (`tls_verify=none`), so anyone can pose as the server";
            writeln!(io.err, "{text}")?;
        }
        Ok(options.connect().await?)
    }
}

/// Parses the options of a URL. The error shows no secret part of the URL.
pub(crate) fn parse(url: &str) -> Result<FlightSqlConnectOptions, String> {
    url.parse().map_err(|error| explained(&error))
}

/// Returns `true` if a URL selected a dialect.
fn names_dialect(options: &FlightSqlConnectOptions) -> bool {
    let url = options.to_url_lossy();
    url.scheme().contains("+flightsql")
        || url
            .query_pairs()
            .any(|(key, _)| key == "dialect" || key == "dialect_file")
}

/// Returns `true` if any certificate is accepted.
fn is_unverified(options: &FlightSqlConnectOptions) -> bool {
    let url = options.to_url_lossy();
    let mut pairs = url.query_pairs();
    pairs.any(|(key, value)| key == "tls_verify" && value == "none")
}

/// Sets the application name for the server's log, unless the URL sets it.
pub(crate) fn named(options: FlightSqlConnectOptions) -> FlightSqlConnectOptions {
    let url = options.to_url_lossy();
    match url.query_pairs().any(|(key, _)| key == "application_name") {
        true => options,
        false => options.application_name(concat!("flightsql-cli/", env!("CARGO_PKG_VERSION"))),
    }
}

/// Returns `true` if an argument is a URL, and not SQL or a table name.
pub(crate) fn is_url(argument: &str) -> bool {
    argument.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Assigns two arguments, of which the first (the URL) may be missing.
pub(crate) fn url_and(
    first: Option<String>,
    second: Option<String>,
) -> Result<(Option<String>, Option<String>), Failure> {
    match (first, second) {
        (Some(url), Some(other)) if is_url(&url) => Ok((Some(url), Some(other))),
        (Some(_), Some(_)) => Err(Failure::usage(
            "expected a URL as the first of two arguments, such as flightsql://host:port; put SQL in quotes",
        )),
        (Some(one), None) if is_url(&one) => Ok((Some(one), None)),
        (one, None) => Ok((None, one)),
        (None, other) => Ok((None, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_url_is_told_from_sql_and_names() {
        for url in [
            "flightsql://h",
            "sqlite+flightsql+tcp://h:1",
            "postgres://x",
        ] {
            assert!(is_url(url), "{url}");
        }
        for other in ["SELECT 'a://b'", "table", "a:b", "://x", "1://x", "-"] {
            assert!(!is_url(other), "{other}");
        }
    }

    #[test]
    fn the_url_may_be_missing() {
        let url = "flightsql://h";
        let told = |first, second| url_and(first, second).unwrap();
        assert_eq!(told(some(url), some("t")), (some(url), some("t")));
        assert_eq!(told(some(url), None), (some(url), None));
        assert_eq!(told(some("t"), None), (None, some("t")));
        assert_eq!(told(None, None), (None, None));
        assert!(url_and(some("SELECT"), some("1")).is_err());
    }

    #[test]
    fn the_program_names_itself_unless_the_url_does() {
        let name = |url: &str| {
            let options = named(parse(url).unwrap());
            let url = options.to_url_lossy();
            let found = url.query_pairs().find(|(key, _)| key == "application_name");
            found.unwrap().1.into_owned()
        };
        assert!(name("flightsql://h").starts_with("flightsql-cli/"));
        assert_eq!(name("flightsql://h?application_name=mine"), "mine");
    }

    #[test]
    fn e5_unverified_certificates_are_warned_of() {
        for (url, expected) in [
            ("flightsql://h?tls_verify=none", true),
            ("flightsql://h?disable_server_verification=true", true),
            ("flightsql://h?tls_verify=full", false),
            ("flightsql://h", false),
        ] {
            assert_eq!(is_unverified(&parse(url).unwrap()), expected, "{url}");
        }
    }
}
