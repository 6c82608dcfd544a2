//! Pings under the rule of gRPC's servers, with all times divided by 100: 5 minutes are 3 s.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use flightsql::dialect::{DialectProfile, Ping};
use flightsql::{
    ConnectOptions, Connection, Error, FlightSqlConnection, FlightSqlPoolOptions, query_scalar,
};
use flightsql_testkit::{Rpc, TestServer};

use super::wire_error;
use crate::common::{options, server};
use crate::relay::{PingRule, Relay, Rules};

const GO: PingRule = PingRule {
    min_time: Duration::from_secs(3),
    debug_data: b"too_many_pings",
};

/// The default interval, divided by 100.
const INTERVAL: &str = "keep_alive_interval=3300ms";

async fn strict(server: &TestServer, rule: PingRule) -> Relay {
    let rules = Rules {
        pings: Some(rule),
        ..Rules::default()
    };
    Relay::start(server, rules).await
}

/// A query to which the server responds after `silence`.
async fn silent(
    server: &TestServer,
    connection: &mut FlightSqlConnection,
    silence: Duration,
) -> Result<i64, Error> {
    let gate = server.gate(Rpc::GetFlightInfo);
    let query = query_scalar("SELECT 7").fetch_one(&mut *connection);
    let open = async {
        tokio::time::sleep(silence).await;
        drop(gate);
    };
    tokio::join!(query, open).0
}

#[tokio::test]
async fn i1_silent_query_outlives_the_rule() {
    let server = server().await;
    let relay = strict(&server, GO).await;
    let mut connection = FlightSqlConnection::connect(&relay.url(INTERVAL))
        .await
        .unwrap();
    // "400 s": early ping, and one at the interval.
    let seven = silent(&server, &mut connection, Duration::from_secs(4)).await;
    assert_eq!(seven.unwrap(), 7);
    assert_eq!((relay.pings(), relay.refused()), (2, 0));
    // Many silences of "40 s" with one ping each, and data after each resets the server's count.
    for _ in 0..8 {
        let seven = silent(&server, &mut connection, Duration::from_millis(400)).await;
        assert_eq!(seven.unwrap(), 7);
    }
    assert!((3..=10).contains(&relay.pings()), "{}", relay.pings());
    assert_eq!(relay.refused(), 0);
}

#[tokio::test]
async fn i1_paused_reader_keeps_its_connection() {
    let server = server().await;
    let relay = strict(&server, GO).await;
    let url = relay.url("keep_alive_interval=3300ms");
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let mut batches = connection.fetch_arrow("SELECT 7").await.unwrap();
    // The server has sent all and has no call: gRPC's rule for idle connections is 2 hours.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(relay.pings(), 0);
    let batch = futures_util::StreamExt::next(&mut batches).await.unwrap();
    assert_eq!(batch.unwrap().num_rows(), 1);
}

#[tokio::test]
async fn i1_idle_acquires_are_never_strikes() {
    let server = server().await;
    let relay = strict(&server, GO).await;
    // The dialect's own ping is not an RPC here, so no strike is reset.
    let mut dialect = DialectProfile::new("own");
    dialect.session.ping = Ping::Socket;
    let options = options(&relay.url(&format!("{INTERVAL}&ping_after=0s")));
    let options = options.dialect(Arc::new(dialect));
    let mut connection = options.connect().await.unwrap();
    for _ in 0..20 {
        connection.ping().await.unwrap();
    }
    assert_eq!((relay.pings(), relay.refused()), (2, 0));
}

#[tokio::test]
async fn i1_refused_pings_are_named_and_become_slower() {
    let server = server().await;
    let relay = strict(&server, GO).await;
    let url = relay.url("retries=0&keep_alive_interval=50ms");
    let pool = FlightSqlPoolOptions::new().max_connections(2).connect(&url);
    let pool = pool.await.unwrap();
    let silence = Duration::from_millis(1_600);
    let mut refused = 0;
    loop {
        let mut connection = pool.acquire().await.unwrap();
        match silent(&server, &mut connection, silence).await {
            Ok(seven) => {
                assert_eq!(seven, 7);
                break;
            }
            Err(error) => {
                let (kind, text) = wire_error(&error);
                assert_eq!(kind, ErrorKind::ConnectionReset);
                let said = "the connection was lost: the server sent GOAWAY ENHANCE_YOUR_CALM: \
                            too_many_pings; raise `keep_alive_interval`";
                assert!(text.ends_with(said), "{text}");
                refused += 1;
                assert_eq!(relay.refused(), refused);
                // The next user gets the reason too.
                let (_, text) = wire_error(&connection.ping().await.unwrap_err());
                assert!(text.contains("too_many_pings"), "{text}");
            }
        }
    }
    // 50, 100, 200 and 400 ms; at 800 ms a silence of 1.6 s has no third strike.
    assert!((2..=5).contains(&refused), "{refused}");
}

#[tokio::test]
async fn i1_refused_pings_in_a_transaction_and_in_batches() {
    let server = server().await;
    let relay = strict(&server, GO).await;
    let url = relay.url("retries=0&keep_alive_interval=50ms");
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    let error = silent(&server, &mut transaction, Duration::from_secs(1)).await;
    let (_, text) = wire_error(&error.unwrap_err());
    assert!(text.contains("too_many_pings"), "{text}");
    let (_, text) = wire_error(&transaction.commit().await.unwrap_err());
    assert!(text.contains("too_many_pings"), "{text}");

    let url = relay.url("retries=0&keep_alive_interval=51ms");
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let gate = server.gate(Rpc::DoGet);
    let opened = connection.fetch_arrow("SELECT 7").await;
    let error = match opened {
        Ok(mut batches) => futures_util::StreamExt::next(&mut batches)
            .await
            .unwrap()
            .unwrap_err(),
        Err(error) => error,
    };
    drop(gate);
    let (_, text) = wire_error(&error);
    assert!(text.contains("too_many_pings"), "{text}");
}

#[tokio::test]
async fn i1_debug_data_is_masked_escaped_and_short() {
    let server = TestServer::builder()
        .bearer("s3cret\"token")
        .start()
        .await
        .unwrap();
    let rule = PingRule {
        debug_data: b"token s3cret\"token \x1b[31m\xff end",
        ..GO
    };
    let relay = strict(&server, rule).await;
    let url = relay.url("retries=0&keep_alive_interval=50ms&token=s3cret%22token");
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let error = silent(&server, &mut connection, Duration::from_secs(2)).await;
    let error = error.unwrap_err();
    let (_, text) = wire_error(&error);
    assert!(
        text.ends_with(
            "GOAWAY ENHANCE_YOUR_CALM: token *** \\u{1b}[31m\u{fffd} end; it may have stopped or restarted"
        ),
        "{text}"
    );
    let debug = format!("{error:?} {error:#?}");
    assert!(!debug.contains("s3cret"), "{debug}");
}
