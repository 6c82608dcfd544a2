//! Tests of nonconforming requests, which the server rejects.

use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{
    CommandPreparedStatementQuery, CommandStatementUpdate, ProstMessageExt, TicketStatementQuery,
};
use arrow_flight::{FlightData, FlightDescriptor, Ticket};
use futures_util::{StreamExt, TryStreamExt, stream};
use prost::Message;
use tonic::{Code, Status};

use super::support::{Served, batch, cells, ints, served};

async fn put(served: &Served, messages: Vec<FlightData>) -> Result<(), Status> {
    let mut client = FlightServiceClient::new(served.channel.clone());
    let response = client.do_put(stream::iter(messages)).await?;
    response
        .into_inner()
        .try_collect::<Vec<_>>()
        .await
        .map(drop)
}

fn descriptor(message: &impl ProstMessageExt) -> FlightDescriptor {
    FlightDescriptor::new_cmd(message.as_any().encode_to_vec())
}

#[tokio::test]
async fn rejects_corrupt_ipc() {
    let mut served = served().await;
    let handle = served
        .prepare_raw("SELECT ?")
        .await
        .prepared_statement_handle;
    let bind = descriptor(&CommandPreparedStatementQuery {
        prepared_statement_handle: handle,
    });
    let good: Vec<FlightData> = arrow_flight::encode::FlightDataEncoderBuilder::new()
        .with_flight_descriptor(Some(bind.clone()))
        .build(stream::iter([Ok(batch(vec![("x", ints([1, 2, 3]))]))]))
        .map(Result::unwrap)
        .collect()
        .await;
    let mut broken = Vec::new();
    // Invert every byte of both headers, and truncate headers and bodies to every length.
    for index in 0..good[1].data_header.len() {
        for (message, data) in good.iter().enumerate().take(2) {
            let mut header = data.data_header.to_vec();
            if let Some(byte) = header.get_mut(index) {
                *byte ^= 0xff;
            }
            broken.push((message, header, data.data_body.to_vec()));
        }
        let cut = good[1].data_header[..index].to_vec();
        broken.push((1, cut, good[1].data_body.to_vec()));
    }
    for length in 0..good[1].data_body.len() {
        broken.push((
            1,
            good[1].data_header.to_vec(),
            good[1].data_body[..length].to_vec(),
        ));
    }
    for (message, header, body) in broken {
        let mut messages = good.clone();
        messages[message].data_header = header.into();
        messages[message].data_body = body.into();
        // Some of these are still valid. None may stop the server or leave an RPC without a response.
        let outcome = put(&served, messages).await.map_err(|status| status.code());
        let answered = matches!(
            outcome,
            Ok(()) | Err(Code::InvalidArgument | Code::OutOfRange | Code::ResourceExhausted)
        );
        assert!(answered, "{outcome:?}");
    }
    assert_eq!(served.rows("SELECT 1").await.1, cells(&[&["1"]]));
}

#[tokio::test]
async fn rejects_meaningless_requests() {
    let served = served().await;
    assert_eq!(
        put(&served, vec![]).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    assert_eq!(
        put(&served, vec![FlightData::new()])
            .await
            .unwrap_err()
            .code(),
        Code::InvalidArgument
    );
    let update = CommandStatementUpdate {
        query: "SELECT".to_owned(),
        transaction_id: Some("none".into()),
    };
    let message = FlightData::new().with_descriptor(descriptor(&update));
    assert_eq!(
        put(&served, vec![message]).await.unwrap_err().code(),
        Code::NotFound
    );
    let mut client = FlightServiceClient::new(served.channel.clone());
    let path = FlightDescriptor::new_path(vec!["t".to_owned()]);
    assert_eq!(
        client.get_flight_info(path).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    let garbage = FlightDescriptor::new_cmd(vec![0xff; 9]);
    assert_eq!(
        client
            .get_flight_info(garbage.clone())
            .await
            .unwrap_err()
            .code(),
        Code::InvalidArgument
    );
    assert_eq!(
        client.poll_flight_info(garbage).await.unwrap_err().code(),
        Code::InvalidArgument
    );
    for handle in ["", "short", "sixteen bytes ..and four more"] {
        let ticket = TicketStatementQuery {
            statement_handle: handle.into(),
        };
        let error = client
            .do_get(Ticket::new(ticket.as_any().encode_to_vec()))
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::NotFound, "{handle}");
    }
    let other = FlightDescriptor::new_cmd(
        arrow_flight::sql::CommandStatementSubstraitPlan::default()
            .as_any()
            .encode_to_vec(),
    );
    assert_eq!(
        client.get_flight_info(other).await.unwrap_err().code(),
        Code::Unimplemented
    );
}
