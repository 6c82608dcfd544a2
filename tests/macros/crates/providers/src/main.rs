//! A program with both providers of rustls, and without a default one: the driver and the test server use `ring`.

use flightsql::{Connection as _, FlightSqlConnectOptions, FlightSqlConnection, query_scalar};
use flightsql_testkit::{TestServer, Tls};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    let tls = Tls::generated();
    let ca = tls.ca_pem().expect("a generated authority").to_owned();
    let server = TestServer::builder().tls(tls).start().await?;
    let options: FlightSqlConnectOptions = server.url().parse()?;
    let options = options.tls_ca_pem(&ca);
    let mut connection = FlightSqlConnection::connect_with(&options).await?;
    let two: i64 = query_scalar("SELECT 1 + 1").fetch_one(&mut connection).await?;
    connection.close().await?;
    println!("{two}");
    Ok(())
}
