//! Tests of actions: cancel, renew, sessions, and rejected actions.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow_flight::sql::{ActionCancelQueryRequest, ActionCancelQueryResult, Any, ProstMessageExt};
use arrow_flight::{
    CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightClient, FlightDescriptor,
    RenewFlightEndpointRequest,
};
use futures_util::TryStreamExt;
use prost::Message;
use tonic::Request;

use super::support::{Served, cells, served, served_with};
use crate::service::SqliteConfig;
use crate::service::messages::{
    CloseSessionRequest, CloseSessionResult, CloseStatus, ErrorValue, GetSessionOptionsRequest,
    GetSessionOptionsResult, OptionValue, SessionOptionValue, SetSessionOptionsRequest,
    SetSessionOptionsResult, StringListValue,
};

const ENDLESS: &str =
    "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";

async fn cancel(served: &Served, info: arrow_flight::FlightInfo) -> CancelStatus {
    let body = CancelFlightInfoRequest::new(info).encode_to_vec();
    let reply = served.action("CancelFlightInfo", body).await.unwrap();
    CancelFlightInfoResult::decode(reply[0].clone())
        .unwrap()
        .status()
}

#[tokio::test]
async fn cancel_stops_running_and_unread_results() {
    let mut served = served().await;
    let unread = served
        .client
        .execute(ENDLESS.to_owned(), None)
        .await
        .unwrap();
    assert_eq!(
        cancel(&served, unread.clone()).await,
        CancelStatus::Cancelled
    );
    assert_eq!(served.service.open_cursors(), 0);
    assert_eq!(
        cancel(&served, unread.clone()).await,
        CancelStatus::NotCancellable
    );
    assert!(
        served
            .read(unread)
            .await
            .unwrap_err()
            .to_string()
            .contains("no such result")
    );

    let running = served
        .client
        .execute(ENDLESS.to_owned(), None)
        .await
        .unwrap();
    let mut stream = served
        .client
        .do_get(running.endpoint[0].ticket.clone().unwrap())
        .await
        .unwrap();
    stream.try_next().await.unwrap();
    assert_eq!(cancel(&served, running).await, CancelStatus::Cancelled);
    let error = loop {
        match stream.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a cancelled stream ended as if complete"),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("cancelled"), "{error}");
    drop(stream);
    served.settled(0).await;
}

#[tokio::test]
async fn supports_older_cancel_action() {
    let mut served = served().await;
    let info = served
        .client
        .execute("SELECT 1".to_owned(), None)
        .await
        .unwrap();
    let request = ActionCancelQueryRequest {
        info: info.encode_to_vec().into(),
    };
    let reply = served
        .action("CancelQuery", request.as_any().encode_to_vec())
        .await
        .unwrap();
    let result: ActionCancelQueryResult = Any::decode(reply[0].clone())
        .unwrap()
        .unpack()
        .unwrap()
        .unwrap();
    assert_eq!(result.result, 1);
    assert_eq!(served.service.open_cursors(), 0);
}

#[tokio::test]
async fn renewal_extends_expiration() {
    let mut served = served().await;
    let info = served
        .client
        .execute("SELECT 1".to_owned(), None)
        .await
        .unwrap();
    let endpoint = info.endpoint[0].clone();
    let before = endpoint.expiration_time.unwrap();
    let request = RenewFlightEndpointRequest::new(endpoint.clone());
    let renewed = FlightClient::new(served.channel.clone())
        .renew_flight_endpoint(request.clone())
        .await
        .unwrap();
    let after = renewed.expiration_time.unwrap();
    assert!((after.seconds, after.nanos) > (before.seconds, before.nanos));
    assert_eq!(renewed.ticket, endpoint.ticket);
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["1"]]));
    served.settled(0).await;
    let late = FlightClient::new(served.channel.clone())
        .renew_flight_endpoint(request)
        .await
        .unwrap_err()
        .to_string();
    assert!(late.contains("no such result"), "{late}");
}

#[tokio::test]
async fn h9_polls_query_and_expires_only_in_progress() {
    let mut served = served().await;
    let command = arrow_flight::sql::CommandStatementQuery {
        query: "SELECT 5 AS five /* poll:2 */".to_owned(),
        transaction_id: None,
    };
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let mut flight = FlightClient::new(served.channel.clone());
    let first = flight.poll_flight_info(descriptor).await.unwrap();
    assert_eq!(first.progress, Some(0.0));
    let expires = first.expiration_time.unwrap().seconds;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    assert!(u64::try_from(expires).unwrap() > now.as_secs() + 500);
    assert_eq!(first.info.unwrap().endpoint.len(), 0);
    let second = flight
        .poll_flight_info(first.flight_descriptor.unwrap())
        .await
        .unwrap();
    assert_eq!(second.progress, Some(0.5));
    assert!(second.expiration_time.is_some());
    assert_eq!(served.service.open_cursors(), 0);
    let last = flight
        .poll_flight_info(second.flight_descriptor.unwrap())
        .await
        .unwrap();
    assert_eq!((last.progress, last.flight_descriptor), (Some(1.0), None));
    // Nothing is left to poll.
    assert_eq!(last.expiration_time, None);
    assert_eq!(
        served.read(last.info.unwrap()).await.unwrap().1,
        cells(&[&["5"]])
    );
}

#[tokio::test]
async fn rejects_unknown_actions_and_bodies() {
    let served = served().await;
    for (name, body, message) in [
        ("Nonsense", vec![], "no such action"),
        ("BeginTransaction", vec![0xff], "cannot be decoded"),
        ("CancelFlightInfo", vec![], "without a FlightInfo"),
        ("RenewFlightEndpoint", vec![], "without an endpoint"),
        (
            "ClosePreparedStatement",
            vec![],
            "expected type.googleapis.com",
        ),
    ] {
        let error = served.action(name, body).await.unwrap_err().to_string();
        assert!(error.contains(message), "{name}: {error}");
    }
}

#[tokio::test]
async fn omits_disabled_actions() {
    let names = async |served: &Served| -> Vec<String> {
        let mut flight = FlightClient::new(served.channel.clone());
        let actions: Vec<_> = flight
            .list_actions()
            .await
            .unwrap()
            .try_collect()
            .await
            .unwrap();
        actions.into_iter().map(|action| action.r#type).collect()
    };
    let all = names(&served().await).await;
    assert_eq!(all.len(), 12);
    let some = names(&served_with(SqliteConfig::new().transactions(false)).await).await;
    assert_eq!(some.len(), 8);
    assert!(!some.iter().any(|name| name == "BeginSavepoint"));
}

/// Runs a session action with headers. Returns the body and the cookie of the reply.
async fn session<M: Message + Default>(
    served: &Served,
    name: &str,
    message: &impl Message,
    headers: &[(&'static str, String)],
) -> Result<(M, Option<String>), tonic::Status> {
    let mut request = Request::new(arrow_flight::Action::new(name, message.encode_to_vec()));
    for (key, value) in headers {
        request.metadata_mut().insert(*key, value.parse().unwrap());
    }
    let mut client =
        arrow_flight::flight_service_client::FlightServiceClient::new(served.channel.clone());
    let response = client.do_action(request).await?;
    let cookie = response
        .metadata()
        .get("set-cookie")
        .map(|value| value.to_str().unwrap().to_owned());
    let body = response.into_inner().try_next().await?.unwrap().body;
    Ok((M::decode(body).unwrap(), cookie))
}

fn option(value: OptionValue) -> SessionOptionValue {
    SessionOptionValue {
        option_value: Some(value),
    }
}

fn options(list: Vec<(&str, SessionOptionValue)>) -> SetSessionOptionsRequest {
    let session_options = list
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    SetSessionOptionsRequest { session_options }
}

#[tokio::test]
async fn session_stores_typed_options() {
    let served = served().await;
    let values = vec![
        ("text", option(OptionValue::Text("x".to_owned()))),
        ("flag", option(OptionValue::Bool(true))),
        ("number", option(OptionValue::Int64(-5))),
        ("ratio", option(OptionValue::Double(0.5))),
        (
            "list",
            option(OptionValue::List(StringListValue {
                values: vec!["a".to_owned(), "b".to_owned()],
            })),
        ),
        ("catalog", option(OptionValue::Text("main".to_owned()))),
    ];
    let expected: HashMap<_, _> = options(values.clone()).session_options;
    let (set, cookie): (SetSessionOptionsResult, _) =
        session(&served, "SetSessionOptions", &options(values), &[])
            .await
            .unwrap();
    assert!(set.errors.is_empty());
    let cookie = cookie.unwrap();
    let header = [(
        "cookie",
        format!("other=1; {}", cookie.split(';').next().unwrap()),
    )];
    let (got, _): (GetSessionOptionsResult, _) = session(
        &served,
        "GetSessionOptions",
        &GetSessionOptionsRequest {},
        &header,
    )
    .await
    .unwrap();
    assert_eq!(got.session_options, expected);
    let removed = options(vec![("text", SessionOptionValue { option_value: None })]);
    let _: (SetSessionOptionsResult, _) = session(&served, "SetSessionOptions", &removed, &header)
        .await
        .unwrap();
    let (got, _): (GetSessionOptionsResult, _) = session(
        &served,
        "GetSessionOptions",
        &GetSessionOptionsRequest {},
        &header,
    )
    .await
    .unwrap();
    assert_eq!(got.session_options.len(), 5);
    let (without, _): (GetSessionOptionsResult, _) = session(
        &served,
        "GetSessionOptions",
        &GetSessionOptionsRequest {},
        &[],
    )
    .await
    .unwrap();
    assert!(without.session_options.is_empty());
    let (closed, _): (CloseSessionResult, _) =
        session(&served, "CloseSession", &CloseSessionRequest {}, &header)
            .await
            .unwrap();
    assert_eq!(closed.status(), CloseStatus::Closed);
    let again =
        session::<CloseSessionResult>(&served, "CloseSession", &CloseSessionRequest {}, &header)
            .await;
    assert_eq!(again.unwrap_err().code(), tonic::Code::NotFound);
}

#[tokio::test]
async fn header_names_session_and_rejects_bad_options() {
    let served = served().await;
    let header = [("x-session-id", "mine".to_owned())];
    let request = options(vec![
        ("good", option(OptionValue::Bool(true))),
        ("bad name", option(OptionValue::Bool(true))),
        ("catalog", option(OptionValue::Text("elsewhere".to_owned()))),
        ("schema", option(OptionValue::Int64(1))),
    ]);
    let (set, cookie): (SetSessionOptionsResult, _) =
        session(&served, "SetSessionOptions", &request, &header)
            .await
            .unwrap();
    assert_eq!(cookie, None);
    let errors: HashMap<&str, ErrorValue> = set
        .errors
        .iter()
        .map(|(name, error)| (name.as_str(), error.value()))
        .collect();
    let expected = [
        ("bad name", ErrorValue::InvalidName),
        ("catalog", ErrorValue::InvalidValue),
        ("schema", ErrorValue::InvalidValue),
    ];
    assert_eq!(errors, HashMap::from(expected));
    let (got, _): (GetSessionOptionsResult, _) = session(
        &served,
        "GetSessionOptions",
        &GetSessionOptionsRequest {},
        &header,
    )
    .await
    .unwrap();
    assert_eq!(
        got.session_options.into_keys().collect::<Vec<_>>(),
        ["good"]
    );
}
