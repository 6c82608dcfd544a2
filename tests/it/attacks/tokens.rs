//! Token servers of OAuth that flood, lie or hang.

use flightsql_testkit::TokenReply;

use super::perform::Act;
use super::{Attack, Target};

fn tokens(name: &'static str, reply: TokenReply) -> Attack {
    let attack = Attack::new(name, Target::Tokens(reply));
    attack.act(Act::Connect).after("unconnected")
}

fn token(rest: &str) -> TokenReply {
    TokenReply::json(200, format!(r#"{{"access_token":"t"{rest}}}"#))
}

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        tokens("token_response_without_an_end", TokenReply::endless())
            .says("is larger than 65536 bytes")
            .memory(),
        tokens("token_response_never", TokenReply::never())
            .options("connect_timeout=300ms")
            .fails("io TimedOut", "connect_timeout"),
        tokens("token_response_closed", TokenReply::close())
            .fails("io ConnectionAborted", "ended before the response"),
        tokens("token_page", TokenReply::html(200)).says("did not respond with a JSON object"),
        tokens(
            "token_redirect_to_the_metadata_service",
            TokenReply::redirect(307, "http://169.254.169.254/latest"),
        )
        .says("the redirect 307, which the client never follows"),
        tokens("token_of_50_kb", {
            let long = "x".repeat(50_000);
            TokenReply::json(
                200,
                format!(r#"{{"access_token":"{long}","token_type":"Bearer"}}"#),
            )
        })
        .harmless()
        .after("Err(Database("),
        tokens("token_nested_ten_thousand_times", {
            TokenReply::json(200, format!(r#"{{"a":{}"#, "[".repeat(10_000)))
        })
        .says("did not respond with a JSON object"),
        tokens(
            "token_that_is_a_list",
            TokenReply::json(200, r#"["access_token"]"#),
        )
        .says("did not respond with a JSON object"),
        tokens("token_that_is_a_number", {
            TokenReply::json(200, r#"{"access_token":7,"token_type":"Bearer"}"#)
        })
        .says("access_token"),
        tokens("token_with_a_line_break", {
            TokenReply::json(200, r#"{"access_token":"a\r\nb","token_type":"Bearer"}"#)
        })
        .says(""),
        tokens("token_of_another_type", token(r#","token_type":"mac""#)).says("type `mac`"),
        tokens(
            "token_that_has_expired",
            token(r#","token_type":"Bearer","expires_in":-9223372036854775808"#),
        )
        .says("has already expired"),
        tokens(
            "error_that_repeats_the_secret",
            TokenReply::error("bad", "planted is wrong"),
        )
        .fails("configuration", "*** is wrong"),
    ]
}
