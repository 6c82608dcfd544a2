//! Counts of parts, compared with what the decoder makes of the same bytes.

use arrow_flight::{FlightDescriptor, FlightEndpoint, FlightInfo, Location, Ticket};
use bytes::Bytes;
use proptest::prelude::*;
use prost::Message as _;

use super::{Counts, MIN_TEXTS, Oversized};

fn info(endpoints: usize, locations: usize, path: usize) -> FlightInfo {
    let endpoint = FlightEndpoint {
        ticket: Some(Ticket::new("t")),
        location: vec![Location { uri: "a".into() }; locations],
        app_metadata: "meta".into(),
        ..FlightEndpoint::default()
    };
    FlightInfo {
        schema: vec![0x1a; 40].into(),
        flight_descriptor: Some(FlightDescriptor {
            path: vec!["p".to_owned(); path],
            cmd: vec![0x1a, 0].into(),
            ..FlightDescriptor::default()
        }),
        endpoint: vec![endpoint; endpoints],
        total_records: -1,
        total_bytes: i64::MAX,
        ordered: true,
        app_metadata: vec![0x1a; 9].into(),
    }
}

fn counts(info: &FlightInfo) -> Counts {
    Counts::of(&info.encode_to_vec().into())
}

#[test]
fn counts_the_parts_of_a_message() {
    let expected = Counts {
        endpoints: 3,
        locations: 12,
        path: 5,
    };
    assert_eq!(counts(&info(3, 4, 5)), expected);
    assert_eq!(Counts::of(&Bytes::new()), Counts::default());
}

#[test]
fn checks_each_limit() {
    assert_eq!(counts(&info(3, 4, 5)).check(3), Ok(()));
    let (count, limit) = (4, 3);
    let checked = counts(&info(4, 0, 0)).check(3);
    assert_eq!(checked, Err(Oversized::Endpoints { count, limit }));
    let (count, limit) = (MIN_TEXTS + 1, MIN_TEXTS);
    let checked = counts(&info(1, MIN_TEXTS + 1, 0)).check(3);
    assert_eq!(checked, Err(Oversized::Locations { count, limit }));
    assert_eq!(counts(&info(1, MIN_TEXTS + 1, 0)).check(10_000), Ok(()));
    let checked = counts(&info(1, 0, MIN_TEXTS + 1)).check(3);
    assert_eq!(checked, Err(Oversized::Path { count, limit }));
}

#[test]
fn counts_up_to_bytes_that_are_no_message() {
    let mut bytes = info(2, 1, 0).encode_to_vec();
    bytes.extend([0x1f, 0x1a, 0]);
    assert_eq!(Counts::of(&bytes.into()).endpoints, 2);
    for bytes in [vec![0xff; 30], vec![0x1a, 200], vec![0x19, 1]] {
        assert_eq!(Counts::of(&bytes.into()), Counts::default());
    }
}

proptest! {
    /// Whatever the decoder accepts has at most the parts that were counted.
    #[test]
    fn counts_no_less_than_the_decoder(
        bytes in prop::collection::vec(prop_oneof![
            any::<u8>(), Just(0x1a), Just(0x12), Just(0), Just(1), Just(2), Just(0x1b), Just(0x1c)
        ], 0..60)
    ) {
        let counted = Counts::of(&bytes.clone().into());
        if let Ok(info) = FlightInfo::decode(&bytes[..]) {
            let locations: usize = info.endpoint.iter().map(|one| one.location.len()).sum();
            let path = info.flight_descriptor.map_or(0, |descriptor| descriptor.path.len());
            prop_assert!(counted.endpoints >= info.endpoint.len());
            prop_assert!(counted.locations >= locations);
            prop_assert!(counted.path >= path);
        }
    }
}
