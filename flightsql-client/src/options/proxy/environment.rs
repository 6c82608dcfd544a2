//! The variables of `proxy=env`, with the meaning that they have for curl.
//!
//! curl: <https://everything.curl.dev/usingcurl/proxies/env.html>. `NO_PROXY` additionally has the ports and the exception for
//! this machine that Go's [`httpproxy`](https://pkg.go.dev/golang.org/x/net/http/httpproxy) has.

use std::ffi::OsString;
use std::net::IpAddr;

use super::super::OptionsError;
use super::super::locations::{Network, split_port};
use super::ProxyServer;

/// Returns the value of a variable.
pub(super) type Read<'r> = &'r dyn Fn(&str) -> Option<OsString>;

/// The variables for a server with TLS, in their order.
const WITH_TLS: &[&str] = &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// The variables for a plaintext server. A CGI program has the header `Proxy` of a request in `HTTP_PROXY`, which is therefore
/// not read: <https://httpoxy.org>.
const PLAINTEXT: &[&str] = &["http_proxy", "all_proxy", "ALL_PROXY"];

const EXCEPTIONS: &[&str] = &["no_proxy", "NO_PROXY"];

/// Returns the proxy for a server; `None` for a direct connection.
///
/// # Errors
/// Returns an error if a variable is invalid. It names the variable, and never its value.
pub(super) fn proxy(
    read: Read<'_>,
    host: &str,
    port: u16,
    tls: bool,
) -> Result<Option<ProxyServer>, OptionsError> {
    let variables = if tls { WITH_TLS } else { PLAINTEXT };
    let Some((name, address)) = first(read, variables)? else {
        return Ok(None);
    };
    let exceptions = first(read, EXCEPTIONS)?;
    let is_excepted = |(_, list): (_, String)| is_listed(&list, host, port);
    if is_here(host) || exceptions.is_some_and(is_excepted) {
        return Ok(None);
    }
    match ProxyServer::parse(&address, name) {
        Ok(server) => Ok(Some(server)),
        Err(problem) => Err(invalid(name, &problem)),
    }
}

/// Returns the first of these variables that is not empty.
fn first(
    read: Read<'_>,
    names: &'static [&'static str],
) -> Result<Option<(&'static str, String)>, OptionsError> {
    for &name in names {
        let Some(value) = read(name).filter(|value| !value.is_empty()) else {
            continue;
        };
        let value = value.into_string();
        return match value {
            Ok(value) => Ok(Some((name, value))),
            Err(_) => Err(invalid(name, "is not UTF-8")),
        };
    }
    Ok(None)
}

fn invalid(name: &str, problem: &str) -> OptionsError {
    let text = format!("`proxy=env` reads the variable `{name}`, which {problem}");
    OptionsError::Conflict(text.into())
}

/// Returns `true` for a name or an address of this machine.
fn is_here(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Returns `true` if a list such as `NO_PROXY` has this server.
fn is_listed(list: &str, host: &str, port: u16) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let host = host.to_ascii_lowercase();
    list.split(|c: char| c == ',' || c.is_whitespace())
        .any(|entry| !entry.is_empty() && matches(entry, &host, port))
}

/// Returns `true` if an entry of the list has this server. An invalid entry has none, as for curl: the list is made for many
/// programs, with more than one syntax.
fn matches(entry: &str, host: &str, port: u16) -> bool {
    if entry == "*" {
        return true;
    }
    let (entry, listed) = match Network::around(entry) {
        Some(_) => (entry, None),
        None => match split_port(entry) {
            Some(split) => split,
            None => return false,
        },
    };
    if listed.is_some_and(|listed| listed != port) {
        return false;
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Network::around(entry).is_some_and(|network| network.contains(address));
    }
    let entry = entry
        .strip_suffix('.')
        .unwrap_or(entry)
        .to_ascii_lowercase();
    let (domain, is_host_listed) = match entry.strip_prefix('*') {
        Some(domain) => (domain, false),
        None => (entry.as_str(), true),
    };
    let domain = domain.strip_prefix('.').unwrap_or(domain);
    match host.strip_suffix(domain) {
        _ if domain.is_empty() => false,
        Some("") => is_host_listed,
        Some(before) => before.ends_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn chosen(variables: &[(&str, &str)], host: &str, tls: bool) -> Result<Option<String>, String> {
        let read = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let found = proxy(&read, host, 443, tls).map_err(|error| error.to_string())?;
        Ok(found.map(|server| format!("{server:?} {}", server.origin())))
    }

    #[test]
    fn variables_have_the_order_of_curl() {
        let all = [
            ("https_proxy", "http://a:1"),
            ("HTTPS_PROXY", "http://b:1"),
            ("http_proxy", "http://c:1"),
            ("HTTP_PROXY", "http://d:1"),
            ("all_proxy", "http://e:1"),
            ("ALL_PROXY", "f:1"),
        ];
        let named = |skip: &[&str], tls: bool| {
            let left = all.iter().filter(|(name, _)| !skip.contains(name));
            chosen(&left.copied().collect::<Vec<_>>(), "db.example", tls).unwrap()
        };
        let found = |text: &str| Some(text.to_owned());
        assert_eq!(named(&[], true), found("http://a:1 https_proxy"));
        assert_eq!(
            named(&["https_proxy"], true),
            found("http://b:1 HTTPS_PROXY")
        );
        let https = ["https_proxy", "HTTPS_PROXY"];
        assert_eq!(named(&https, true), found("http://e:1 all_proxy"));
        assert_eq!(named(&[], false), found("http://c:1 http_proxy"));
        // The header `Proxy` of a CGI request.
        assert_eq!(named(&["http_proxy"], false), found("http://e:1 all_proxy"));
        assert_eq!(
            named(&["http_proxy", "all_proxy"], false),
            found("http://f:1 ALL_PROXY")
        );
        assert_eq!(
            chosen(&[("HTTP_PROXY", "http://d:1")], "db", false),
            Ok(None)
        );
        // An empty variable is as none.
        let empty = [("https_proxy", ""), ("HTTPS_PROXY", "http://b:1")];
        assert_eq!(
            chosen(&empty, "db", true).unwrap(),
            found("http://b:1 HTTPS_PROXY")
        );
    }

    #[test]
    fn exceptions_are_read_after_a_proxy_only() {
        let asked = RefCell::new(Vec::new());
        let read = |name: &str| {
            asked.borrow_mut().push(name.to_owned());
            None
        };
        assert_eq!(proxy(&read, "db.example", 443, true), Ok(None));
        assert_eq!(*asked.borrow(), WITH_TLS);
    }

    #[test]
    fn this_machine_is_an_exception() {
        let all = [("all_proxy", "http://p:1")];
        for host in [
            "localhost",
            "a.localhost.",
            "127.0.0.9",
            "::1",
            "::ffff:127.0.0.1",
        ] {
            assert_eq!(chosen(&all, host, true), Ok(None), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "mylocalhost"] {
            assert!(chosen(&all, host, true).unwrap().is_some(), "{host}");
        }
    }

    #[test]
    fn exceptions_are_hosts_domains_networks_and_ports() {
        for (list, host, is_excepted) in [
            ("*", "db.example", true),
            ("other, *", "db.example", true),
            ("db.example", "db.example", true),
            ("DB.Example.", "db.example", true),
            ("db.example", "db.example.", true),
            ("example", "db.example", true),
            (".example", "db.example", true),
            (".example", "example", true),
            ("*.example", "db.example", true),
            ("*.example", "example", false),
            ("ample", "db.example", false),
            ("b.example", "db.example", false),
            ("db.example.org", "db.example", false),
            ("a b,db.example\tc", "db.example", true),
            ("db.example:443", "db.example", true),
            ("db.example:444", "db.example", false),
            (".example:443", "db.example", true),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.9.9.9/8", "10.1.2.3", true),
            ("10.0.0.0/8:443", "10.1.2.3", true),
            ("10.0.0.0/8:444", "10.1.2.3", false),
            ("10.0.0.0/16", "10.1.2.3", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3:443", "10.1.2.3", true),
            ("0.0.0.0/0", "10.1.2.3", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("0.0.0.0/0", "db.example", false),
            ("10.1.2", "10.1.2.3", false),
            ("2001:db8::/32", "2001:db8::1", true),
            ("2001:db8::1", "2001:db8::1", true),
            ("[2001:db8::1]", "2001:db8::1", true),
            ("[2001:db8::1]:443", "2001:db8::1", true),
            ("[2001:db8::1]:1", "2001:db8::1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("", "db.example", false),
            (" , ,,", "db.example", false),
            (".", "db.example", false),
            ("*.", "db.example", false),
            ("10.0.0.0/33, http://db.example, [::1", "10.1.2.3", false),
        ] {
            let variables = [("https_proxy", "http://p:1"), ("no_proxy", list)];
            let direct = chosen(&variables, host, true).unwrap().is_none();
            assert_eq!(direct, is_excepted, "{list} {host}");
        }
        let both = [
            ("https_proxy", "http://p:1"),
            ("no_proxy", "other"),
            ("NO_PROXY", "*"),
        ];
        assert!(chosen(&both, "db.example", true).unwrap().is_some());
    }

    #[test]
    fn an_invalid_variable_is_named_without_its_value() {
        for value in [
            "http://ann:s3cret@",
            "ftp://s3cret:1",
            "socks5://s3cret:1",
            "http://p:1/s3cret",
        ] {
            let text = chosen(&[("HTTPS_PROXY", value)], "db.example", true).unwrap_err();
            assert!(
                text.starts_with("`proxy=env` reads the variable `HTTPS_PROXY`, which "),
                "{text}"
            );
            assert!(!text.contains("s3cret"), "{text}");
            // These are values of the option, and names of hosts in a variable.
            assert!(!text.contains("`none`"), "{text}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_must_be_utf8() {
        use std::os::unix::ffi::OsStringExt as _;
        let read = |name: &str| {
            (name == "no_proxy" || name == "all_proxy")
                .then(|| OsString::from_vec(vec![b'a', 0xff]))
        };
        let text = proxy(&read, "db", 1, true).unwrap_err().to_string();
        assert_eq!(
            text,
            "`proxy=env` reads the variable `all_proxy`, which is not UTF-8"
        );
    }
}
