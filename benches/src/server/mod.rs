//! The server process of the bench. Its responses are encoded in advance, so that the bench measures the client.
//!
//! It implements the bare [`FlightService`](https://arrow.apache.org/docs/format/Flight.html) with the
//! [Flight SQL](https://arrow.apache.org/docs/format/FlightSql.html) commands the bench sends, and nothing else.

mod counts;
mod ingest;
mod service;
mod statement;
mod tables;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};

use arrow_flight::flight_service_server::FlightServiceServer;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

pub(crate) use counts::{RESET_COUNTS, RPC_COUNTS};
pub(crate) use ingest::{CHECK_MASK, CHECKED};
use service::BenchService;
pub(crate) use statement::{POINT_SQL, PREPARED_POINT_SQL, PREPARED_UPDATE_SQL};

use crate::Result;

/// Prefix of the address on the server's first line.
pub(crate) const READY: &str = "listening on ";

/// Exceeds any batch of the bench, so that the server rejects no request.
const WINDOW: u32 = 16 << 20;

/// The largest frame that HTTP/2 allows from a client. The client sets the size of frames to it.
const MAX_FRAME: u32 = (1 << 24) - 1;

/// Allows 256 tasks on one channel; hyper's default of 200 would queue them in the client.
const MAX_STREAMS: u32 = 1024;

/// Serves on a free loopback port, whose address it prints, until the process ends.
pub(crate) async fn serve() -> Result<()> {
    let (incoming, address) = bind()?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{READY}{address}")?;
    stdout.flush()?;
    run(incoming).await
}

/// Listens on a free loopback port, with nodelay. Otherwise every small reply would wait for a delayed ACK.
fn bind() -> Result<(TcpIncoming, SocketAddr)> {
    let incoming = TcpIncoming::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let incoming = incoming.with_nodelay(Some(true));
    let address = incoming.local_addr()?;
    Ok((incoming, address))
}

/// Serves the connections of `incoming` forever.
async fn run(incoming: TcpIncoming) -> Result<()> {
    Server::builder()
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_frame_size(MAX_FRAME)
        .max_concurrent_streams(MAX_STREAMS)
        // A client under test may drop replies early. The limit of the client applies, not that of the server.
        .http2_max_pending_accept_reset_streams(Some(1 << 20))
        .http2_max_local_error_reset_streams(None)
        .add_service(FlightServiceServer::new(BenchService::new()?))
        .serve_with_incoming(incoming)
        .await?;
    Ok(())
}
