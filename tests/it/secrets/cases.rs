//! Connect options with secrets of each kind.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flightsql::FlightSqlConnectOptions;
#[cfg(feature = "oauth")]
use flightsql::options::OAuth;
use flightsql::options::{BoxError, Token, TokenProvider};
use flightsql_testkit::{ProxyServer, TestServer};
#[cfg(feature = "oauth")]
use flightsql_testkit::{TokenReply, TokenServer};

use super::observed::{Events, observed};
use super::planted::*;
use crate::common::options;

/// Options of one kind, and the secrets that the server gets by them.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) options: FlightSqlConnectOptions,
    pub(super) known: Vec<&'static str>,
    /// The events of the observer of the options.
    pub(super) events: Events,
    _proxy: Option<ProxyServer>,
    #[cfg(feature = "oauth")]
    _tokens: Option<TokenServer>,
}

#[derive(Debug)]
struct Provider;

#[async_trait::async_trait]
impl TokenProvider for Provider {
    async fn token(&self) -> Result<Token, BoxError> {
        Ok(Token::bearer(PROVIDED))
    }
}

/// Options with a header, a binary header and a session option, and this login and query.
fn planted(server: &TestServer, login: &str, query: &str) -> FlightSqlConnectOptions {
    let (address, binary) = (server.address(), STANDARD.encode(BINARY));
    options(&format!(
        "flightsql+tcp://{login}{address}?header.x-api-key={HEADER}&header.x-key-bin={binary}\
         &session.tenant={SESSION}&{query}"
    ))
}

/// User and password, which the server exchanges for a token.
pub(super) fn password(server: &TestServer, query: &str) -> Case {
    let login = format!("ann:{PASSWORD}@");
    case("password", planted(server, &login, query), &[PASSWORD])
}

/// All kinds of credentials.
pub(super) async fn all(server: &TestServer) -> Vec<Case> {
    let query = |query: &str| planted(server, "", &format!("retries=0&{query}"));
    let login = format!("ann:{PASSWORD}@");
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("secrets-token");
    std::fs::write(&path, TOKEN_OF_FILE).unwrap();
    let by_file = format!("token_file={}", path.display());
    let authorization = AUTHORIZATION.replace(' ', "%20");
    let mut cases = vec![
        password(server, "retries=0"),
        case(
            "basic",
            planted(server, &login, "retries=0&auth=basic"),
            &[PASSWORD],
        ),
        case(
            "shared",
            planted(server, &login, "retries=0&login=shared"),
            &[PASSWORD],
        ),
        case("token", query(&format!("token={TOKEN}")), &[TOKEN]),
        case(
            "literal",
            query(&format!("token={TOKEN}&dialect=sqlite&binds=literal")),
            &[TOKEN],
        ),
        case("token_file", query(&by_file), &[TOKEN_OF_FILE]),
        case(
            "authorization",
            query(&format!("authorization={authorization}")),
            &[AUTHORIZATION],
        ),
        case("provider", query("").token_provider(Provider), &[PROVIDED]),
        #[cfg(unix)]
        case(
            "command",
            query("").token_command(&format!("echo {COMMAND}")),
            &[COMMAND],
        ),
    ];
    cases.push(proxy(query(&format!("token={TOKEN}"))).await);
    #[cfg(feature = "profile")]
    cases.extend(super::profiles::cases(server));
    #[cfg(feature = "oauth")]
    cases.push(oauth(query("")).await);
    cases
}

/// A proxy with credentials, which it may have told the server.
async fn proxy(options: FlightSqlConnectOptions) -> Case {
    let proxy = ProxyServer::start().await.unwrap();
    proxy.require("proxy-user", PROXY);
    let address = format!("http://proxy-user:{PROXY}@{}", proxy.address());
    Case {
        _proxy: Some(proxy),
        ..case("proxy", options.proxy(&address), &[TOKEN, PROXY])
    }
}

#[cfg(feature = "oauth")]
async fn oauth(options: FlightSqlConnectOptions) -> Case {
    let tokens = TokenServer::start().await.unwrap();
    let body = format!(r#"{{"access_token":"{OAUTH}","token_type":"Bearer","expires_in":3600}}"#);
    // A refused token is requested again.
    for _ in 0..1000 {
        tokens.reply_with(TokenReply::json(200, body.clone()));
    }
    let oauth = OAuth::client_credentials(tokens.uri(), "client", CLIENT_SECRET);
    Case {
        _tokens: Some(tokens),
        ..case("oauth", options.oauth(oauth), &[OAUTH, CLIENT_SECRET])
    }
}

pub(super) fn case(
    name: &'static str,
    options: FlightSqlConnectOptions,
    secrets: &[&'static str],
) -> Case {
    let mut known = vec![HEADER, BINARY, SESSION];
    known.extend(secrets);
    let events = Events::default();
    Case {
        name,
        options: observed(options, &events),
        known,
        events,
        _proxy: None,
        #[cfg(feature = "oauth")]
        _tokens: None,
    }
}
