//! Floods of headers, trailers and cookies, and tokens that a server hands out.

use flightsql_testkit::{Reply, Script};

use super::perform::{Act, ints};
use super::{Attack, attack};

/// The plan of a result, with these headers.
fn planned(headers: impl IntoIterator<Item = (String, String)>) -> Reply {
    let reply = Reply::ticket(ints([]).schema(), "t");
    headers
        .into_iter()
        .fold(reply, |reply, (name, value)| reply.header(&name, value))
}

/// A case whose plan has these headers, before a valid result.
fn head<I: IntoIterator<Item = (String, String)>>(
    name: &'static str,
    headers: impl Fn() -> I + Send + Sync + 'static,
) -> Attack {
    attack(name, move || {
        Script::new().get_flight_info(planned(headers()).times(10))
    })
}

fn cookie(text: impl Into<String>) -> (String, String) {
    ("set-cookie".to_owned(), text.into())
}

pub(super) fn attacks() -> Vec<Attack> {
    const TOO_LARGE: &str = "its headers are larger than 1048576 bytes; raise `max_header_size`";
    // HTTP/2 ends a connection whose header block has no end in sight.
    let lost = |attack: Attack| {
        attack
            .fails("io ConnectionReset", "the connection was lost")
            .broken()
    };
    vec![
        head("ten_thousand_cookies", || {
            (0..10_000).map(|n| cookie(format!("c{n}=v{n}")))
        })
        .act(Act::Thrice)
        .harmless()
        .memory(),
        head("other_cookies_in_each_response", || {
            (0..40).map(|n| cookie(format!("c{n}={}", "x".repeat(4000))))
        })
        .act(Act::Thrice)
        .harmless()
        .memory(),
        head("cookie_of_60_kb", || {
            [cookie(format!("a={}", "x".repeat(60_000)))]
        })
        .act(Act::Thrice)
        .harmless(),
        lost(head("cookies_of_8_mb", || {
            (0..8000).map(|n| cookie(format!("c{n}={}", "x".repeat(1000))))
        }))
        .memory(),
        head("cookie_that_splits_headers", || {
            [
                cookie("a=b; Path=/; Domain=.example; SameSite=None"),
                cookie("=; ;;;=;"),
                cookie("a=\"b; Max-Age=99999999999999999999999999; Expires=Thu, 99 Foo 99999"),
                cookie("grpc-status=13"),
            ]
        })
        .act(Act::Thrice)
        .harmless(),
        head("cookie_for_other_servers", || {
            [cookie(
                "arrow_flight_session_id=x; Domain=localhost; Path=/",
            )]
        })
        .act(Act::Thrice)
        .harmless(),
        head("thousand_tokens", || {
            (0..1000).map(|n| ("authorization".to_owned(), format!("Bearer token-{n}")))
        })
        .act(Act::Thrice)
        .harmless(),
        // A token that is too long is not adopted: the server would refuse the headers of the next request.
        head("token_of_100_kb", || {
            let long = "x".repeat(100_000);
            [("authorization".to_owned(), format!("Bearer {long}"))]
        })
        .act(Act::Thrice)
        .harmless()
        .memory(),
        attack("three_tokens_of_60_kb", || {
            // Characters whose masks are three times as long.
            let token = |n: u32| format!("Bearer {n}{}", "/+=~".repeat(15_000));
            (0..3).fold(Script::new(), |script, n| {
                script.get_flight_info(planned([("authorization".to_owned(), token(n))]))
            })
        })
        .act(Act::Thrice)
        .harmless()
        .memory(),
        head("token_of_nothing", || {
            [("authorization".to_owned(), "Bearer ".to_owned())]
        })
        .act(Act::Thrice)
        .harmless(),
        head("token_of_another_scheme", || {
            [(
                "authorization".to_owned(),
                "Negotiate \u{7f}".replace('\u{7f}', "!"),
            )]
        })
        .act(Act::Thrice)
        .harmless(),
        attack("headers_of_1100_kb", || {
            let headers = (0..1100).map(|n| (format!("x-{n}"), "v".repeat(1000)));
            Script::new().get_flight_info(planned(headers))
        })
        .says(TOO_LARGE)
        .memory(),
        head("headers_of_900_kb", || {
            (0..900).map(|n| (format!("x-{n}"), "v".repeat(1000)))
        })
        .harmless()
        .memory(),
        lost(head("headers_of_4_mb", || {
            (0..4000).map(|n| (format!("x-{n}"), "v".repeat(1000)))
        }))
        .memory(),
        head("twenty_thousand_empty_headers", || {
            (0..20_000).map(|n| (format!("x-{n}"), String::new()))
        })
        .harmless()
        .memory(),
        attack("trailers_of_900_kb_after_a_result", || {
            let rows = ints([1]);
            let reply = Reply::batches(rows.schema(), [rows.clone()]);
            let reply = (0..900).fold(reply, |reply, n| {
                reply.trailer(&format!("x-{n}"), "v".repeat(1000))
            });
            Script::new()
                .get_flight_info(Reply::ticket(rows.schema(), "t"))
                .do_get(reply)
        })
        .harmless()
        .memory(),
        attack("trailers_of_4_mb_after_a_result", || {
            let rows = ints([1]);
            let reply = Reply::batches(rows.schema(), [rows.clone()]);
            let reply = (0..4000).fold(reply, |reply, n| {
                reply.trailer(&format!("x-{n}"), "v".repeat(1000))
            });
            Script::new()
                .get_flight_info(Reply::ticket(rows.schema(), "t"))
                .do_get(reply)
        })
        .fails("io ConnectionReset", "the connection was lost")
        .broken()
        .memory(),
        attack("trailers_of_4_mb_after_an_update", || {
            let reply = (0..4000).fold(Reply::update_count(1), |reply, n| {
                reply.trailer(&format!("x-{n}"), "v".repeat(1000))
            });
            Script::new().do_put(reply)
        })
        .act(Act::Update)
        .fails("io ConnectionReset", "the connection was lost")
        .broken()
        .memory(),
    ]
}
