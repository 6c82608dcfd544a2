//! Locked URLs: what each kind of program permits, and what it never reads.

use super::*;
use crate::dialect::presets;
use crate::options::{Secret, TlsVerify};

const PLANTED: &str = "pl4nted-s3cret";

fn new() -> ConnectOptions {
    ConnectOptions::new()
}

/// Returns the name of the locked part of a URL.
#[track_caller]
fn locked(options: &LockedOptions, url: &str) -> String {
    match options.parse(url) {
        Err(OptionsError::Locked { key }) => key,
        other => panic!("{url}: {other:?}"),
    }
}

#[track_caller]
fn parsed(options: &LockedOptions, url: &str) -> ConnectOptions {
    options
        .parse(url)
        .unwrap_or_else(|error| panic!("{url}: {error}"))
}

/// The keys of the table in `locked.md`, in their order.
fn documented() -> Vec<&'static str> {
    let rows = include_str!("../locked.md").lines().skip(2);
    let cells = rows.map(|row| row.split('|').nth(2).unwrap());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn documents_each_locked_key_once() {
    let mut documented = documented();
    let flagged = keys::all().iter().filter(|key| key.locked);
    let mut flagged: Vec<_> = flagged.map(|key| key.name).chain(["header.NAME"]).collect();
    documented.sort_unstable();
    flagged.sort_unstable();
    assert_eq!(documented, flagged);
}

#[test]
fn adds_urls_to_the_options_of_the_program() {
    let program = new()
        .tls_ca_file("/etc/ca.pem")
        .max_batch_rows(7)
        .application_name("app")
        .locked();
    let url = "datafusion+flightsql://ann:pass@h:1/c/s?query_timeout=3s&session.a=b";
    let options = parsed(&program, url);
    let same = new()
        .tls_ca_file("/etc/ca.pem")
        .max_batch_rows(7)
        .application_name("app");
    let same = same
        .dialect_name("datafusion")
        .unwrap()
        .host("h")
        .port(1)
        .username("ann")
        .password("pass");
    let same = same.catalog("c").schema("s").session_option("a", "b");
    let same = same.query_timeout(std::time::Duration::from_secs(3));
    assert_eq!(format!("{options:?}"), format!("{same:?}"));
    assert_eq!(options.to_url_with_secrets(), same.to_url_with_secrets());
}

#[test]
fn equals_the_plain_parser_without_locked_keys() {
    for url in [
        "flightsql://h",
        "influxdb+flightsql://h/sensors?header.bucket=b&bucket-name=c",
        "flightsql://h?token=abc&retries=1",
        "flightsql://[::1]:5?dialect=auto&log_statements=off",
    ] {
        let options = parsed(&new().locked(), url);
        let plain: ConnectOptions = url.parse().unwrap();
        assert_eq!(format!("{options:?}"), format!("{plain:?}"));
        assert_eq!(options.to_url_with_secrets(), plain.to_url_with_secrets());
    }
}

#[test]
fn names_a_locked_key_and_no_value() {
    let program = new().locked();
    for (part, key) in [
        ("tls_verify", "tls_verify"),
        ("tls-ca-file", "tls_ca"),
        ("plaintext", "insecure"),
        ("header.Cookie", "header.cookie"),
        ("header.x-forwarded-user", "header.x-forwarded-user"),
        ("authorization", "authorization"),
    ] {
        let error = program
            .parse(&format!("flightsql://h?{part}={PLANTED}"))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{key}` is locked, so only the program may set it; remove it from the URL")
        );
    }
}

#[test]
fn reads_no_file_of_a_locked_key() {
    let folder = std::env::temp_dir().join(format!("flightsql-locked-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("password");
    std::fs::write(&file, PLANTED).unwrap();
    let url = format!("flightsql://ann@h?password_file={}", file.display());
    assert_eq!(locked(&new().locked(), &url), "password_file");
    let allowed = new().locked().allow("password-file").unwrap();
    assert_eq!(
        parsed(&allowed, &url).credentials,
        Credentials::Basic {
            user: "ann".to_owned(),
            password: Secret::new(PLANTED)
        }
    );
    // A missing file would be another error, so the lock is first.
    for key in ["password_file", "token_file", "dialect_file"] {
        let url = format!("flightsql://h?{key}=/does/not/exist");
        assert_eq!(locked(&new().locked(), &url), key);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn rejects_a_transport_that_is_less_secure() {
    let (tls, tcp, unix) = (
        "flightsql://h:1",
        "flightsql+tcp://h:1",
        "flightsql+unix:///s",
    );
    let of_tls = new().locked();
    let _ = parsed(&of_tls, tls);
    assert_eq!(locked(&of_tls, tcp), "scheme");
    assert_eq!(locked(&of_tls, unix), "scheme");
    let of_tcp = new().plaintext().locked();
    let _ = parsed(&of_tcp, tcp);
    assert_eq!(parsed(&of_tcp, tls).transport, Transport::Tls);
    assert_eq!(locked(&of_tcp, unix), "scheme");
    let of_unix = new().unix_socket("/s").locked();
    let _ = parsed(&of_unix, unix);
    assert_eq!(locked(&of_unix, tcp), "scheme");
    assert_eq!(locked(&of_unix, tls), "host");
    assert_eq!(locked(&of_unix, "flightsql+unix:///other"), "host");
    let anything = new().locked().allow("plaintext").unwrap();
    assert_eq!(parsed(&anything, tcp).transport, Transport::Tcp);
    let _ = parsed(&anything, "flightsql://h:1?insecure=true");
    assert_eq!(locked(&anything, unix), "scheme");
}

#[test]
fn keeps_what_the_program_sets() {
    let program = new()
        .catalog("tenant_a")
        .query_timeout(std::time::Duration::from_secs(1))
        .retries(0)
        .dialect(std::sync::Arc::new(presets::datafusion()))
        .locked();
    assert_eq!(locked(&program, "flightsql://h/tenant_b"), "catalog");
    assert_eq!(
        locked(&program, "flightsql://h?query_timeout=0"),
        "query_timeout"
    );
    assert_eq!(locked(&program, "flightsql://h?retries=7"), "retries");
    assert_eq!(locked(&program, "sqlite+flightsql://h"), "dialect");
    assert_eq!(locked(&program, "flightsql://h?dialect=auto"), "dialect");
    // The same value changes nothing.
    let same = parsed(&program, "datafusion+flightsql://h/tenant_a?retries=0");
    assert_eq!(same.get_catalog(), Some("tenant_a"));
    assert_eq!(same.timeouts.query, Some(std::time::Duration::from_secs(1)));
    let open = program.allow("retries").unwrap().allow("dialect").unwrap();
    assert_eq!(
        parsed(&open, "sqlite+flightsql://h?retries=7")
            .dialect
            .name(),
        "sqlite"
    );
}

#[test]
fn fixes_the_dialect_of_literals() {
    let program = new().binds(Binds::Literal).locked();
    let _ = parsed(&program, "flightsql://h");
    assert_eq!(locked(&program, "sqlite+flightsql://h"), "dialect");
    assert_eq!(locked(&program, "flightsql://h?binds=server"), "binds");
}

#[test]
fn sends_credentials_of_the_program_to_its_server_only() {
    let certificate = "-----BEGIN CERTIFICATE-----";
    let programs = [
        new().username("ann").password("p"),
        new().token("abc"),
        new().token_command("printf abc"),
        new().header("x-api-key", "k"),
        new().session_option("key", "k"),
        new().tls_client_identity(certificate, certificate),
    ];
    for program in programs {
        assert_eq!(
            locked(&program.clone().locked(), "flightsql://evil"),
            "host"
        );
        let placed = program.host("db").port(5).locked();
        for url in ["flightsql://evil:5", "flightsql://db:6", "flightsql://evil"] {
            assert_eq!(locked(&placed, url), "host", "{url}");
        }
        // A URL without a port keeps the port of the program.
        let options = parsed(&placed, "flightsql://DB/sales");
        assert_eq!((options.get_host(), options.get_port()), ("db", 5));
        assert_eq!(options.credentials, placed.base.credentials);
        assert_eq!(options.tls, placed.base.tls);
        assert_eq!(options.headers, placed.base.headers);
        let open = placed.allow("host").unwrap();
        assert_eq!(parsed(&open, "flightsql://evil").get_host(), "evil");
    }
}

#[test]
fn keeps_the_credentials_of_the_program() {
    let program = new().host("db").username("ann").password("p").locked();
    for (url, key) in [
        ("flightsql://ann@db", "username"),
        ("flightsql://:p@db", "username"),
        ("flightsql://db?token=t", "token"),
        ("flightsql://db?password=t", "password"),
        ("flightsql://db?oauth.client_id=t", "oauth.client_id"),
    ] {
        assert_eq!(locked(&program, url), key);
    }
    let open = program.allow("user").unwrap();
    let options = parsed(&open, "flightsql://bob@db");
    assert_eq!(
        options.credentials,
        Credentials::Basic {
            user: "bob".to_owned(),
            password: Secret::new("")
        }
    );
}

#[test]
fn locks_headers_and_session_options_by_name() {
    let program = new()
        .host("h")
        .header("X-Tenant", "a")
        .session_option("role", "reader")
        .locked();
    assert_eq!(
        locked(&program, "flightsql://h?header.x-tenant=b"),
        "header.x-tenant"
    );
    assert_eq!(
        locked(&program, "flightsql://h?session.role=admin"),
        "session.role"
    );
    let options = parsed(&program, "flightsql://h?session.zone=utc");
    assert_eq!(options.session.len(), 2);
    let open = program.allow("header.X-TENANT").unwrap();
    let open = open.allow("session.role").unwrap();
    let options = parsed(&open, "flightsql://h?header.x-Tenant=b&session.role=admin");
    assert_eq!(options.headers, [("x-tenant".to_owned(), Secret::new("b"))]);
    assert_eq!(options.session, [("role".to_owned(), "admin".to_owned())]);
    // A header that the dialect declares as not secret, unless the program sets it.
    let influx = "influxdb+flightsql://h?bucket=b";
    let _ = parsed(&new().locked(), influx);
    assert_eq!(
        locked(&new().host("h").header("bucket", "a").locked(), influx),
        "header.bucket"
    );
}

#[test]
fn checks_the_names_of_permitted_keys() {
    let error = |key: &str| new().locked().allow(key).unwrap_err();
    assert_eq!(
        error("tls_verfy"),
        OptionsError::UnknownKey {
            key: "tls_verfy".to_owned(),
            nearest: Some("tls_verify".to_owned())
        }
    );
    for key in [
        "password_command",
        "token-command",
        "header.",
        "header.a b",
        "session.",
        "",
        "Host",
        "scheme",
    ] {
        error(key);
    }
    for key in keys::all() {
        let program = new().locked().allow(key.name).unwrap();
        assert_eq!(program.allowed, [key.name]);
    }
    let refused = new().locked().parse("flightsql://h?token_command=printf");
    assert!(matches!(refused, Err(OptionsError::Value { key, .. }) if key == "token_command"));
}

#[test]
fn permits_repeated_keys_of_the_program() {
    let program = new().tls_ca_file("/a").locked().allow("tls_ca").unwrap();
    let options = parsed(&program, "flightsql://h?tls_ca=/b&tls_ca=/c");
    assert_eq!(options.tls.ca.len(), 3);
    let program = new().locked().allow("tls_verify").unwrap();
    let options = parsed(&program, "flightsql://h?tls_verify=none");
    assert_eq!(options.tls.verify, TlsVerify::None);
}

#[test]
fn prints_no_secret() {
    let program = new().host("h").password(PLANTED).header("x-key", PLANTED);
    let program = program.locked().allow("retries").unwrap();
    let text = format!("{program:?} {program:#?}");
    assert!(
        text.contains("retries") && !text.contains(PLANTED),
        "{text}"
    );
}

/// Parses a URL with `parse` and, if it is one, with `from_url`.
fn both(options: &LockedOptions, url: &str) -> Vec<Result<ConnectOptions, OptionsError>> {
    let parsed = Url::parse(url).ok();
    let by_url = parsed.map(|url| options.from_url(&url));
    [options.parse(url)].into_iter().chain(by_url).collect()
}

#[test]
fn adds_no_host_to_the_server_of_the_program() {
    let secret = new().username("ann").password(PLANTED);
    let programs = [
        new().host("db").port(5),
        new().hosts(["db:5", "db2:6"]),
        // The host that the options have by default.
        new().host("localhost"),
        secret.clone(),
        secret.clone().host("db").port(5),
        secret.hosts(["db:5", "db2:6"]),
        new().token(PLANTED).host("db").port(5),
        new().header("x-api-key", PLANTED),
    ];
    for program in programs {
        let own = format!("{}:{}", program.get_host(), program.get_port());
        let program = program.locked();
        for url in [
            format!("flightsql://{own},evil:9"),
            format!("flightsql://{own},evil"),
            format!("flightsql://evil:9,{own}"),
            format!("flightsql://{},evil:9", program.base.get_host()),
            format!("flightsql://{own}?host=evil"),
            format!("flightsql://{own}?host=evil:9&host_order=random"),
            "flightsql://evil?host=evil2".to_owned(),
        ] {
            for result in both(&program, &url) {
                let error = result.unwrap_err();
                let is_host = matches!(&error, OptionsError::Locked { key } if key == "host");
                assert!(is_host, "{program:?} {url}: {error:?}");
                assert!(!error.to_string().contains(PLANTED), "{error}");
            }
        }
    }
}

#[test]
fn locked_options_read_no_profile() {
    let text = "locked options read no connection profile; use a URL with `flightsql://`";
    let programs = [
        new(),
        new().host("db").port(5),
        new().username("ann").password(PLANTED),
    ];
    for program in programs {
        let open = program.clone().locked().allow("host").unwrap();
        for locked in [program.locked(), open] {
            for url in [
                "profile://sales",
                "PROFILE://sales",
                "profile:sales",
                "profile://sales,other",
                "profile://sales?host=evil",
            ] {
                for result in both(&locked, url) {
                    assert_eq!(result.unwrap_err(), OptionsError::Malformed(text), "{url}");
                }
            }
        }
    }
}
