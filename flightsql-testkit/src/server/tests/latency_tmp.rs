#![allow(clippy::unwrap_used, reason = "tests")]
use std::time::Instant;
use super::scripted;
use crate::{Reply, Script, testing::*};
#[tokio::test]
async fn latency_tmp() {
    let endless = Reply::endless(&batch(0..10)).always();
    let server = scripted(Script::new().do_get(endless).get_flight_info(Reply::ticket(&*schema(), "t").always())).await;
    let mut client = client(&server).await;
    let t = Instant::now();
    for _ in 0..200 { client.get_flight_info(query("x")).await.unwrap(); }
    println!("unary {:?}", t.elapsed() / 200);
    for _ in 0..5 {
    let t = Instant::now();
    for _ in 0..100 { drop(client.do_get(ticket()).await.unwrap()); }
    println!("endless {:?} open {}", t.elapsed() / 100, server.open_streams());
    }
}
