//! The program: `cargo run -p flightsql-web-service`, then <http://127.0.0.1:3000/>.

use std::error::Error;
use std::process::ExitCode;

use flightsql_web_service::{Config, Service, embedded, serve};
use tokio::net::TcpListener;
use tracing::info;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_target(false).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut config = Config::from_env()?;
    // The embedded server lives as long as this value.
    let mut server = None;
    let url = match config.database_url.take() {
        Some(url) => url,
        None => {
            let embedded = server.insert(embedded().await?);
            info!("embedded Flight SQL server at {}", embedded.url());
            embedded.url()
        }
    };
    let service = Service::new(&url, &config)?;
    let listener = TcpListener::bind(config.listen).await?;
    info!("http://{}/", listener.local_addr()?);
    serve(listener, service, stop_signal()?, config.grace).await?;
    info!("stopped");
    Ok(())
}

/// Ends at Ctrl-C or SIGTERM.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    // Register the handler immediately, so that an early signal is not lost.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends at Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
