//! Each key of the table: its URL, its setter, its documentation, its round trip, its redaction and its lock.
//!
//! A new key needs a row in [`CASES`], or in [`companions`] if it needs other keys or a file.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::*;
use crate::options::{ClientAuth, OAuth, OptionsError};

const PLANTED: &str = "pl4nted-s3cret";
const PEM: &str = "-----BEGIN pl4nted-s3cret";
const URI: &str = "https://login.example/token";

type Pairs = &'static [(&'static str, &'static str)];
/// A setter that reads files of a folder.
type SetWithFolder = fn(Options, &Path) -> Options;

/// All pairs that a key needs, with the key itself, and options of the builder that mean the same. `{}` is a folder with the
/// files of [`Folder`].
type Companion = (&'static str, Pairs, fn(Options, &Path) -> Options);

const CERTIFICATE: Pairs = &[("tls_client_cert", "/c.pem"), ("tls_client_key", "/k.pem")];
const CERTIFICATE_PEM: Pairs = &[("tls_client_cert_pem", PEM), ("tls_client_key_pem", PEM)];
const CLIENT: Pairs = &[
    ("oauth.flow", "client_credentials"),
    ("oauth.token_uri", URI),
    ("oauth.client_id", "i"),
    ("oauth.client_secret", PLANTED),
    ("oauth.client_auth", "body"),
    ("oauth.scope", "a b"),
];
const EXCHANGE: Pairs = &[
    ("oauth.flow", "token_exchange"),
    ("oauth.token_uri", URI),
    ("oauth.exchange.subject_token", PLANTED),
    ("oauth.exchange.subject_token_type", "urn:s"),
    ("oauth.exchange.actor_token", PLANTED),
    ("oauth.exchange.actor_token_type", "urn:a"),
    ("oauth.exchange.requested_token_type", "urn:r"),
    ("oauth.exchange.aud", "sql"),
    ("oauth.exchange.resource", "https://db"),
    ("oauth.exchange.scope", "a"),
];

fn client(options: Options, _: &Path) -> Options {
    let request = OAuth::client_credentials(URI, "i", PLANTED);
    options.oauth(request.client_auth(ClientAuth::Body).scope("a b"))
}

fn exchange(options: Options, _: &Path) -> Options {
    let request = OAuth::token_exchange(URI, PLANTED, "urn:s").actor_token(PLANTED, "urn:a");
    let request = request.requested_token_type("urn:r").audience("sql");
    let mut request = request.resource("https://db");
    // The builder has one scope for both flows.
    request.exchange.scope = Some("a".to_owned());
    options.oauth(request)
}

fn certificate(options: Options, _: &Path) -> Options {
    options.tls_client_identity_files("/c.pem", "/k.pem")
}

fn certificate_pem(options: Options, _: &Path) -> Options {
    options.tls_client_identity(PEM, PEM)
}

/// The keys that need other keys, or a file.
fn companions() -> Vec<Companion> {
    let mut all: Vec<Companion> = vec![
        (
            "location_credentials",
            &[
                ("location_allow", "node"),
                ("location_credentials", "allow_list"),
            ],
            |o, _| {
                o.location_allow("node")
                    .location_credentials(LocationCredentials::AllowList)
            },
        ),
        (
            "password_file",
            &[("username", "ann"), ("password_file", "{}/secret")],
            |o, _| o.username("ann").password(PLANTED),
        ),
        ("token_file", &[("token_file", "{}/secret")], |o, folder| {
            o.token_file(folder.join("secret"))
        }),
        (
            "dialect_file",
            &[("dialect_file", "{}/dialect.toml")],
            |o, folder| o.dialect_file(folder.join("dialect.toml")).unwrap(),
        ),
    ];
    let groups: [(Pairs, SetWithFolder); 4] = [
        (CERTIFICATE, certificate),
        (CERTIFICATE_PEM, certificate_pem),
        (CLIENT, client),
        (EXCHANGE, exchange),
    ];
    for (pairs, built) in groups {
        for (name, _) in pairs {
            if all.iter().all(|(known, ..)| known != name) {
                all.push((name, pairs, built));
            }
        }
    }
    all
}

/// A folder with a secret and a dialect.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let name = format!("flightsql-proofs-{test}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("secret"), PLANTED).unwrap();
        std::fs::write(folder.join("dialect.toml"), "name = \"quarry\"\n").unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A key with a value other than the default.
struct Proof {
    key: &'static Key,
    value: String,
    /// The other pairs that the key needs.
    with: Vec<(String, String)>,
    built: Options,
}

impl Proof {
    /// The URL with another name or value of the key.
    fn url(&self, name: &str, value: &str) -> String {
        let own = [(name.to_owned(), value.to_owned())];
        url_of(&[&self.with[..], &own].concat())
    }

    /// All names of the key.
    fn names(&self) -> Vec<String> {
        let names = self.key.aliases.iter().chain([&self.key.name]);
        names
            .flat_map(|name| [(*name).to_owned(), name.replace('_', "-")])
            .collect()
    }

    /// Returns `true` if the lossy URL has everything.
    fn is_printed(&self) -> bool {
        let hides = |name: &str| {
            let key = find(name).unwrap();
            let in_part = key.lossy.is_some() || name == "password_file";
            key.secret || in_part || name.starts_with("oauth.")
        };
        let mut names = self.with.iter().map(|(name, _)| &**name);
        !hides(self.key.name) && !names.any(hides)
    }
}

fn url_of(pairs: &[(String, String)]) -> String {
    let encode = |text| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs = pairs.iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    format!("flightsql://h:1?{}", pairs.join("&"))
}

fn base() -> Options {
    Options::new().host("h").port(1)
}

/// Returns `true` if this build reads the key.
fn is_built(name: &str) -> bool {
    match name {
        "dialect_file" => cfg!(feature = "dialect-file"),
        _ => cfg!(feature = "oauth") || !name.starts_with("oauth."),
    }
}

fn proofs(folder: &Folder) -> Vec<Proof> {
    let simple = CASES.iter().map(|(name, value, set)| Proof {
        key: find(name).unwrap(),
        value: (*value).to_owned(),
        with: Vec::new(),
        built: set(base()),
    });
    let path = folder.0.to_str().unwrap();
    let companions = companions().into_iter();
    let companions = companions.filter(|(name, ..)| is_built(name));
    let companions = companions.map(|(name, pairs, set)| {
        let pairs = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.replace("{}", path)));
        let (own, with): (Vec<_>, Vec<_>) = pairs.partition(|(known, _)| known == name);
        Proof {
            key: find(name).unwrap(),
            value: own[0].1.clone(),
            with,
            built: set(base(), &folder.0),
        }
    });
    simple.chain(companions).collect()
}

#[test]
fn proves_every_key_of_the_table() {
    let folder = Folder::new("table");
    let mut proved: Vec<_> = proofs(&folder).iter().map(|proof| proof.key.name).collect();
    let known = all().iter().map(|key| key.name);
    let mut known: Vec<_> = known.filter(|name| is_built(name)).collect();
    proved.sort_unstable();
    known.sort_unstable();
    assert_eq!(proved, known);
}

#[test]
fn url_and_setter_agree_for_every_key() {
    let folder = Folder::new("setters");
    for proof in proofs(&folder) {
        let name = proof.key.name;
        for written in proof.names() {
            let parsed: Options = proof.url(&written, &proof.value).parse().unwrap();
            assert_eq!(fields(&parsed), fields(&proof.built), "{written}");
        }
        assert_ne!(fields(&proof.built), fields(&base()), "{name} does nothing");
        // Some of the other pairs are invalid on their own.
        if let Ok(without) = url_of(&proof.with).parse::<Options>() {
            assert_ne!(
                fields(&proof.built),
                fields(&without),
                "{name} does nothing"
            );
        }
    }
}

/// Profiles and the environment set keys as pairs, without a URL.
#[test]
fn pairs_and_urls_agree_for_every_key() {
    let folder = Folder::new("pairs");
    for proof in proofs(&folder) {
        let pair = |name: &str, value: &str| (name.to_owned(), Zeroizing::new(value.to_owned()));
        let with = proof.with.iter().map(|(name, value)| pair(name, value));
        // The order has no meaning.
        let pairs = [pair(proof.key.name, &proof.value)].into_iter().chain(with);
        let mut settings = Settings::new(&[]);
        settings.options = base();
        settings.set_all(pairs.collect()).unwrap();
        let options = settings.finish().unwrap();
        assert_eq!(fields(&options), fields(&proof.built), "{}", proof.key.name);
    }
}

#[test]
fn both_documents_describe_every_key() {
    let client = include_str!("../../keys.md");
    let driver = include_str!("../../../../../flightsql-driver/src/connect_options/keys.md");
    for key in all() {
        for document in [client, driver] {
            let mut rows = document.lines();
            let row = rows.find(|row| row.starts_with(&format!("| `{}`", key.name)));
            let row = row.unwrap_or_else(|| panic!("{} has no row", key.name));
            assert!(row.contains(key.doc) && row.contains(key.default), "{row}");
            assert_eq!(row.ends_with("*Locked.* |"), key.locked, "{row}");
            assert!(key.aliases.iter().all(|alias| row.contains(alias)), "{row}");
        }
    }
}

#[test]
fn every_key_survives_a_round_trip() {
    let folder = Folder::new("trips");
    for proof in proofs(&folder) {
        let name = proof.key.name;
        let again: Options = proof.built.to_url_with_secrets().as_str().parse().unwrap();
        assert_eq!(fields(&again), fields(&proof.built), "{name}");
        let lossy: Options = proof.built.to_url_lossy().as_str().parse().unwrap();
        assert_eq!(lossy.to_url_lossy(), proof.built.to_url_lossy(), "{name}");
        let is_complete = fields(&lossy) == fields(&proof.built);
        assert_eq!(is_complete, proof.is_printed(), "{name}");
    }
}

#[test]
fn no_key_shows_a_secret() {
    let folder = Folder::new("secrets");
    for proof in proofs(&folder) {
        let key = proof.key;
        let planted = match key.name {
            "tls_client_key_pem" => PEM,
            "proxy" => "http://ann:pl4nted-s3cret@p:3128",
            _ => PLANTED,
        };
        let hidden = |text: String| assert!(!text.contains(PLANTED), "{}: {text}", key.name);
        let url = proof.url(key.name, planted);
        if key.secret || key.lossy.is_some() {
            let options: Options = url.parse().unwrap();
            assert!(options.to_url_with_secrets().as_str().contains(PLANTED));
            hidden(format!(
                "{options:?} {options:#?} {}",
                options.to_url_lossy()
            ));
            hidden(format!("{:?}", options.locked()));
        }
        let mut wrong = vec![url.clone()];
        if !key.list {
            wrong.push(format!("{url}&{}={PLANTED}", key.name));
            let repeated = wrong[1].parse::<Options>();
            assert!(repeated.is_err(), "{} may be repeated", key.name);
        }
        // Values in the wrong place, and values that no option has.
        wrong.push(format!("flightsql+tcp://h?{}={PLANTED}", key.name));
        wrong.push(format!("{url}&no_such_key={PLANTED}"));
        if key.name == "dialect_file" {
            // Its error names the paths that were searched for.
            continue;
        }
        for url in wrong {
            for parsed in [url.parse::<Options>(), base().locked().parse(&url)] {
                if let Err(error) = parsed {
                    hidden(format!("{error} {error:?} {error:#?}"));
                }
            }
        }
    }
}

#[test]
fn locked_options_reject_exactly_the_flagged_keys() {
    let folder = Folder::new("locks");
    for proof in proofs(&folder) {
        let name = proof.key.name;
        // The keys that this one needs are permitted.
        let with = proof.with.iter();
        let locked = with.fold(Options::new().locked(), |locked, (name, _)| {
            locked.allow(name).unwrap()
        });
        for written in proof.names() {
            let url = proof.url(&written, &proof.value);
            let parsed = locked.parse(&url);
            let refused = OptionsError::Locked {
                key: name.to_owned(),
            };
            match proof.key.locked {
                true => assert_eq!(parsed.unwrap_err(), refused, "{written}"),
                false => assert_eq!(fields(&parsed.unwrap()), fields(&proof.built), "{written}"),
            }
            let allowed = locked.clone().allow(&written).unwrap();
            let parsed = allowed.parse(&url).unwrap();
            assert_eq!(fields(&parsed), fields(&proof.built), "{written}");
        }
    }
}
