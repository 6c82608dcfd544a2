//! Plans that lie: endpoints, locations, tickets and schemas of a `FlightInfo`.

use std::sync::Arc;

use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql_testkit::arrow_flight::{FlightEndpoint, FlightInfo, Location, Ticket};
use flightsql_testkit::{Reply, Script};

use super::peer::{opening, trailers};
use super::perform::{Act, ints};
use super::{Attack, attack, peer};

/// A case with this plan.
fn plan(name: &'static str, info: impl Fn() -> FlightInfo + Send + Sync + 'static) -> Attack {
    attack(name, move || {
        Script::new().get_flight_info(Reply::flight_info(info()))
    })
}

/// An empty endpoint of a plan; also an empty element of a descriptor's path.
const ENDPOINT: [u8; 2] = [0x1a, 0];
/// An empty location of an endpoint.
const LOCATION: [u8; 2] = [0x12, 0];

/// A message in a field.
fn field(tag: u8, message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    prost::encoding::encode_varint(u64::try_from(message.len()).unwrap(), &mut bytes);
    bytes.extend(message);
    bytes
}

/// A case with a plan of these bytes, which no script has to build.
fn bytes(name: &'static str, plan: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Attack {
    peer(name, move |mut peer| {
        let plan = plan();
        async move {
            let stream = peer.request().await?;
            peer.send(opening(stream)).await?;
            peer.send_message(stream, &plan).await?;
            peer.send(trailers(stream, "0")).await?;
            peer.refuse().await
        }
    })
}

fn endpoint(ticket: impl Into<prost::bytes::Bytes>) -> FlightEndpoint {
    FlightEndpoint::new().with_ticket(Ticket::new(ticket))
}

fn endpoints(endpoint: Vec<FlightEndpoint>) -> FlightInfo {
    FlightInfo {
        endpoint,
        ..FlightInfo::default()
    }
}

fn at(locations: Vec<String>) -> FlightInfo {
    let location = locations.into_iter().map(|uri| Location { uri }).collect();
    endpoints(vec![FlightEndpoint {
        location,
        ..endpoint("t")
    }])
}

fn with_schema(schema: &Schema) -> FlightInfo {
    FlightInfo::new().try_with_schema(schema).unwrap()
}

pub(super) fn attacks() -> Vec<Attack> {
    const MANY: &str = "more than `max_endpoints` = 10000";
    vec![
        plan("plan_without_anything", FlightInfo::default).says("neither endpoints nor columns"),
        // An empty endpoint or location has two bytes in the message.
        bytes("two_million_empty_endpoints", || ENDPOINT.repeat(2_000_000))
            .says(MANY)
            .memory(),
        bytes("two_million_empty_endpoints_of_a_listing", || {
            ENDPOINT.repeat(2_000_000)
        })
        .act(Act::Tables)
        .says(MANY)
        .memory(),
        bytes("endpoints_before_garbage", || {
            [ENDPOINT.repeat(2_000_000), vec![0xff; 20]].concat()
        })
        .says(MANY)
        .memory(),
        bytes("endpoints_in_a_group", || {
            [vec![0x7b], ENDPOINT.repeat(2_000_000)].concat()
        })
        .says(MANY)
        .memory(),
        bytes("four_million_empty_locations", || {
            field(0x1a, &LOCATION.repeat(4_000_000))
        })
        .says("4000000 locations, more than the limit of 100000")
        .memory(),
        bytes("five_thousand_endpoints_of_a_thousand_locations", || {
            field(0x1a, &LOCATION.repeat(1000)).repeat(5000)
        })
        .says("5000000 locations, more than the limit of 100000")
        .memory(),
        bytes("descriptor_of_four_million_path_elements", || {
            field(0x12, &ENDPOINT.repeat(4_000_000))
        })
        .says("4000000 path elements, more than the limit of 1000")
        .memory(),
        bytes("most_locations", || {
            field(0x1a, &LOCATION.repeat(10)).repeat(10_000)
        })
        .options("locations=ignore&close_timeout=100ms")
        .fails("server NOT_FOUND", "")
        .memory(),
        plan("thousand_locations_of_one_endpoint", || {
            at(vec![String::new(); 1000])
        })
        .says("an endpoint has 1000 locations, more than the limit of 100"),
        plan("location_of_2_mb", || at(vec!["x".repeat(2 << 20)]))
            .fails("argument", "`locations=ignore`")
            .memory(),
        plan("location_with_control_characters", || {
            at(vec!["grpc+tcp://\u{1b}[31m\r\nhost:1".to_owned()])
        })
        .fails("argument", "`locations=ignore`"),
        plan("location_of_the_metadata_service", || {
            at(vec!["grpc+tcp://169.254.169.254:80".to_owned()])
        })
        .fails("argument", "169.254.169.254"),
        plan("location_of_loopback_on_another_port", || {
            at(vec!["grpc+tcp://127.0.0.1:22".to_owned()])
        })
        .options("location_allow=*.example")
        .fails("argument", "127.0.0.1:22"),
        plan("location_with_a_password", || {
            at(vec!["grpc+tcp://ann:pw@10.0.0.1:80".to_owned()])
        })
        .fails("argument", "10.0.0.1"),
        attack("ticket_of_2_mb", || {
            let plan = endpoints(vec![endpoint(vec![0; 2 << 20])]);
            Script::new()
                .get_flight_info(Reply::flight_info(plan))
                .do_get(Reply::error(flightsql_testkit::tonic::Code::NotFound, "no"))
        })
        .fails("server", ""),
        plan("schema_of_garbage_without_endpoints", || FlightInfo {
            schema: vec![0xff; 100].into(),
            ..FlightInfo::default()
        })
        .says("the server's schema is bad"),
        plan("schema_that_is_truncated", || {
            let mut info = with_schema(&ints([]).schema());
            info.schema.truncate(40);
            info
        })
        .says("the server's schema is bad: it is truncated"),
        plan("schema_of_200_thousand_fields", || {
            let field = Arc::new(Field::new("c", DataType::Int64, true));
            with_schema(&Schema::new(vec![field; 200_000]))
        })
        .says("the server's schema is bad")
        .memory(),
        plan("schema_of_18_mb_of_metadata", || {
            let schema = Schema::new(vec![Field::new("c", DataType::Int64, true)]);
            let metadata = [("k".to_owned(), "x".repeat(18 << 20))].into();
            with_schema(&schema.with_metadata(metadata))
        })
        .says("the server's schema is bad"),
        plan("schema_nested_200_times", || {
            let mut deep = DataType::Int64;
            for _ in 0..200 {
                deep = DataType::List(Arc::new(Field::new("item", deep, true)));
            }
            with_schema(&Schema::new(vec![Field::new("c", deep, true)]))
        })
        .says("the server's schema is bad"),
        plan("expired_endpoints_without_data", || {
            let mut info = endpoints(vec![endpoint("t")]);
            let expires = info.endpoint[0].expiration_time.insert(Default::default());
            (expires.seconds, expires.nanos) = (i64::MIN, i32::MIN);
            info.total_records = i64::MIN;
            info.total_bytes = i64::MAX;
            info
        })
        .harmless(),
        attack("endpoints_with_other_columns", || {
            let text = Schema::new(vec![Field::new("n", DataType::Utf8, true)]);
            Script::new()
                .get_flight_info(Reply::flight_info(endpoints(vec![endpoint("a"); 2])))
                .do_get(Reply::batches(ints([]).schema(), [ints([1])]))
                .do_get(Reply::batches(text, []))
        })
        .says("the endpoints of one result have different columns"),
        attack("last_of_a_thousand_endpoints_fails", || {
            let all = Reply::batches(ints([]).schema(), [ints([1])]).times(999);
            Script::new()
                .get_flight_info(Reply::flight_info(endpoints(vec![endpoint("a"); 1000])))
                .do_get(all)
                .do_get(Reply::error(
                    flightsql_testkit::tonic::Code::DataLoss,
                    "gone",
                ))
        })
        .fails("server DATA_LOSS", "endpoint 999"),
    ]
}
