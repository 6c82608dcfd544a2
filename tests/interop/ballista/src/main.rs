//! A cluster of Ballista in one process: its scheduler, with Flight SQL, and an executor.
//! `ballista_server PORT CSV FOLDER`: every session has the table `people` from the file `CSV`, and the executor stores its
//! results in `FOLDER`. The port opens after the executor has registered, so that every client can query.

use std::error::Error;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use ballista_core::utils::default_session_builder;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service};
use datafusion::prelude::{CsvReadOptions, SessionContext};
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [port, csv, folder] = args.as_slice() else {
        return Err("usage: ballista_server PORT CSV FOLDER".into());
    };
    let port: u16 = port.parse()?;

    let reader = SessionContext::new();
    reader
        .register_csv("people", csv, CsvReadOptions::new())
        .await?;
    let people = reader.table_provider("people").await?;

    let config = SchedulerConfig::default()
        .with_hostname("127.0.0.1")
        .with_port(port)
        .with_flight_sql(true)
        .with_override_session_builder(Arc::new(move |config| {
            let session = SessionContext::new_with_state(default_session_builder(config)?);
            session.register_table("people", people.clone())?;
            Ok(session.state())
        }));
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let scheduler =
        create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config)).await?;

    // The executor uses its own port, so that the other port can stay closed until the executor has registered.
    let inner = free_port()?;
    let executor = ExecutorProcessConfig {
        external_host: Some("127.0.0.1".into()),
        port: free_port()?,
        grpc_port: free_port()?,
        scheduler_host: "127.0.0.1".into(),
        scheduler_port: inner,
        scheduler_connect_timeout_seconds: 10,
        work_dir: Some(folder.clone()),
        ..ExecutorProcessConfig::default()
    };
    let outer = async {
        while !scheduler.is_ready() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        start_grpc_service(([127, 0, 0, 1], port).into(), scheduler.clone()).await
    };
    tokio::select! {
        ended = start_grpc_service(([127, 0, 0, 1], inner).into(), scheduler.clone()) => ended?,
        ended = start_executor_process(Arc::new(executor)) => ended?,
        ended = outer => ended?,
    }
    Ok(())
}

/// Returns a loopback port that was free just now.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
