//! [`FlightSqlLockedOptions`]: options of a program, and a parser for URLs that must not weaken them.

use url::Url;

use super::{FlightSqlConnectOptions, configuration};
use flightsql_client::LockedOptions;

/// Options that a program sets, and a parser for URLs of other people: of a form, a file or a tenant.
///
/// Create them with [`FlightSqlConnectOptions::locked`]. The parser rejects the keys that are marked *Locked*, and everything
/// that changes what the program sets; [`LockedOptions`] documents the rules and the reasons.
///
/// ```
/// use flightsql_driver::FlightSqlConnectOptions;
/// let locked = FlightSqlConnectOptions::new().tls_ca_file("/etc/ca.pem").locked();
/// let options = locked.parse("flightsql://ann:pass@db.example/sales")?;
/// assert_eq!(options.get_host(), "db.example");
///
/// for url in ["flightsql+tcp://db.example:31337", "flightsql://db.example?tls_verify=none"] {
///     assert!(locked.parse(url).is_err());
/// }
/// # Ok::<(), sqlx_core::Error>(())
/// ```
///
/// The result is for [`connect_with`](sqlx_core::pool::PoolOptions::connect_with) of a pool and of a connection.
#[derive(Debug, Clone)]
#[must_use = "locked options parse URLs"]
pub struct FlightSqlLockedOptions {
    locked: LockedOptions,
}

impl FlightSqlConnectOptions {
    /// Locks these options: returns a parser for URLs that must not weaken them.
    pub fn locked(self) -> FlightSqlLockedOptions {
        let options = std::sync::Arc::unwrap_or_clone(self.options);
        FlightSqlLockedOptions {
            locked: options.locked(),
        }
    }
}

impl FlightSqlLockedOptions {
    /// Permits a key in URLs that is locked or set by the program: a key of the table, `header.NAME`, `session.NAME`, or `host`
    /// for another server. `insecure` permits `flightsql+tcp://` as well.
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] if no key has this name, or if no URL may have the key.
    pub fn allow(self, key: &str) -> Result<Self, sqlx_core::Error> {
        let locked = self.locked.allow(key).map_err(sqlx_core::Error::config)?;
        Ok(Self { locked })
    }

    /// Parses a URL, and returns the options of the program with those of the URL.
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] with an [`OptionsError`](crate::options::OptionsError), which names the key and
    /// never shows a value: `Locked` if the URL contains a locked key.
    pub fn from_url(&self, url: &Url) -> Result<FlightSqlConnectOptions, sqlx_core::Error> {
        configuration(self.locked.from_url(url))
    }

    /// Parses the text of a URL, as [`from_url`](Self::from_url) does.
    ///
    /// # Errors
    /// Returns an error as [`from_url`](Self::from_url) does, and if the text is not a URL.
    pub fn parse(&self, url: &str) -> Result<FlightSqlConnectOptions, sqlx_core::Error> {
        configuration(self.locked.parse(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::OptionsError;

    #[test]
    fn parses_a_url_over_the_options_of_the_program() {
        let locked = FlightSqlConnectOptions::new().catalog("c").locked();
        let url = Url::parse("flightsql://h:5?retries=1").unwrap();
        let same = FlightSqlConnectOptions::new()
            .catalog("c")
            .host("h")
            .port(5)
            .retries(1);
        for options in [locked.from_url(&url), locked.parse(url.as_str())] {
            assert_eq!(format!("{:?}", options.unwrap()), format!("{same:?}"));
        }
    }

    #[test]
    fn names_a_locked_key_as_a_configuration_error() {
        let key_of = |result: Result<FlightSqlConnectOptions, _>| match result.unwrap_err() {
            sqlx_core::Error::Configuration(error) => {
                match *error.downcast::<OptionsError>().unwrap() {
                    OptionsError::Locked { key } => key,
                    other => panic!("{other}"),
                }
            }
            other => panic!("{other}"),
        };
        let locked = FlightSqlConnectOptions::new().locked();
        assert_eq!(
            key_of(locked.parse("flightsql://h?locations=ignore")),
            "locations"
        );
        assert_eq!(key_of(locked.parse("flightsql+tcp://h:5")), "scheme");
        let open = locked.allow("locations").unwrap();
        assert!(open.parse("flightsql://h?locations=ignore").is_ok());
        let error = open.allow("loctions").unwrap_err().to_string();
        assert!(error.contains("did you mean `locations`?"), "{error}");
    }
}
