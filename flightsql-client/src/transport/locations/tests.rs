//! Locations: their text, the allow-list, the map, and the addresses that need a permission of their own.

use super::*;

fn options(query: &str) -> ConnectOptions {
    format!("flightsql+tcp://data.example:31337?{query}")
        .parse()
        .unwrap()
}

/// The origins of a route; empty for the connection in use.
#[track_caller]
fn routed(options: &ConnectOptions, list: &[&str]) -> Vec<String> {
    match route(options, &Origin::of(options), list, &str::to_owned).unwrap() {
        Route::Here => Vec::new(),
        Route::Elsewhere(origins) => origins.iter().map(Origin::to_string).collect(),
    }
}

#[track_caller]
fn refused(options: &ConnectOptions, list: &[&str]) -> String {
    route(options, &Origin::of(options), list, &str::to_owned)
        .unwrap_err()
        .to_string()
}

#[test]
fn every_scheme_of_flight_is_read() {
    let own = options("location_allow=be");
    for (location, tls, port) in [
        ("grpc://be:1", false, 1),
        ("grpc+tcp://be:1", false, 1),
        ("http://be:1/", false, 1),
        ("GRPC+TCP://BE.:1", false, 1),
        ("grpc+tcp://be:1/path?query", false, 1),
        ("grpc+tls://be:1", true, 1),
        ("grpcs://be:1", true, 1),
        ("https://be:1", true, 1),
        ("grpc+tls://be", true, 443),
    ] {
        let host = "be".to_owned();
        let expected = Route::Elsewhere(vec![Origin { tls, host, port }]);
        assert_eq!(
            route(&own, &Origin::of(&own), &[location], &str::to_owned).unwrap(),
            expected,
            "{location}"
        );
    }
}

#[test]
fn other_texts_are_no_server() {
    let own = options("location_allow=be&location_allow=0.0.0.0/0");
    let long = format!("grpc+tcp://be:1/{}", "x".repeat(2000));
    for location in [
        "",
        "be:1",
        "s3://be/file",
        "grpc+quic://be:1",
        "https://be:1/file.arrow",
        "https://be:1?signature",
        "grpc+tcp://be",
        "grpc+tcp://be:0",
        "grpc+tcp://be:65536",
        "grpc+tcp://be:+1",
        "grpc+tcp://be:1:2",
        "grpc+tcp://be:",
        "grpc+tcp://:1",
        "grpc+tcp://[::1",
        "grpc+tcp://[10.0.0.1]:1",
        "grpc+tcp://user@be:1",
        "grpc+tcp://b%65:1",
        "grpc+unix://be",
        &long,
    ] {
        let text = refused(&own, &[location]);
        assert!(
            text.contains("which is not the address of a Flight server"),
            "{location}: {text}"
        );
        assert!(text.len() < 300, "{text}");
        // A usable location next to it is read.
        assert_eq!(routed(&own, &[location, "grpc://be:1"]), ["be:1"]);
    }
}

#[test]
fn errors_show_no_secret_part_of_a_location() {
    let text = refused(
        &options("location_allow=be"),
        &["https://ann:hunter22@bucket.example/file?sig=s3cret"],
    );
    assert!(text.contains("`https://bucket.example/…`"), "{text}");
    let text = refused(&options(""), &["a\nb\u{1b}[2J"]);
    assert!(text.contains(r"`a\nb\u{1b}[2J`"), "{text}");
}

#[test]
fn a_secret_in_a_location_is_masked_before_it_is_cut() {
    let mask = |text: &str| text.replace("T0ken/secret", "***");
    let text = |query: &str, location: &str| {
        let own = options(query);
        let refused = route(&own, &Origin::of(&own), &[location], &mask);
        refused.unwrap_err().to_string()
    };
    for query in ["", "location_allow=be"] {
        let text = text(query, "grpc://T0ken/secret:1");
        assert!(text.contains("`grpc://***:1`"), "{text}");
    }
    let mask = |text: &str| text.replace("T0ken", "***");
    let own = options("location_allow=be");
    let refused = route(&own, &Origin::of(&own), &["grpc://T0ken:1"], &mask);
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("set `location_allow=grpc://***:1`"), "{text}");
}

#[test]
fn the_list_has_names_domains_addresses_and_networks() {
    for (entry, allowed, other) in [
        ("be1", "be1:1", "be2:1"),
        ("BE1.", "be1:9", "be11:9"),
        ("be1:8050", "be1:8050", "be1:8051"),
        ("*.be.example", "a.b.be.example:1", "be.example:1"),
        ("*.be.example:7", "a.be.example:7", "a.be.example:8"),
        ("*.be.example", "a.be.example:1", "abe.example:1"),
        ("10.0.0.0/8", "10.255.0.1:1", "11.0.0.1:1"),
        ("10.0.0.0/8:7", "10.0.0.1:7", "10.0.0.1:8"),
        ("10.0.0.1", "10.0.0.1:5", "10.0.0.2:5"),
        ("10.0.0.1", "167772161:5", "10.0.0.2:5"),
        ("fd00::/8", "[fd12::1]:1", "[fe00::1]:1"),
        ("[fd00::/8]:7", "[fd12::1]:7", "[fd12::1]:8"),
        ("2001:db8::1", "[2001:DB8:0::1]:1", "[2001:db8::2]:1"),
        ("[2001:db8::1]:7", "[2001:db8::1]:7", "[2001:db8::1]:1"),
        ("10.0.0.0/8", "[::ffff:10.0.0.1]:1", "[::ffff:11.0.0.1]:1"),
    ] {
        let own = options(&format!("location_allow={entry}"));
        let at = |address: &str| format!("grpc+tcp://{address}");
        assert_eq!(routed(&own, &[&at(allowed)]).len(), 1, "{entry}");
        let text = refused(&own, &[&at(other)]);
        assert!(
            text.contains(&format!("set `location_allow={}`", other.to_lowercase())),
            "{entry}: {text}"
        );
    }
}

#[test]
fn keeps_the_order_of_the_server_without_repetitions() {
    let own = options("location_allow=*.be&locations=allow_list");
    let list = [
        "grpc://b.be:1",
        "grpc://x:1",
        "grpc://a.be:1",
        "grpc+tcp://b.be:1",
    ];
    assert_eq!(routed(&own, &list), ["b.be:1", "a.be:1"]);
    // The connection in use is one of the places of the data, and costs no connect.
    let here = ["grpc://b.be:1", "grpc://data.example:31337"];
    assert_eq!(routed(&own, &here), [""; 0]);
    let reuse = ["grpc://b.be:1", "arrow-flight-reuse-connection://?"];
    assert_eq!(routed(&own, &reuse), [""; 0]);
}

#[test]
fn the_number_of_locations_is_limited() {
    let own = options("location_allow=*.be");
    let many: Vec<_> = (0..10_000).map(|n| format!("grpc://n{n}.be:1")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(
        refused(&own, &many),
        "GetFlightInfo: an endpoint has 10000 locations, more than the limit of 100"
    );
    assert_eq!(routed(&own, &many[..100]).len(), 100);
}

#[test]
fn tls_never_becomes_plaintext() {
    let own: ConnectOptions = "flightsql://data.example?location_allow=be"
        .parse()
        .unwrap();
    for scheme in ["grpc", "grpc+tcp", "http"] {
        let text = refused(&own, &[&format!("{scheme}://be:1")]);
        assert!(text.contains("`be:1` without TLS"), "{text}");
    }
    let list = ["grpc://be:1", "grpc+tls://be:2"];
    assert_eq!(routed(&own, &list), ["be:2"]);
}

#[test]
fn special_addresses_need_a_literal_entry() {
    let wide = "location_allow=0.0.0.0/0&location_allow=[::/0]&location_allow=*.internal\
                &location_allow=*.localhost&location_allow=fd00::/8&location_allow=169.254.0.0/16";
    for (location, kind) in [
        ("127.0.0.1:1", "a loopback address"),
        ("127.1:1", "a loopback address"),
        ("2130706433:1", "a loopback address"),
        ("[::1]:1", "a loopback address"),
        ("[::ffff:127.0.0.1]:1", "a loopback address"),
        ("[64:ff9b::7f00:1]:1", "a loopback address"),
        ("localhost:1", "a loopback address"),
        ("a.localhost:1", "a loopback address"),
        ("169.254.169.254:80", "a cloud metadata address"),
        ("[fd00:ec2::254]:80", "a cloud metadata address"),
        ("[fd00:ec2::23]:80", "a cloud metadata address"),
        ("[fd20:ce::254]:80", "a cloud metadata address"),
        ("[fd00:c1::a9fe:a9fe]:80", "a cloud metadata address"),
        ("169.254.170.23:80", "a cloud metadata address"),
        ("100.100.100.200:80", "a cloud metadata address"),
        ("metadata.google.internal:80", "a cloud metadata address"),
        ("metadata.google.internal.:80", "a cloud metadata address"),
        ("[fe80::1]:1", "a link-local address"),
    ] {
        let text = refused(&options(wide), &[&format!("grpc+tcp://{location}")]);
        assert!(
            text.contains(&format!("which is {kind}")),
            "{location}: {text}"
        );
    }
    let list = &["grpc+tcp://169.254.1.1:1"];
    assert_eq!(routed(&options(wide), list), ["169.254.1.1:1"]);
    for (entry, location) in [
        ("127.0.0.1", "127.0.0.1:1"),
        ("127.0.0.0/8", "127.8.0.1:1"),
        ("::1", "[::1]:1"),
        ("localhost", "localhost:1"),
        ("169.254.169.254:80", "169.254.169.254:80"),
        ("metadata.google.internal", "metadata.google.internal:1"),
        ("fe80::/10", "[fe80::1]:1"),
    ] {
        let own = options(&format!("location_allow={entry}"));
        assert_eq!(routed(&own, &[&format!("grpc://{location}")]), [location]);
    }
}

#[test]
fn a_server_on_a_special_address_permits_its_kind() {
    let list = "location_allow=0.0.0.0/0&location_allow=*.localhost";
    for main in [
        "flightsql+tcp://127.0.0.1:1",
        "flightsql+tcp://localhost:1",
        "flightsql+unix:///db.sock",
    ] {
        let own: ConnectOptions = format!("{main}?{list}").parse().unwrap();
        assert_eq!(
            routed(&own, &["grpc://127.0.0.1:2"]),
            ["127.0.0.1:2"],
            "{main}"
        );
        assert_eq!(
            routed(&own, &["grpc://a.localhost:2"]),
            ["a.localhost:2"],
            "{main}"
        );
        let text = refused(&own, &["grpc://169.254.169.254:2"]);
        assert!(text.contains("a cloud metadata address"), "{text}");
    }
}

#[test]
fn the_unspecified_address_is_the_server() {
    let own = options("location_allow=data.example:9419");
    assert_eq!(routed(&own, &["grpc+tcp://0.0.0.0:31337"]), [""; 0]);
    assert_eq!(routed(&own, &["grpc+tcp://[::]:31337"]), [""; 0]);
    assert_eq!(
        routed(&own, &["grpc+tcp://0.0.0.0:9419"]),
        ["data.example:9419"]
    );
    let text = refused(&own, &["grpc+tcp://0.0.0.0:9420"]);
    assert!(
        text.contains("`location_allow=data.example:9420`"),
        "{text}"
    );
    // Under the other policy, too.
    assert_eq!(routed(&options(""), &["grpc+tcp://0.0.0.0:31337"]), [""; 0]);
    let dotted: ConnectOptions = "flightsql+tcp://data.example.:31337".parse().unwrap();
    assert_eq!(routed(&dotted, &["grpc+tcp://0.0.0.0:31337"]), [""; 0]);
    let unix: ConnectOptions = "flightsql+unix:///db.sock?location_allow=0.0.0.0/0"
        .parse()
        .unwrap();
    let text = refused(&unix, &["grpc+tcp://0.0.0.0:1"]);
    assert!(text.contains("an unspecified address"), "{text}");
}

#[test]
fn the_map_comes_before_the_list() {
    let own = options(
        "location_map=be=10.0.0.1&location_map=be:7=10.0.0.2:8&location_map=localhost=data.example\
         &location_map=fe=data.example:31337&location_allow=10.0.0.0/8:1&location_allow=10.0.0.2:8",
    );
    assert_eq!(routed(&own, &["grpc://be:1"]), ["10.0.0.1:1"]);
    assert_eq!(routed(&own, &["grpc://BE:7"]), ["10.0.0.2:8"]);
    assert_eq!(routed(&own, &["grpc://localhost:31337"]), [""; 0]);
    // The options name the server, so its scheme does not matter.
    assert_eq!(routed(&own, &["grpc+tls://fe:1"]), [""; 0]);
    let text = refused(&own, &["grpc://localhost:5"]);
    assert!(text.contains("`location_allow=data.example:5`"), "{text}");
    // A map alone can lead to the server.
    let own = options("location_map=fe=data.example:31337");
    assert_eq!(routed(&own, &["grpc://fe:1"]), [""; 0]);
    let text = refused(&own, &["grpc://be:1"]);
    assert!(text.contains("another origin"), "{text}");
}

#[test]
fn a_looked_up_name_must_have_listed_addresses() {
    let origin = |host: &str| Origin {
        tls: false,
        host: host.to_owned(),
        port: 1,
    };
    let checked = |query: &str, host: &str, addresses: &[&str]| {
        let addresses: Vec<_> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let result = check(&options(query), &origin(host), &addresses);
        result.map_err(|error| error.to_string())
    };
    // A network lists a name if all of its addresses are in it.
    let network = "location_allow=10.0.0.0/8:1";
    let own = options(network);
    assert_eq!(routed(&own, &["grpc://be:1"]), ["be:1"]);
    assert!(refused(&own, &["grpc://be:2"]).contains("`location_allow=be:2`"));
    checked(network, "be", &["10.0.0.1", "10.1.0.1"]).unwrap();
    let text = checked(network, "be", &["10.0.0.1", "11.0.0.1"]).unwrap_err();
    assert!(
        text.contains("`be:1`, whose address 11.0.0.1 is not in"),
        "{text}"
    );
    // A listed name must not lead to this machine or to a metadata service.
    checked("location_allow=be", "be", &["10.0.0.1"]).unwrap();
    for address in [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "0.0.0.0",
        "fe80::1",
        "::ffff:127.0.0.1",
    ] {
        for entry in [
            "be",
            "*.be",
            "0.0.0.0/0&location_allow=::/0&location_allow=be",
        ] {
            let query = format!("location_allow={entry}");
            let host = if entry == "*.be" { "a.be" } else { "be" };
            let text = checked(&query, host, &["10.0.0.1", address]).unwrap_err();
            assert!(
                text.contains(&format!("whose address {address} is a")),
                "{text}"
            );
        }
    }
    checked(
        "location_allow=be&location_allow=127.0.0.1",
        "be",
        &["127.0.0.1"],
    )
    .unwrap();
    checked(
        "location_allow=localhost",
        "localhost",
        &["127.0.0.1", "::1"],
    )
    .unwrap();
    let text = checked(
        "location_allow=localhost",
        "localhost",
        &["169.254.169.254"],
    );
    assert!(text.unwrap_err().contains("a cloud metadata address"));
}

#[test]
fn another_host_of_the_options_is_another_origin() {
    let listed = |query: &str| -> ConnectOptions {
        format!("flightsql+tcp://a:1,b:2,localhost:3?{query}")
            .parse()
            .unwrap()
    };
    let at = |options: &ConnectOptions, host: usize, location: &str| {
        let own = Origin::of(&options.at_host(host));
        route(options, &own, &[location], &str::to_owned)
    };
    let same = listed("");
    assert_eq!(at(&same, 0, "grpc://a:1").unwrap(), Route::Here);
    assert_eq!(at(&same, 1, "grpc://b:2").unwrap(), Route::Here);
    assert_eq!(at(&same, 1, "grpc://0.0.0.0:2").unwrap(), Route::Here);
    for (host, location) in [(0, "grpc://b:2"), (1, "grpc://a:1"), (1, "grpc://b:1")] {
        let error = at(&same, host, location).unwrap_err().to_string();
        assert!(error.contains("another origin"), "{error}");
    }
    let allowed = listed("location_allow=b:2&location_allow=0.0.0.0/0");
    assert!(matches!(
        at(&allowed, 0, "grpc://b:2").unwrap(),
        Route::Elsewhere(_)
    ));
    // One of the hosts is on this machine, and the others must not lead there.
    let error = at(&allowed, 0, "grpc://127.0.0.1:5")
        .unwrap_err()
        .to_string();
    assert!(error.contains("a loopback address"), "{error}");
}
