//! The cookies of one connection, after [RFC 6265](https://www.rfc-editor.org/rfc/rfc6265).
//!
//! A jar belongs to one connection, and therefore to one origin. Its cookies are never sent to another origin, and two users
//! of a pool never share a session.

use std::cmp::Reverse;
use std::time::{Duration, Instant, SystemTime};

use super::method::{Method, SERVICE};

/// The limits of browsers.
const MAX_COOKIES: usize = 50;
const MAX_COOKIE_BYTES: usize = 4096;

/// The cookie of a session that `CloseSession` ends: the name that
/// [Flight suggests](https://arrow.apache.org/docs/format/Flight.html#session-management).
const SESSION: &str = "arrow_flight_session_id";

/// The default path of [section 5.1.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4), which is the same for all
/// RPCs: the path without its last part.
const DEFAULT_PATH: &str = SERVICE;

/// The cookies that the server set. `Debug` prints names only.
#[derive(Default)]
pub(crate) struct Cookies(Vec<Cookie>);

struct Cookie {
    name: String,
    value: String,
    path: String,
    /// `None` for the life of the connection.
    until: Option<Instant>,
}

/// The attributes of a `Set-Cookie` header. The last one of a name counts.
#[derive(Default)]
struct Attributes<'h> {
    secure: bool,
    path: Option<&'h str>,
    /// The end by `Max-Age`; `Some(None)` if it is too far in the future to be represented.
    max_age: Option<Option<Instant>>,
    /// The end by `Expires`.
    expires: Option<Option<Instant>>,
}

impl Cookies {
    /// Stores the cookie of one `Set-Cookie` header. A cookie that cannot be stored is ignored, as RFC 6265 requires; an
    /// expired one removes the cookie of its name and path.
    pub(crate) fn set(&mut self, header: &str, plaintext: bool) {
        if header.len() > MAX_COOKIE_BYTES {
            return;
        }
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let attributes = Attributes::read(parts);
        let name = name.trim();
        if name.is_empty() || (attributes.secure && plaintext) {
            return;
        }
        let path = attributes.path.unwrap_or(DEFAULT_PATH);
        let until = attributes.until();
        self.0
            .retain(|cookie| cookie.name != name || cookie.path != path);
        let expired = until.is_some_and(|until| until <= Instant::now());
        if !expired && self.0.len() < MAX_COOKIES {
            self.0.push(Cookie {
                name: name.to_owned(),
                value: value.trim().to_owned(),
                path: path.to_owned(),
                until,
            });
        }
    }

    /// Returns the `Cookie` header of an RPC, if there is a cookie to send: longer paths first, as
    /// [section 5.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.4) recommends.
    pub(crate) fn header(&self, method: Method) -> Option<String> {
        let now = Instant::now();
        let mut sent: Vec<_> = self
            .0
            .iter()
            .filter(|cookie| cookie.until.is_none_or(|until| until > now))
            .filter(|cookie| matches(&cookie.path, method.path()))
            .collect();
        sent.sort_by_key(|cookie| Reverse(cookie.path.len()));
        let pairs: Vec<_> = sent
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Returns `true` if the server opened a Flight session.
    pub(crate) fn has_session(&self) -> bool {
        let mut cookies = self.0.iter();
        cookies.any(|cookie| cookie.name == SESSION && !cookie.value.is_empty())
    }

    /// Returns the values, for masking them in text.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|cookie| cookie.value.as_str())
    }
}

impl<'h> Attributes<'h> {
    fn read(parts: impl Iterator<Item = &'h str>) -> Self {
        let mut read = Self::default();
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("secure") {
                read.secure = true;
            } else if name.eq_ignore_ascii_case("path") {
                read.path = Some(value).filter(|path| path.starts_with('/'));
            } else if name.eq_ignore_ascii_case("max-age") {
                read.max_age = max_age(value).or(read.max_age);
            } else if name.eq_ignore_ascii_case("expires") {
                read.expires = expires(value).or(read.expires);
            }
        }
        read
    }

    /// Returns the end of the cookie. `Max-Age` has precedence over `Expires`
    /// ([section 5.3](https://www.rfc-editor.org/rfc/rfc6265#section-5.3)).
    fn until(&self) -> Option<Instant> {
        self.max_age.or(self.expires).flatten()
    }
}

/// Returns the end by `Max-Age`; `None` if the value is to be ignored
/// ([section 5.2.2](https://www.rfc-editor.org/rfc/rfc6265#section-5.2.2)).
fn max_age(text: &str) -> Option<Option<Instant>> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = match text.starts_with('-') {
        true => 0,
        false => digits.parse().unwrap_or(u64::MAX),
    };
    Some(Instant::now().checked_add(Duration::from_secs(seconds)))
}

/// Returns the end by `Expires`; `None` if it is not a date. Some servers write the date with `-`, as Netscape did.
fn expires(text: &str) -> Option<Option<Instant>> {
    let date = httpdate::parse_http_date(text)
        .or_else(|_| httpdate::parse_http_date(&text.replace('-', " ")))
        .ok()?;
    let left = date.duration_since(SystemTime::now()).unwrap_or_default();
    Some(Instant::now().checked_add(left))
}

/// Returns `true` if a cookie of this path is sent with a request for `path`
/// ([section 5.1.4](https://www.rfc-editor.org/rfc/rfc6265#section-5.1.4)).
fn matches(cookie: &str, path: &str) -> bool {
    path.strip_prefix(cookie)
        .is_some_and(|rest| rest.is_empty() || cookie.ends_with('/') || rest.starts_with('/'))
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|cookie| cookie.name.as_str());
        f.debug_list().entries(names).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(jar: &Cookies) -> String {
        jar.header(Method::DoGet).unwrap_or_default()
    }

    #[test]
    fn cookies_are_kept_replaced_expired_and_never_printed() {
        let mut jar = Cookies::default();
        assert_eq!(jar.header(Method::DoGet), None);
        jar.set("session=abc; HttpOnly", true);
        jar.set("region = eu ", true);
        assert_eq!(sent(&jar), "session=abc; region=eu");
        jar.set("session=xyz", true);
        assert_eq!(sent(&jar), "region=eu; session=xyz");
        jar.set("region=; Max-Age=0", true);
        assert_eq!(sent(&jar), "session=xyz");
        jar.set("only=tls; Secure", true);
        jar.set("no equals sign", true);
        jar.set("=nameless", true);
        assert_eq!(sent(&jar), "session=xyz");
        jar.set("only=tls; Secure", false);
        assert_eq!(sent(&jar), "session=xyz; only=tls");
        assert_eq!(format!("{jar:?}"), r#"["session", "only"]"#);
    }

    #[test]
    fn a_server_cannot_fill_memory_with_cookies() {
        let mut jar = Cookies::default();
        for n in 0..1000 {
            jar.set(&format!("c{n}=v"), true);
        }
        jar.set(&format!("big={}", "x".repeat(10_000)), true);
        assert_eq!(sent(&jar).split("; ").count(), 50);
    }

    #[test]
    fn a_date_in_the_past_deletes_its_cookie() {
        for date in [
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Thursday, 01-Jan-70 00:00:00 GMT",
            "Thu, 01-Jan-1970 00:00:10 GMT",
            "Thu Jan  1 00:00:00 1970",
        ] {
            let mut jar = Cookies::default();
            jar.set("a=1", true);
            jar.set(&format!("a=; expires={date}; HttpOnly"), true);
            assert_eq!(jar.header(Method::DoGet), None, "{date}");
        }
        let mut jar = Cookies::default();
        jar.set("a=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT", true);
        // What is not a date, and not a number, is ignored.
        jar.set("b=2; Expires=soon; Max-Age=x", true);
        jar.set("c=3; Expires=", true);
        assert_eq!(sent(&jar), "a=1; b=2; c=3");
    }

    #[test]
    fn max_age_has_precedence_over_expires() {
        let past = "Expires=Thu, 01 Jan 1970 00:00:00 GMT";
        let future = "Expires=Fri, 31 Dec 9999 23:59:59 GMT";
        let mut jar = Cookies::default();
        jar.set(&format!("a=1; Max-Age=60; {past}"), true);
        jar.set(&format!("b=2; {past}; Max-Age=99999999999999999999"), true);
        assert_eq!(sent(&jar), "a=1; b=2");
        jar.set(&format!("a=1; Max-Age=-1; {future}"), true);
        jar.set(&format!("b=2; {future}; Max-Age=0"), true);
        assert_eq!(jar.header(Method::DoGet), None);
        // An invalid one is ignored, and the last of two counts.
        jar.set(&format!("a=1; {past}; Max-Age=1h"), true);
        jar.set("b=2; Max-Age=0; Max-Age=60", true);
        assert_eq!(sent(&jar), "b=2");
    }

    #[test]
    fn a_cookie_is_sent_within_its_path() {
        let mut jar = Cookies::default();
        for (name, path) in [
            ("root", "/"),
            ("get", "/arrow.flight.protocol.FlightService/DoGet"),
            ("service", "/arrow.flight.protocol.FlightService/"),
            ("other", "/admin"),
            ("part", "/arrow.flight"),
            ("relative", "admin"),
            ("empty", ""),
        ] {
            jar.set(&format!("{name}=1; Path={path}"), true);
        }
        let default = "relative=1; empty=1";
        let put = format!("service=1; {default}; root=1");
        assert_eq!(jar.header(Method::DoPut).unwrap(), put);
        assert_eq!(sent(&jar), format!("get=1; {put}"));
    }

    #[test]
    fn a_cookie_is_known_by_name_and_path() {
        let mut jar = Cookies::default();
        jar.set("a=1", true);
        jar.set("a=2; Path=/", true);
        assert_eq!(sent(&jar), "a=1; a=2");
        jar.set("a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", true);
        assert_eq!(sent(&jar), "a=1");
    }

    #[test]
    fn every_method_is_within_the_default_path() {
        for method in [
            Method::Handshake,
            Method::GetFlightInfo,
            Method::GetSchema,
            Method::DoGet,
            Method::DoPut,
            Method::DoAction,
        ] {
            let (folder, name) = method.path().rsplit_once('/').unwrap();
            assert_eq!(folder, DEFAULT_PATH);
            assert_eq!(name, format!("{method:?}"));
        }
    }
}
