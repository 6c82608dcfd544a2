//! DataFusion with `datafusion-flight-sql-server` on the port in the first argument, for `tests/interop/run df`.

use std::error::Error;
use std::net::SocketAddr;

use datafusion::prelude::SessionContext;
use datafusion_flight_sql_server::service::FlightSqlService;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::args().nth(1).ok_or("usage: df_server PORT")?.parse()?;
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let service = FlightSqlService::new(SessionContext::new().state());
    service
        .serve(address.to_string())
        .await
        .map_err(|error| error.to_string().into())
}
