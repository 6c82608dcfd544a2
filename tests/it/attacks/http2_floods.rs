//! Peers that never end: frames without content, header blocks, and silence.

use std::time::Duration;

use super::peer::{
    CONTINUATION, DATA, END_HEADERS, HEADERS, OK, PING, PRIORITY, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, frame, head, header, message, opening, setting,
};
use super::perform::Act;
use super::{Attack, peer};

const LOST: &str = "io ConnectionReset";

/// A peer that repeats these frames in place of the first reply, whose stream is 1.
fn floods(name: &'static str, frames: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Attack {
    let attack = peer(name, move |mut peer| {
        let frames = frames();
        async move {
            peer.request().await?;
            peer.flood(frames).await
        }
    });
    attack.options("query_timeout=400ms").memory()
}

/// A peer that repeats these frames in a result, whose stream is 3.
fn flooded_result(
    name: &'static str,
    frames: impl Fn() -> Vec<u8> + Send + Sync + 'static,
) -> Attack {
    let attack = peer(name, move |mut peer| {
        let frames = frames();
        async move {
            peer.planned().await?;
            peer.send(opening(3)).await?;
            peer.flood(frames).await
        }
    });
    attack
        .options("fetch_timeout=400ms&query_timeout=400ms&close_timeout=100ms")
        .after("Err(Io(")
        .memory()
}

pub(super) fn attacks() -> Vec<Attack> {
    let late = |attack: Attack| {
        attack
            .fails("io TimedOut", "query_timeout")
            .after("Err(Io(")
    };
    let lost = |attack: Attack| attack.fails(LOST, "the connection was lost").broken();
    vec![
        peer("ping_without_a_reply", |peer| peer.wait())
            .act(Act::Ping)
            .options("ping_after=0s&keep_alive_timeout=300ms&close_timeout=1s")
            .fails("io", "did not respond to an HTTP/2 ping")
            .broken(),
        late(floods("pings_without_end", || frame(PING, 0, 0, [1; 8]))),
        late(
            peer("pings_whose_replies_nobody_reads", |mut peer| async move {
                peer.request().await?;
                peer.flood_unread(frame(PING, 0, 0, [1; 8])).await
            })
            .options("query_timeout=400ms")
            .memory(),
        ),
        late(floods("settings_without_end", || {
            frame(SETTINGS, 0, 0, setting(3, 50))
        })),
        late(floods("priorities_without_end", || {
            frame(PRIORITY, 0, 1, [0, 0, 0, 0, 1])
        })),
        late(floods("unknown_frames_without_end", || {
            frame(0xbe, 0, 1, vec![7; 10_000])
        })),
        late(floods("interim_responses_without_end", || {
            let block = header(":status", "103");
            frame(HEADERS, END_HEADERS, 1, block)
        })),
        late(floods("interim_responses_of_60_kb", || {
            let mut block = header(":status", "103");
            block.extend(header("link", vec![b'x'; 60_000]));
            frame(HEADERS, END_HEADERS, 1, block)
        })),
        lost(floods("window_updates_without_end", || {
            frame(WINDOW_UPDATE, 0, 0, 1000_u32.to_be_bytes())
        })),
        floods("resets_without_end", || {
            frame(RST_STREAM, 0, 1, 8_u32.to_be_bytes())
        })
        .fails("server CANCELLED", "reset the HTTP/2 stream")
        .after("Err(Io("),
        lost(
            peer("continuations_without_end", |mut peer| async move {
                peer.request().await?;
                peer.send(frame(HEADERS, 0, 1, head())).await?;
                let more = header("a", vec![b'x'; 1000]);
                peer.flood(frame(CONTINUATION, 0, 1, more)).await
            })
            .memory(),
        ),
        lost(
            peer("empty_continuations_without_end", |mut peer| async move {
                peer.request().await?;
                peer.send(frame(HEADERS, 0, 1, head())).await?;
                peer.flood(frame(CONTINUATION, 0, 1, [])).await
            })
            .memory(),
        ),
        peer(
            "header_block_that_repeats_one_entry",
            |mut peer| async move {
                peer.request().await?;
                // One entry of 4000 bytes in the table, and 200 000 references to it: 800 MB of headers.
                let mut block = vec![OK, 0x40];
                block.extend(&header("bomb", vec![b'x'; 4000])[1..]);
                block.extend(vec![0x80 | 62; 200_000]);
                peer.send(frame(HEADERS, END_HEADERS, 1, block)).await?;
                peer.refuse().await
            },
        )
        .fails(LOST, "the connection was lost")
        .broken()
        .memory(),
        peer("header_of_8_mb", |mut peer| async move {
            peer.request().await?;
            peer.send(frame(
                HEADERS,
                0,
                1,
                [OK, 0, 1, b'a', 0x7f, 0x81, 0xa3, 0xe8, 0x03],
            ))
            .await?;
            let value = frame(CONTINUATION, 0, 1, vec![b'x'; 1 << 20]);
            peer.send(value.repeat(8)).await?;
            peer.wait().await
        })
        .fails(LOST, "")
        .broken()
        .memory(),
        lost(flooded_result("empty_frames_without_end", || {
            frame(DATA, 0, 3, [])
        })),
        flooded_result("empty_messages_without_end", || message(3, []))
            .fails("io TimedOut", "fetch_timeout"),
        lost(
            flooded_result("empty_frames_to_a_paused_reader", || frame(DATA, 0, 3, []))
                .act(Act::Paused),
        ),
        flooded_result("frames_of_one_byte", || frame(DATA, 0, 3, [0]))
            .fails("io TimedOut", "fetch_timeout"),
        peer("silence_instead_of_a_reply", |mut peer| async move {
            peer.request().await?;
            peer.refuse().await
        })
        .options("query_timeout=300ms")
        .fails("io TimedOut", "query_timeout"),
        peer(
            "silence_after_the_headers_of_a_plan",
            |mut peer| async move {
                peer.request().await?;
                peer.send(opening(1)).await?;
                peer.refuse().await
            },
        )
        .options("query_timeout=300ms")
        .fails("io TimedOut", "query_timeout"),
        peer("silence_in_the_middle_of_a_result", |mut peer| async move {
            peer.planned().await?;
            peer.send(opening(3)).await?;
            peer.send(frame(DATA, 0, 3, [0, 0, 1, 0, 0, 0x12])).await?;
            peer.refuse().await
        })
        .options("idle_timeout=300ms")
        .fails("io TimedOut", "idle_timeout"),
        peer("result_of_one_byte_at_a_time", |mut peer| async move {
            peer.planned().await?;
            peer.send(opening(3)).await?;
            peer.send(frame(DATA, 0, 3, [0, 0, 1, 0, 0])).await?;
            for _ in 0..20 {
                peer.send(frame(DATA, 0, 3, [0x1a])).await?;
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
            peer.refuse().await
        })
        .options("idle_timeout=5s&fetch_timeout=300ms")
        .fails("io TimedOut", "fetch_timeout"),
        peer("page_without_an_end", |mut peer| async move {
            peer.request().await?;
            let mut block = header(":status", "200");
            block.extend(header("content-type", "text/html"));
            peer.send(frame(HEADERS, END_HEADERS, 1, block)).await?;
            peer.flood(frame(DATA, 0, 1, vec![b' '; 10_000])).await
        })
        .fails(
            "server UNKNOWN",
            "with `text/html` instead of a gRPC response",
        )
        .after("Err(Io(")
        .options("query_timeout=2s")
        .memory(),
    ]
}
