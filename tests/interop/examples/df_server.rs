//! DataFusion behind `datafusion-flight-sql-server` on the port that is given, for `tests/interop/run df`.

use std::error::Error;
use std::net::SocketAddr;

use datafusion::prelude::SessionContext;
use datafusion_flight_sql_server::service::FlightSqlService;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).ok_or("which port?")?.parse()?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let service = FlightSqlService::new(SessionContext::new().state());
    service
        .serve(address.to_string())
        .await
        .map_err(|error| error.to_string().into())
}
