//! Times of pings, by a clock that only tests move.

use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use http::Response;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tower_service::Service as _;

use super::{Pair, Server, pair, read, request};

const DEFAULT: &str = "flightsql+tcp://h:1";

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A server that gives each call to the test and answers pings meanwhile.
fn served(
    mut server: Server,
) -> (
    JoinHandle<()>,
    tokio::sync::mpsc::Receiver<SendResponse<Bytes>>,
) {
    let (calls, received) = tokio::sync::mpsc::channel(8);
    let task = tokio::spawn(async move {
        while let Some(Ok((_, respond))) = server.accept().await {
            let _ = calls.send(respond).await;
        }
    });
    (task, received)
}

/// Begins a call, and waits until the server has it.
async fn begin(
    pair: &mut Pair,
    calls: &mut tokio::sync::mpsc::Receiver<SendResponse<Bytes>>,
) -> (JoinHandle<()>, SendResponse<Bytes>) {
    let call = pair.client.call(request("x"));
    let call = tokio::spawn(async move {
        let answer = call.await.unwrap();
        read(answer.into_body()).await.unwrap();
    });
    (call, calls.recv().await.unwrap())
}

/// The seconds from now at which the socket is read, that is, at which pings are answered.
async fn reads(pair: &Pair, until: Duration) -> Vec<u64> {
    let begun = Instant::now();
    let mut times = Vec::new();
    let mut before = pair.state.reads();
    while begun.elapsed() < until {
        sleep(seconds(1)).await;
        let now = pair.state.reads();
        if now != before {
            times.push(begun.elapsed().as_secs());
            before = now;
        }
    }
    times
}

#[tokio::test(start_paused = true)]
async fn i1_one_early_ping_and_then_at_the_interval() {
    let (mut pair, server) = pair(DEFAULT).await;
    let (served, mut calls) = served(server);
    let (call, mut respond) = begin(&mut pair, &mut calls).await;
    let times = reads(&pair, seconds(3_600)).await;
    let (first, later) = times.split_first().unwrap();
    assert!((20..=32).contains(first), "{times:?}");
    assert_eq!(later.len(), 10, "{times:?}");
    for pair in times.windows(2) {
        assert!((330..=332).contains(&(pair[1] - pair[0])), "{times:?}");
    }
    // What the server says forgives the pings, so the next silence has an early one again.
    respond.send_response(Response::new(()), true).unwrap();
    call.await.unwrap();
    let (call, mut respond) = begin(&mut pair, &mut calls).await;
    let times = reads(&pair, seconds(300)).await;
    assert_eq!(times.len(), 1, "{times:?}");
    assert!((20..=32).contains(&times[0]), "{times:?}");
    respond.send_response(Response::new(()), true).unwrap();
    call.await.unwrap();
    // Nothing is open now, so no pings are sent.
    assert_eq!(reads(&pair, seconds(3_600)).await, [0_u64; 0]);
    assert!(pair.state.is_open() && !pair.state.is_silent());
    drop(pair);
    served.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn i1_answer_that_nobody_reads_is_no_reason_to_ping() {
    let (mut pair, server) = pair(DEFAULT).await;
    let (_served, mut calls) = served(server);
    let answer = pair.client.call(request("x"));
    let answer = tokio::spawn(answer);
    let mut respond = calls.recv().await.unwrap();
    let mut stream = respond.send_response(Response::new(()), false).unwrap();
    stream.send_data(Bytes::from_static(b"all"), true).unwrap();
    let answer = answer.await.unwrap().unwrap();
    assert_eq!(reads(&pair, seconds(3_600)).await, [0_u64; 0]);
    assert_eq!(read(answer.into_body()).await.unwrap().0, b"all");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_no_ping_is_given_up() {
    let (mut pair, server) = pair(DEFAULT).await;
    let start = Instant::now();
    // Held and never polled: the peer is there and says nothing.
    let error = pair.client.call(request("")).await.unwrap_err();
    let waited = start.elapsed();
    assert!((seconds(30)..seconds(43)).contains(&waited), "{waited:?}");
    assert!(error.is_io(), "{error:?}");
    assert!(pair.state.is_silent() && !pair.state.is_open());
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn i2_question_to_a_dead_peer_closes_its_socket() {
    let (pair, server) = pair(DEFAULT).await;
    // The server's settings arrive before the question. After it, they would be an answer.
    sleep(seconds(1)).await;
    let start = Instant::now();
    let asked = [pair.state.is_answering(), pair.state.is_answering()];
    assert_eq!(futures_util::future::join_all(asked).await, [false, false]);
    let waited = start.elapsed();
    assert!((seconds(10)..seconds(13)).contains(&waited), "{waited:?}");
    assert!(pair.state.is_silent());
    assert!(!pair.state.is_answering().await);
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn i2_questions_are_no_more_than_a_server_allows() {
    let (pair, server) = pair(DEFAULT).await;
    let (_served, _calls) = served(server);
    sleep(seconds(1)).await;
    let before = pair.state.reads();
    for _ in 0..20 {
        sleep(seconds(10)).await;
        assert!(pair.state.is_answering().await);
    }
    assert_eq!(pair.state.reads() - before, 2);
}

#[tokio::test(start_paused = true)]
async fn i2_without_pings_an_open_socket_counts_as_alive() {
    let (mut pair, server) = pair("flightsql+tcp://h:1?keep_alive_interval=0").await;
    let (_served, mut calls) = served(server);
    assert!(pair.state.is_answering().await);
    let (call, mut respond) = begin(&mut pair, &mut calls).await;
    assert_eq!(reads(&pair, seconds(3_600)).await, [0_u64; 0]);
    respond.send_response(Response::new(()), true).unwrap();
    call.await.unwrap();
}
