//! The entries of the allow-list and of the map: their text, their normal form, and their errors.

use super::*;

fn parsed(query: &str) -> Result<ConnectOptions, String> {
    let options = format!("flightsql+tcp://h:1?{query}").parse();
    options.map_err(|error: OptionsError| error.to_string())
}

#[test]
fn entries_print_in_their_normal_form() {
    for (text, normal) in [
        ("Be1.Example.", "be1.example"),
        ("be1:8050", "be1:8050"),
        ("*.Be", "*.be"),
        ("*.be:1", "*.be:1"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("10.0.0.1", "10.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("10.0.0.0/8:7", "10.0.0.0/8:7"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::1", "::1"),
        ("[::1]", "::1"),
        ("[0:0::1]:7", "[::1]:7"),
        ("fd00::/8", "fd00::/8"),
        ("[fd00::/8]:7", "[fd00::/8]:7"),
        ("::/0", "::/0"),
    ] {
        let pattern = Pattern::parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!(pattern.to_string(), normal);
        assert_eq!(Pattern::parse(normal).as_ref(), Some(&pattern), "{text}");
    }
}

#[test]
fn a_wrong_entry_is_an_error_that_names_its_key() {
    for entry in [
        "",
        ":1",
        "be:",
        "be:0",
        "be:65536",
        "be:+1",
        "be:x",
        "be:1:2",
        "*",
        "*:1",
        "*.",
        "a.*",
        "*.*.be",
        "*.10.0.0.1",
        "a*.be",
        "a b",
        "a/b",
        "grpc://be:1",
        "be/8",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0.0/",
        "fd00::1/8",
        "fd00::/129",
        "[be]:1",
        "[10.0.0.1]:1",
        "[::1",
        "[::1]x",
        "[::1]:",
        "user@be",
        "be?x",
        "b%65",
        "be..",
    ] {
        let encoded: String = url::form_urlencoded::byte_serialize(entry.as_bytes()).collect();
        let encoded = encoded.replace('+', "%20");
        let error = parsed(&format!("location_allow={encoded}")).unwrap_err();
        assert!(
            error.starts_with("`location_allow` must be `host`"),
            "{entry}: {error}"
        );
        let built = ConnectOptions::new().location_allow(entry);
        assert_eq!(built.check().unwrap_err().to_string(), error, "{entry}");
        assert!(format!("{built:?}").contains("allow: [<invalid>]"));
    }
    for pair in [
        "",
        "a",
        "=",
        "a=",
        "=b",
        "a=b:0",
        "a:x=b",
        "*.a=b",
        "a=10.0.0.0/8",
        "a=b=c",
        "a b=c",
    ] {
        let encoded = pair.replace(' ', "%20");
        let error = parsed(&format!("location_map={encoded}")).unwrap_err();
        assert!(
            error.starts_with("`location_map` must be `from=to`"),
            "{pair}: {error}"
        );
    }
    let built = ConnectOptions::new().location_map("a", "b c");
    assert!(built.check().is_err());
    assert!(!format!("{built:?}").contains("b c"), "{built:?}");
}

#[test]
fn one_address_is_mapped_once() {
    let error = parsed("location_map=a=b&location_map=A.=c").unwrap_err();
    assert_eq!(
        error,
        "`location_map` maps one address more than once; keep one of them"
    );
    let built = ConnectOptions::new()
        .location_map("a", "b")
        .location_map("a", "c");
    assert_eq!(built.check().unwrap_err().to_string(), error);
    assert!(parsed("location_map=a=b&location_map=a:1=c").is_ok());
}

#[test]
fn a_list_is_a_policy() {
    let policy = |query: &str| parsed(query).unwrap().location_policy();
    assert_eq!(policy(""), LocationPolicy::SameOrigin);
    assert_eq!(policy("location_allow=be"), LocationPolicy::AllowList);
    assert_eq!(policy("locations=allow_list"), LocationPolicy::AllowList);
    for dialect in ["doris", "starrocks"] {
        assert_eq!(
            policy(&format!("dialect={dialect}")),
            LocationPolicy::AllowList
        );
    }
    let ignored =
        |locations: &str| parsed(&format!("location_allow=be&locations={locations}")).unwrap_err();
    for locations in ["same_origin", "ignore"] {
        assert!(
            ignored(locations).starts_with("`location_allow` has no effect"),
            "{locations}"
        );
    }
    let error = parsed("locations=ignore&location_map=a=b").unwrap_err();
    assert!(error.starts_with("`location_map` has no effect"), "{error}");
    let error = parsed("location_credentials=allow_list").unwrap_err();
    assert!(
        error.starts_with("`location_credentials` has no effect"),
        "{error}"
    );
}

#[test]
fn a_url_has_every_entry() {
    let query = "location_allow=b:1&location_allow=%2A.a&location_allow=%5Bfd00::/8%5D:7&location_map=x:1%3D%5B::2%5D:3\
                 &location_map=y%3Dz&location_credentials=allow_list";
    let options = parsed(query).unwrap();
    let url = options.to_url_lossy().to_string();
    assert_eq!(url, format!("flightsql+tcp://h:1?{query}"));
    let again: ConnectOptions = url.parse().unwrap();
    assert_eq!(again.locations, options.locations);
    let debug = format!("{options:?}");
    assert!(
        debug.contains("allow: [b:1, *.a, [fd00::/8]:7], map: [x:1=[::2]:3, y=z]"),
        "{debug}"
    );
    // A repeated entry counts once.
    let twice = parsed("location_allow=b&location_allow=B").unwrap();
    assert_eq!(twice.locations.show_allow(), ["b"]);
}

#[test]
fn a_plaintext_server_may_have_locations_with_tls() {
    assert!(parsed("tls_ca=/ca.pem&location_allow=be").is_ok());
    let error = parsed("tls_ca=/ca.pem&locations=allow_list").unwrap_err();
    assert!(error.contains("`tls_…` options have no effect"), "{error}");
}
