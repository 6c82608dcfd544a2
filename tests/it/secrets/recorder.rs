//! A logger and a subscriber of `tracing` for everything, which search each record for secrets.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write as _};
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, RwLock};

use log::{LevelFilter, Log, Metadata, Record};
use tracing::field::{Field, Visit};
use tracing::span;

use super::planted;

/// Set for a child process: the file of the findings.
pub(super) const REPORT: &str = "FLIGHTSQL_TEST_LOG_REPORT";
/// Set if `tracing` has a subscriber, so that its events are not log records.
pub(super) const SUBSCRIBED: &str = "FLIGHTSQL_TEST_LOG_SUBSCRIBED";

/// Secrets of the tests whose logs are recorded.
const OF_TESTS: [&str; 19] = [
    "hunter2",
    "s3cret",
    "t0ken-abcdef",
    "t0ken/4bc",
    "t0ken%2F4bc",
    "h3ader-k3y",
    "pa55-w0rd",
    "swordfish-7f3a",
    "only-token",
    "first-token",
    "second-token",
    "not-the-one",
    "issued-1",
    "pl4nted-cl1ent",
    "pass-of-root",
    "tenant-secret",
    // `Basic` of `ann:pass`, of `reports` with its secret, and of `root`.
    "YW5uOnBhc3M",
    "cmVwb3J0czpwbDRudGVk",
    "cm9vdDpwYXNzLW9mLXJvb3",
];

static RECORDER: OnceLock<Recorder> = OnceLock::new();
/// Secrets that were generated in this process.
static GENERATED: RwLock<Vec<String>> = RwLock::new(Vec::new());

struct Recorder {
    report: Mutex<File>,
    /// The lines of the report, each written once.
    seen: Mutex<BTreeSet<String>>,
    spans: AtomicU64,
}

/// Records everything from now on, in a child process of `logs`.
pub(crate) fn install() {
    let Some(path) = std::env::var_os(REPORT) else {
        return;
    };
    let recorder = RECORDER.get_or_init(|| Recorder {
        report: Mutex::new(File::create(PathBuf::from(path)).unwrap()),
        seen: Mutex::default(),
        spans: AtomicU64::new(1),
    });
    log::set_logger(recorder).unwrap();
    log::set_max_level(LevelFilter::Trace);
    if std::env::var_os(SUBSCRIBED).is_some() {
        tracing::subscriber::set_global_default(recorder).unwrap();
    }
    log::trace!("recording");
}

/// Returns `true` if each record of this process is searched.
pub(super) fn is_installed() -> bool {
    RECORDER.get().is_some()
}

/// Searches for this secret too.
pub(super) fn generated(secret: &str) {
    GENERATED.write().unwrap().push(secret.to_owned());
}

/// Returns the place of a secret in a record.
pub(super) fn secret_in(text: &str) -> Option<String> {
    let generated = || {
        let generated = GENERATED.read().unwrap();
        generated
            .iter()
            .find_map(|secret| planted::find(text, secret))
    };
    planted::leaks(text)
        .or_else(|| planted::bound(text))
        .or_else(|| {
            OF_TESTS
                .iter()
                .find_map(|secret| planted::find(text, secret))
        })
        .or_else(|| issued(text))
        .or_else(generated)
}

/// Finds a token or a session of the test server, which end with 32 hexadecimal digits.
fn issued(text: &str) -> Option<String> {
    ["token-", "session-"].into_iter().find_map(|name| {
        let mut places = text.match_indices(name);
        let found = places.find(|(at, _)| {
            let digits = text[at + name.len()..].bytes();
            digits.take_while(u8::is_ascii_hexdigit).count() >= 16
        });
        found.and_then(|(at, _)| planted::find(&text[at..], name))
    })
}

impl Recorder {
    fn search(&self, kind: &str, target: &str, text: &str) {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("-").to_owned();
        let module = test.split("::").next().unwrap_or("-");
        self.report(format!("module {module}"));
        let origin = target.split("::").next().unwrap_or(target);
        self.report(format!("{kind} {origin}"));
        if let Some(found) = secret_in(text) {
            let found = found.escape_debug();
            self.report(format!("LEAK {kind} {target} in {test}: {found}"));
        }
    }

    /// Reports the names of the fields of spans.
    fn note(&self, fields: &Fields) {
        for name in &fields.names {
            self.report(format!("field {name}"));
        }
    }

    fn report(&self, line: String) {
        let mut seen = self.seen.lock().unwrap();
        if !seen.contains(&line) {
            writeln!(self.report.lock().unwrap(), "{line}").unwrap();
            seen.insert(line);
        }
    }
}

impl Log for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        self.search("record", record.target(), &record.args().to_string());
    }

    fn flush(&self) {}
}

/// The text of all fields, and their names.
#[derive(Default)]
struct Fields {
    text: String,
    names: Vec<&'static str>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.names.push(field.name());
        write!(self.text, "{}={value:?} ", field.name()).unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.names.push(field.name());
        write!(self.text, "{}={value} ", field.name()).unwrap();
    }
}

impl tracing::Subscriber for &'static Recorder {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        self.note(&fields);
        let metadata = attributes.metadata();
        let text = format!("{} {}", metadata.name(), fields.text);
        self.search("span", metadata.target(), &text);
        if metadata.target().starts_with("flightsql") {
            self.report(format!("span {}", metadata.target()));
        }
        span::Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        self.note(&fields);
        self.search("span", "recorded", &fields.text);
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        self.search("event", event.metadata().target(), &fields.text);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn finds_issued_tokens() {
    let token = format!("Bearer token-{:032x}!", 7);
    assert!(secret_in(&token).is_some());
    assert_eq!(secret_in("a token-based session-7"), None);
}
