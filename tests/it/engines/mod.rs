//! Engines simulated by a scripted server; tests check the messages in both directions.

mod gizmosql;
mod liar;
mod quarry;

#[path = "../../../examples/custom_dialect/engine/mod.rs"]
mod engine;

use std::sync::Arc;

use flightsql::dialect::DialectProfile;
use flightsql::{ConnectOptions, FlightSqlConnectOptions, FlightSqlConnection};
use flightsql_testkit::TestServer;

use self::engine::player::{Engine, Player};

/// A server that simulates the engine, and a connection with a dialect.
async fn play<E: Engine>(
    engine: E,
    dialect: DialectProfile,
) -> (Arc<Player<E>>, TestServer, FlightSqlConnection) {
    let player = Player::new(engine);
    let server = TestServer::scripted(player.script()).await.unwrap();
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let options = options.dialect(Arc::new(dialect));
    let connection = options.connect().await.unwrap();
    (player, server, connection)
}
