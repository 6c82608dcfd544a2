//! Peers that break the rules of HTTP/2, or of gRPC over it.

use super::peer::{
    ACK, CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, OK, PADDED, PING,
    PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, frame, head, header, message, opening,
    setting, trailers,
};
use super::{Attack, peer};

const LOST: &str = "io ConnectionReset";

/// A peer that sends these frames in reply to the first request, whose stream is 1, and then works.
fn replies(name: &'static str, frames: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Attack {
    peer(name, move |mut peer| {
        let frames = frames();
        async move {
            peer.request().await?;
            peer.send(frames).await?;
            peer.refuse().await
        }
    })
}

/// A peer that sends these frames in reply to the read of a result, whose stream is 3, and then works.
fn reads(name: &'static str, frames: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Attack {
    peer(name, move |mut peer| {
        let frames = frames();
        async move {
            peer.planned().await?;
            peer.send(frames).await?;
            peer.refuse().await
        }
    })
}

/// A peer that sends these frames in reply to the first request, and closes its socket.
fn ends_with(name: &'static str, frames: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Attack {
    peer(name, move |mut peer| {
        let frames = frames();
        async move {
            peer.request().await?;
            peer.send(frames).await
        }
    })
}

fn go_away(last: u32, code: u32, text: &[u8]) -> Vec<u8> {
    let mut payload = last.to_be_bytes().to_vec();
    payload.extend(code.to_be_bytes());
    payload.extend(text);
    frame(GOAWAY, 0, 0, payload)
}

fn reset(stream: u32, code: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, code.to_be_bytes())
}

/// The headers of a response with this block.
fn headers(stream: u32, flags: u8, block: impl AsRef<[u8]>) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | flags, stream, block)
}

pub(super) fn attacks() -> Vec<Attack> {
    [ends(), streams(), settings(), blocks(), grpc()]
        .into_iter()
        .flatten()
        .collect()
}

/// Ends of the connection and of streams.
fn ends() -> Vec<Attack> {
    vec![
        peer("goaway_before_every_reply", |mut peer| async move {
            peer.request().await?;
            peer.send(go_away(0, 0, b"")).await?;
            peer.wait().await
        })
        .fails(LOST, "GOAWAY NO_ERROR")
        .broken(),
        ends_with("goaway_with_60_kb_of_text", || {
            go_away(1, 2, &[b'x'; 60_000])
        })
        .fails(LOST, "GOAWAY INTERNAL_ERROR: xxx")
        .broken(),
        ends_with("goaway_with_text_that_is_no_text", || {
            go_away(1, 11, b"\xff\x00\x1b[31m")
        })
        .fails(LOST, "GOAWAY ENHANCE_YOUR_CALM")
        .broken(),
        ends_with("goaway_of_an_unknown_code", || go_away(1, 0xffff_ffff, b""))
            .fails(LOST, "GOAWAY")
            .broken(),
        replies("reset_instead_of_a_reply", || reset(1, 2))
            .fails("server INTERNAL", "reset the HTTP/2 stream: INTERNAL_ERROR"),
        replies("reset_of_an_unknown_code", || reset(1, 0xffff))
            .fails("server UNKNOWN", "reset the HTTP/2 stream"),
        peer("refuses_every_stream", |mut peer| async move {
            loop {
                let stream = peer.request().await?;
                peer.send(reset(stream, 7)).await?;
            }
        })
        .fails("server UNAVAILABLE", "REFUSED_STREAM")
        .after("Err(Database(FlightSqlDatabaseError(ServerError { status: Unavailable"),
        reads("reset_in_the_middle_of_a_result", || {
            [opening(3), frame(DATA, 0, 3, [0, 0, 0]), reset(3, 8)].concat()
        })
        .fails("server CANCELLED", "reset the HTTP/2 stream: CANCEL"),
        reads("end_in_the_middle_of_a_message", || {
            [
                opening(3),
                frame(DATA, 0, 3, [0, 0, 0, 0, 9, 0x12]),
                trailers(3, "0"),
            ]
            .concat()
        })
        .says("the stream ended in the middle of a message"),
        peer("close_in_the_middle_of_a_frame", |mut peer| async move {
            peer.request().await?;
            let bytes = opening(1);
            peer.send(&bytes[..bytes.len() - 4]).await
        })
        .fails(LOST, "the connection was lost")
        .broken(),
    ]
}

/// Frames in states of a stream that do not allow them.
fn streams() -> Vec<Attack> {
    let lost = |attack: Attack| attack.fails(LOST, "the connection was lost").broken();
    vec![
        lost(replies("data_of_a_stream_that_never_was", || {
            message(99, b"x")
        })),
        lost(replies("headers_of_a_stream_that_never_was", || {
            opening(99)
        })),
        lost(replies("headers_of_an_even_stream", || opening(2))),
        lost(replies("reset_of_a_stream_that_never_was", || reset(99, 0))),
        lost(replies("reset_of_stream_zero", || reset(0, 0))),
        lost(replies("data_before_headers", || message(1, b"x"))),
        lost(replies("data_of_stream_zero", || message(0, b"x"))),
        reads("data_after_the_end_of_the_stream", || {
            [opening(3), trailers(3, "0"), message(3, b"x")].concat()
        })
        .harmless(),
        reads("trailers_without_an_end", || {
            let open = headers(3, 0, header("grpc-status", "0"));
            [opening(3), open].concat()
        })
        .says("the server's response is malformed"),
        lost(replies("push_promise", || {
            let mut payload = 2_u32.to_be_bytes().to_vec();
            payload.extend(head());
            frame(PUSH_PROMISE, END_HEADERS, 1, payload)
        })),
        lost(replies("window_update_of_zero", || {
            frame(WINDOW_UPDATE, 0, 0, [0; 4])
        })),
        lost(replies("window_beyond_2_gib", || {
            let most = 0x7fff_ffff_u32.to_be_bytes();
            [
                frame(WINDOW_UPDATE, 0, 0, most),
                frame(WINDOW_UPDATE, 0, 0, most),
            ]
            .concat()
        })),
        reads("more_data_than_the_window", || {
            let mut bytes = opening(3);
            // The window of a stream is 1 MiB on loopback, and a frame has at most 1 MiB.
            for _ in 0..40 {
                bytes.extend(frame(DATA, 0, 3, vec![0; 1_000_000]));
            }
            bytes
        })
        .says(""),
        lost(replies("frame_longer_than_allowed", || {
            frame(DATA, 0, 1, vec![0; (1 << 20) + 1])
        })),
        lost(replies("padding_longer_than_its_frame", || {
            frame(DATA, PADDED, 1, [200, 0, 0])
        })),
        lost(replies("ping_of_seven_bytes", || frame(PING, 0, 0, [0; 7]))),
        lost(replies("reset_of_three_bytes", || {
            frame(RST_STREAM, 0, 1, [0; 3])
        })),
        replies("reply_to_a_ping_that_was_not_sent", || {
            [frame(PING, ACK, 0, [7; 8]), reset(1, 2)].concat()
        })
        .fails("server INTERNAL", "reset the HTTP/2 stream"),
    ]
}

fn settings() -> Vec<Attack> {
    let lost = |attack: Attack| attack.fails(LOST, "the connection was lost").broken();
    let settings =
        |name, id, value| replies(name, move || frame(SETTINGS, 0, 0, setting(id, value)));
    vec![
        lost(settings("frame_size_of_zero", 5, 0)),
        lost(settings("frame_size_of_4_gib", 5, u32::MAX)),
        lost(settings("initial_window_of_4_gib", 4, u32::MAX)),
        lost(settings("push_by_the_server", 2, 7)),
        lost(replies("settings_of_five_bytes", || {
            frame(SETTINGS, 0, 0, [0; 5])
        })),
        lost(replies("settings_of_a_stream", || {
            frame(SETTINGS, 0, 1, setting(3, 1))
        })),
        peer("no_stream_is_allowed", |mut peer| async move {
            peer.request().await?;
            peer.send(frame(SETTINGS, 0, 0, setting(3, 0))).await?;
            peer.send(reset(1, 7)).await?;
            peer.wait().await
        })
        .options("query_timeout=500ms")
        .fails("io TimedOut", "query_timeout")
        .after("Err(Io("),
        peer("no_window_for_a_request", |mut peer| async move {
            peer.send(frame(SETTINGS, 0, 0, setting(4, 0))).await?;
            peer.wait().await
        })
        .options("query_timeout=500ms")
        .fails("io TimedOut", "query_timeout")
        .after("Err(Io("),
    ]
}

/// Header blocks.
fn blocks() -> Vec<Attack> {
    let lost = |attack: Attack| attack.fails(LOST, "the connection was lost").broken();
    let malformed = |attack: Attack| attack.says("the server's response is malformed");
    vec![
        lost(replies("header_block_of_garbage", || {
            headers(1, 0, [0xff; 40])
        })),
        lost(replies("index_outside_of_the_table", || {
            headers(1, 0, [0xff, 0xff, 0x7f])
        })),
        lost(replies("table_size_of_4_gib", || {
            headers(1, 0, [0x3f, 0xe0, 0xff, 0xff, 0xff, 0x0f, OK])
        })),
        lost(replies("huffman_code_without_an_end", || {
            headers(1, 0, [0, 1, b'a', 0x84, 0xff, 0xff, 0xff, 0xff])
        })),
        lost(replies("continuation_without_headers", || {
            frame(CONTINUATION, END_HEADERS, 1, head())
        })),
        lost(replies("data_between_headers_and_continuation", || {
            [frame(HEADERS, 0, 1, head()), message(1, b"x")].concat()
        })),
        malformed(replies("no_status_of_http", || {
            headers(1, 0, header("content-type", "application/grpc"))
        })),
        lost(replies("status_of_http_that_is_no_number", || {
            headers(1, 0, header(":status", "two"))
        })),
        malformed(replies("two_statuses_of_http", || headers(1, 0, [OK, OK]))),
        lost(replies("header_name_in_capitals", || {
            headers(1, 0, [vec![OK], header("Content-Type", "x")].concat())
        })),
        malformed(replies("connection_header", || {
            headers(1, 0, [vec![OK], header("connection", "close")].concat())
        })),
        replies("request_header_in_a_response", || {
            headers(1, END_STREAM, [vec![OK], header(":path", "/")].concat())
        })
        .fails("server UNKNOWN", "grpc-status"),
        lost(replies("line_break_in_a_header", || {
            headers(1, 0, [vec![OK], header("a", "b\r\nc: d")].concat())
        })),
    ]
}

/// Responses that gRPC does not allow.
fn grpc() -> Vec<Attack> {
    vec![
        replies("http_status_without_a_page", || {
            headers(1, END_STREAM, [0x8e])
        })
        .fails("server UNKNOWN", "HTTP 500"),
        replies("page_of_a_proxy", || {
            let mut block = header(":status", "502");
            block.extend(header("content-type", "text/html"));
            [
                headers(1, 0, block),
                frame(DATA, END_STREAM, 1, "<title>Down</title>"),
            ]
            .concat()
        })
        .fails(
            "server UNAVAILABLE",
            "HTTP 502 Bad Gateway with `text/html` instead of a gRPC response: Down",
        ),
        replies("status_that_is_no_number", || {
            let status = header("grpc-status", "many");
            headers(1, END_STREAM, [head(), status].concat())
        })
        .fails("server UNKNOWN", ""),
        replies("headers_without_an_end_status", || {
            headers(1, END_STREAM, head())
        })
        .fails("server UNKNOWN", "grpc-status"),
        reads("result_without_a_status", || {
            [opening(3), frame(DATA, END_STREAM, 3, [])].concat()
        })
        .fails("server UNKNOWN", "the response ended without a gRPC status"),
        reads("compressed_message", || {
            [opening(3), frame(DATA, 0, 3, [1, 0, 0, 0, 1, 0])].concat()
        })
        .says("a gRPC message is compressed"),
        reads("message_with_an_unknown_flag", || {
            [opening(3), frame(DATA, 0, 3, [7, 0, 0, 0, 1, 0])].concat()
        })
        .says("a message begins with the byte 7"),
        reads("message_that_claims_4_gib", || {
            [opening(3), frame(DATA, 0, 3, [0, 255, 255, 255, 255])].concat()
        })
        .says("raise `max_message_size`"),
        replies("plan_that_claims_4_gib", || {
            [opening(1), frame(DATA, 0, 1, [0, 255, 255, 255, 255])].concat()
        })
        .says("raise `max_message_size`"),
        replies("plan_that_is_compressed", || {
            [opening(1), frame(DATA, 0, 1, [1, 0, 0, 0, 1, 0])].concat()
        })
        .fails("server INTERNAL", "compressed"),
        replies("two_plans", || {
            [
                opening(1),
                message(1, b""),
                message(1, b""),
                trailers(1, "0"),
            ]
            .concat()
        })
        .says(""),
        replies("plan_that_is_no_message", || {
            [opening(1), message(1, [0xff; 30]), trailers(1, "0")].concat()
        })
        .fails("server INTERNAL", ""),
        reads("field_longer_than_its_message", || {
            [opening(3), message(3, [0x12, 0xff, 0xff, 0x7f])].concat()
        })
        .says("a field is longer than its message"),
        reads("number_of_eleven_bytes", || {
            [
                opening(3),
                message(
                    3,
                    [0x18; 1]
                        .iter()
                        .chain([0xff; 11].iter())
                        .copied()
                        .collect::<Vec<u8>>(),
                ),
            ]
            .concat()
        })
        .says("a number is too long"),
    ]
}
