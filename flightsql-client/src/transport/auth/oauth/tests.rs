//! The form of the request, and each kind of response.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::StatusCode;
use url::Url;

use super::super::super::http1::Response;
use super::{form, response, secrets_of};
use crate::error::Error;
use crate::options::{ClientAuth, OAuth, Token};

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

fn client() -> OAuth {
    OAuth::client_credentials("https://login/t", "id:é", "s e+c")
}

fn exchange() -> OAuth {
    OAuth::token_exchange("https://login/t", "sub", JWT)
}

fn sent(oauth: &OAuth) -> (Option<String>, String) {
    let (header, form) = form::of(oauth);
    let header = header.map(|header| header.expose().to_owned());
    (header, String::from_utf8(form.to_vec()).unwrap())
}

fn read(oauth: &OAuth, status: u16, body: &str) -> Result<Token, Error> {
    let response = Response {
        status: StatusCode::from_u16(status).unwrap(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    };
    let secrets = secrets_of(oauth);
    let mask = |text: &str| secrets.mask(text, std::iter::empty());
    let uri = Url::parse("https://login/t").unwrap();
    response::token(oauth, &uri, &response, &mask)
}

#[test]
fn encodes_the_client_before_basic() {
    // base64("id%3A%C3%A9:s+e%2Bc")
    let header = "Basic aWQlM0ElQzMlQTk6cytlJTJCYw==";
    let (authorization, form) = sent(&client().scope("a b"));
    assert_eq!(authorization.as_deref(), Some(header));
    assert_eq!(form, "grant_type=client_credentials&scope=a+b");
    let (authorization, form) = sent(&client().client_auth(ClientAuth::Body));
    assert_eq!(authorization, None);
    assert_eq!(
        form,
        "grant_type=client_credentials&client_id=id%3A%C3%A9&client_secret=s+e%2Bc"
    );
}

#[test]
fn a_public_client_sends_its_id_in_the_form() {
    let mut oauth = exchange();
    oauth.client_id = Some("id".to_owned());
    let (authorization, form) = sent(&oauth);
    assert_eq!(authorization, None);
    assert!(form.ends_with("&client_id=id"), "{form}");
}

#[test]
fn reads_tokens() {
    for (oauth, body, life) in [
        (
            client(),
            r#"{"access_token":"t","token_type":"Bearer","expires_in":60}"#,
            60,
        ),
        (
            client(),
            r#"{"access_token":"t","token_type":"BEARER","expires_in":"60"}"#,
            60,
        ),
        (
            client(),
            r#"{"access_token":"t","token_type":"bearer","expires_in":60.9}"#,
            60,
        ),
        (
            client(),
            r#"{"access_token":"t","token_type":"bearer"}"#,
            3600,
        ),
        (
            client(),
            r#"{"access_token":"t","expires_in":null,"error":null}"#,
            3600,
        ),
        (
            exchange(),
            r#"{"access_token":"t","token_type":"N_A","issued_token_type":"x"}"#,
            3600,
        ),
    ] {
        let token = read(&oauth, 200, body).unwrap();
        assert_eq!(token.authorization.expose(), "Bearer t");
        let left = token
            .expires
            .unwrap()
            .duration_since(SystemTime::now())
            .unwrap();
        let life = Duration::from_secs(life);
        assert!(
            left <= life + Duration::from_secs(1) && left + Duration::from_secs(5) > life,
            "{body}"
        );
    }
    let endless = r#"{"access_token":"t","token_type":"bearer","expires_in":1e300}"#;
    assert_eq!(read(&client(), 200, endless).unwrap().expires, None);
}

#[test]
fn rejects_responses_without_a_usable_token() {
    for (status, body, expected) in [
        (
            200,
            "<html>Log in</html>",
            "did not respond with a JSON object",
        ),
        (200, "[1]", "did not respond with a JSON object"),
        (200, "", "did not respond with a JSON object"),
        (200, "{}", "without `access_token`"),
        (200, r#"{"access_token":""}"#, "without `access_token`"),
        (200, r#"{"access_token":7}"#, "without `access_token`"),
        (200, r#"{"access_token":"a\nb"}"#, "cannot be a header"),
        (
            200,
            r#"{"access_token":"t","token_type":"mac"}"#,
            "type `mac`",
        ),
        (
            200,
            r#"{"access_token":"t","token_type":"N_A"}"#,
            "type `N_A`",
        ),
        (
            200,
            r#"{"access_token":"t","expires_in":0}"#,
            "already expired",
        ),
        (
            200,
            r#"{"access_token":"t","expires_in":-5}"#,
            "already expired",
        ),
        (
            200,
            r#"{"access_token":"t","expires_in":"soon"}"#,
            "not a number",
        ),
        (
            200,
            r#"{"access_token":"t","expires_in":"NaN"}"#,
            "not a number",
        ),
        (302, r#"{"access_token":"t"}"#, "the redirect 302"),
        (307, "", "the redirect 307"),
        (
            404,
            "<html>",
            "status 404 and without an error of OAuth; check `oauth.token_uri`",
        ),
        (400, r#"{"error":{"code":7}}"#, "status 400 and without"),
    ] {
        let error = read(&client(), status, body).unwrap_err();
        assert!(error.is_protocol(), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(expected), "{body}: {text}");
        assert!(text.contains("the token server login"), "{text}");
    }
    for status in [500, 503, 429] {
        let error = read(&client(), status, "<html>").unwrap_err();
        assert!(
            error.is_io() && error.to_string().contains("try again later"),
            "{error}"
        );
    }
}

#[test]
fn reports_errors_of_the_token_server() {
    let long = "x".repeat(5000);
    for (oauth, body, expected) in [
        (
            client(),
            r#"{"error":"invalid_client","error_description":"no such\u001b[2J client","error_uri":"https://x"}"#.to_owned(),
            "the token server login refused the client credentials: invalid_client (no such [2J client); check `oauth.client_id`",
        ),
        (exchange(), r#"{"error":"invalid_grant"}"#.to_owned(), "refused the token exchange: invalid_grant; check the tokens"),
        (exchange(), r#"{"error":"invalid_target"}"#.to_owned(), "`oauth.exchange.aud`"),
        (client(), r#"{"error":"invalid_scope"}"#.to_owned(), "check `oauth.scope`"),
        (client(), r#"{"error":"unauthorized_client"}"#.to_owned(), "allow this flow"),
        (client(), format!(r#"{{"error":"{long}","error_description":"{long}"}}"#), "x… ("),
    ] {
        let error = read(&oauth, 400, &body).unwrap_err();
        assert!(error.is_configuration(), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        assert!(text.len() < 700 && !text.contains('\u{1b}') && !text.contains("https"), "{text}");
    }
}

#[test]
fn cuts_no_secret_in_two() {
    let secret = "pl4nted-cl1ent\u{1b}-secret";
    let oauth = OAuth::client_credentials("https://login/t", "id", secret);
    for (name, other) in [
        ("error", "x"),
        ("error_description", "error"),
        ("token_type", "access_token"),
    ] {
        for start in 180..=200 {
            let body = serde_json::json!({ other: "t", name: "x".repeat(start) + secret });
            let error = read(&oauth, 200, &body.to_string()).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("xxx") && !text.contains("pl4"), "{text}");
        }
    }
}

#[test]
fn masks_a_repeated_form() {
    let oauth = OAuth::client_credentials("https://login/t", "id", "pl4nted secret*");
    let (_, form) = sent(&oauth.clone().client_auth(ClientAuth::Body));
    let body = serde_json::json!({ "error": "invalid_request", "error_description": form });
    let text = read(&oauth, 400, &body.to_string())
        .unwrap_err()
        .to_string();
    assert!(text.contains("client_secret=***)"), "{text}");
}
