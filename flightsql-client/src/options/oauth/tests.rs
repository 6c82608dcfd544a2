//! The keys of token servers: their values, their combinations, and their secrets.

use crate::options::{ConnectOptions, OAuth};

const URI: &str = "https://login.example.com/token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

fn parse(query: &str) -> Result<ConnectOptions, String> {
    let url = format!("flightsql://h:1?{query}");
    url.parse().map_err(|error| format!("{error}"))
}

fn base() -> ConnectOptions {
    ConnectOptions::new().host("h").port(1)
}

#[cfg(feature = "oauth")]
#[test]
fn keys_do_what_the_builder_does() {
    let credentials = OAuth::client_credentials(URI, "id:1", "s e&cret").scope("a b");
    let exchange = OAuth::token_exchange(URI, "subject", JWT)
        .client("id", "pl4nted")
        .client_auth(crate::options::ClientAuth::Body)
        .actor_token("actor", JWT)
        .requested_token_type("urn:x")
        .audience("sql")
        .resource("https://db");
    let client = format!("oauth.token_uri={URI}&oauth.client_id=id");
    for (query, built) in [
        (
            format!(
                "oauth.flow=client_credentials&oauth.token_uri={URI}&oauth.client_id=id:1\
                 &oauth.client_secret=s%20e%26cret&oauth.scope=a%20b"
            ),
            credentials,
        ),
        (
            format!(
                "oauth.flow=token_exchange&{client}&oauth.client_secret=pl4nted&oauth.client_auth=body\
                 &oauth.exchange.subject_token=subject&oauth.exchange.subject_token_type={JWT}\
                 &oauth.exchange.actor_token=actor&oauth.exchange.actor_token_type={JWT}\
                 &oauth.exchange.requested_token_type=urn:x&oauth.exchange.aud=sql\
                 &oauth.exchange.resource=https://db"
            ),
            exchange,
        ),
    ] {
        let parsed = parse(&query).unwrap();
        let built = base().oauth(built);
        assert_eq!(parsed.credentials, built.credentials);
        let url = parsed.to_url_with_secrets();
        let again = ConnectOptions::parse_url(&url, &[]).unwrap();
        assert_eq!(again.credentials, built.credentials);
        assert_eq!(url.query().unwrap(), query.replace(' ', ""));
        // Without its secrets, the request is invalid.
        assert_eq!(parsed.to_url_lossy().as_str(), "flightsql://h:1");
    }
    let scoped = format!(
        "oauth.flow=token_exchange&oauth.token_uri={URI}&oauth.exchange.subject_token=s\
         &oauth.exchange.subject_token_type={JWT}&oauth.exchange.scope=a"
    );
    let url = parse(&scoped).unwrap().to_url_with_secrets();
    assert_eq!(url.query().unwrap(), scoped);
}

#[cfg(feature = "oauth")]
#[test]
fn rejects_incomplete_and_contradicting_keys() {
    let flow = "oauth.flow=client_credentials";
    let exchange = format!("oauth.flow=token_exchange&oauth.token_uri={URI}");
    let complete = format!("{flow}&oauth.token_uri={URI}&oauth.client_id=i&oauth.client_secret=s");
    let token = "oauth.exchange.subject_token=t";
    let subject = format!("{exchange}&{token}&oauth.exchange.subject_token_type={JWT}");
    let uri = |uri: &str| complete.replace(URI, uri);
    for (query, expected) in [
        ("oauth.scope=a".to_owned(), "`oauth.flow` is missing"),
        (
            "oauth.flow=password".to_owned(),
            "`oauth.flow` must be `client_credentials` or `token_exchange`",
        ),
        (flow.to_owned(), "`oauth.token_uri` is missing"),
        (
            format!("{flow}&oauth.token_uri={URI}"),
            "`oauth.client_id` is missing",
        ),
        (
            format!("{flow}&oauth.token_uri={URI}&oauth.client_id=i"),
            "`oauth.client_secret` is missing",
        ),
        (
            format!("{complete}&oauth.client_auth=jwt"),
            "`oauth.client_auth` must be `basic` or `body`",
        ),
        (
            complete.replace("=i&", "=&"),
            "`oauth.client_id` must not be empty",
        ),
        (
            format!("{complete}&oauth.scope=%0A"),
            "`oauth.scope` must be printable",
        ),
        (
            format!("{complete}&oauth.exchange.aud=x"),
            "`oauth.exchange.aud` requires `oauth.flow=token_exchange`",
        ),
        (
            format!("{complete}&oauth.exchange.scope=x"),
            "`oauth.exchange.scope` requires",
        ),
        (
            format!("{complete}&{token}"),
            "`oauth.exchange.subject_token` requires",
        ),
        (
            exchange.clone(),
            "`oauth.exchange.subject_token` is missing",
        ),
        (
            format!("{exchange}&{token}"),
            "`oauth.exchange.subject_token_type` is missing",
        ),
        (
            format!("{subject}&oauth.exchange.actor_token=t"),
            "require each other",
        ),
        (
            format!("{subject}&oauth.exchange.actor_token_type=t"),
            "require each other",
        ),
        (
            format!("{subject}&oauth.client_secret=s"),
            "`oauth.client_id` is missing",
        ),
        (
            format!("{subject}&oauth.scope=a&oauth.exchange.scope=a"),
            "are the same setting",
        ),
        (
            uri("http://login.example.com/token"),
            "`oauth.token_uri` must begin with `https://`",
        ),
        (uri("ftp://login.example.com"), "must begin with `https://`"),
        (uri("login"), "is not a URI"),
        (
            uri("https://u:p@login.example.com"),
            "must not contain a user or password",
        ),
        (
            uri("https://login.example.com/%23x"),
            "must not contain `#`",
        ),
        (
            format!("{complete}&token=t"),
            "`oauth.…` and a user or token are specified",
        ),
        (
            format!("{complete}&username=ann"),
            "`oauth.…` and a user or token are specified",
        ),
        (
            format!("{complete}&tls_verify=none"),
            "`tls_verify=none` would send the secrets",
        ),
        (
            format!("{complete}&oauth.scope=a&oauth.scope=b"),
            "`oauth.scope` is specified more than once",
        ),
    ] {
        let error = parse(&query).unwrap_err();
        assert!(error.contains(expected), "{query}: {error}");
        assert!(
            !error.contains("example") || error.contains("such as"),
            "{error}"
        );
    }
    for accepted in [
        "http://localhost:8080/t",
        "http://127.0.0.1/t",
        "http://[::1]:1/t",
    ] {
        let _ = parse(&uri(accepted)).unwrap();
    }
}

#[cfg(feature = "oauth")]
#[test]
fn tls_options_apply_to_the_token_server() {
    let plaintext = |query: &str| {
        let oauth = "oauth.flow=client_credentials&oauth.client_id=i&oauth.client_secret=s";
        let url = format!("flightsql+tcp://h:1?{oauth}&oauth.token_uri={URI}&{query}");
        url.parse::<ConnectOptions>()
            .map_err(|error| error.to_string())
    };
    let _ = plaintext("tls_ca=/ca.pem").unwrap();
    let error = plaintext("tls_server_name=x").unwrap_err();
    assert!(error.contains("`tls_server_name` has no effect"), "{error}");
}

#[test]
fn names_of_other_drivers_are_answered_with_ours() {
    for (name, ours) in [
        ("oauth.clientId", "oauth.client_id"),
        ("oauth.clientSecret", "oauth.client_secret"),
        ("oauth.tokenUri", "oauth.token_uri"),
        ("oauth.resource", "oauth.exchange.resource"),
        (
            "oauth.exchange.subjectToken",
            "oauth.exchange.subject_token",
        ),
        (
            "oauth.exchange.subjectTokenType",
            "oauth.exchange.subject_token_type",
        ),
        ("oauth.exchange.actorToken", "oauth.exchange.actor_token"),
        (
            "oauth.exchange.requestedTokenType",
            "oauth.exchange.requested_token_type",
        ),
        ("adbc.flight.sql.oauth.token_uri", "oauth.token_uri"),
    ] {
        let error = parse(&format!("{name}=x")).unwrap_err();
        let expected = format!("unknown option \"{name}\", did you mean `{ours}`?");
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn prints_no_secret() {
    const PLANTED: &str = "pl4nted-s3cret";
    let oauth = OAuth::token_exchange(format!("{URI}?key={PLANTED}"), PLANTED, JWT)
        .client("id", PLANTED)
        .actor_token(PLANTED, JWT);
    let options = base().oauth(oauth.clone());
    for text in [
        format!("{oauth:?}"),
        format!("{options:#?}"),
        options.to_url_lossy().to_string(),
    ] {
        assert!(!text.contains(PLANTED), "{text}");
    }
    assert!(format!("{oauth:?}").contains(URI));
    assert!(options.to_url_with_secrets().as_str().contains(PLANTED));
}

#[cfg(not(feature = "oauth"))]
#[test]
fn a_build_without_oauth_names_the_feature() {
    let error = parse("oauth.flow=client_credentials").unwrap_err();
    assert!(
        error.contains("require the cargo feature `oauth`"),
        "{error}"
    );
}

#[test]
fn a_url_contains_no_command() {
    for (name, flag) in [
        ("password_command", "--password-command"),
        ("token-command", "--token-command"),
    ] {
        let error = parse(&format!("{name}=rm")).unwrap_err();
        assert!(error.contains("must not be in a URL"), "{error}");
        assert!(error.contains(flag), "{error}");
    }
    let options = base().username("ann").password_command("echo pl4nted");
    assert_eq!(options.get_username(), Some("ann"));
    for url in [options.to_url_lossy(), options.to_url_with_secrets()] {
        assert_eq!(url.as_str(), "flightsql://ann@h:1");
    }
    let token = base().token_command("echo pl4nted");
    for text in [
        format!("{options:?}"),
        format!("{token:?}"),
        token.to_url_with_secrets().into(),
    ] {
        assert!(!text.contains("pl4nted"), "{text}");
    }
    for empty in [base().password_command(" "), base().token_command("")] {
        let error = empty.check().unwrap_err().to_string();
        assert!(error.contains("_command` must not be empty"), "{error}");
    }
    // The last of both sets the password.
    let options = base().username("ann").password_command("x").password("p");
    assert_eq!(
        options.to_url_with_secrets().as_str(),
        "flightsql://ann:p@h:1"
    );
}

#[cfg(feature = "oauth")]
#[test]
fn a_printed_url_without_its_token_server_is_valid() {
    let oauth = OAuth::client_credentials(URI, "id", "pl4nted");
    let plaintext = base().plaintext().oauth(oauth.clone());
    let pem = "-----BEGIN CERTIFICATE-----";
    for options in [
        plaintext.clone().tls_ca_file("/ca.pem"),
        plaintext.clone().tls_ca_pem(pem).tls_system_roots(true),
        plaintext.clone().tls_client_identity_files("/c", "/k"),
    ] {
        options.check().unwrap();
        let url = options.to_url_lossy();
        assert_eq!(url.as_str(), "flightsql+tcp://h:1");
        let _ = ConnectOptions::parse_url(&url, &[]).unwrap();
    }
    // TLS of the server itself, and of endpoints, stays.
    let tls = base().oauth(oauth).tls_ca_file("/ca.pem");
    assert_eq!(tls.to_url_lossy().query(), Some("tls_ca=/ca.pem"));
    let elsewhere = plaintext.tls_ca_file("/ca.pem").location_allow("be");
    let url = elsewhere.to_url_lossy();
    assert!(url.query().unwrap().contains("tls_ca=/ca.pem"), "{url}");
    let _ = ConnectOptions::parse_url(&url, &[]).unwrap();
}

#[test]
fn debug_of_an_unchecked_token_uri_prints_no_secret() {
    for uri in [
        "https://pl4nted:pl4nted@login/token?pl4nted",
        "https://pl4nted@login/token#pl4nted",
        "pl4nted",
        "https://pl4nted@[/",
    ] {
        let text = format!("{:?}", OAuth::client_credentials(uri, "id", "secret"));
        assert!(!text.contains("pl4nted"), "{text}");
    }
}

#[test]
fn a_url_with_another_spelling_of_a_command_is_refused() {
    for name in [
        "token%5Fcommand",
        "token%2Dcommand",
        "TOKEN_COMMAND",
        "Password-Command",
        "tokencommand",
        "token.command",
    ] {
        let error = parse(&format!("{name}=echo%20pl4nted")).unwrap_err();
        assert!(!error.contains("pl4nted"), "{error}");
    }
}
