//! Runs each fuzz target on its corpus and on mutations of it: for a second, or for `FUZZ_SECONDS` seconds.

use std::fs;
use std::path::Path;
use std::time::Duration;

use flightsql_fuzz::{TARGETS, run};

fn seconds() -> u64 {
    let text = std::env::var("FUZZ_SECONDS").unwrap_or_else(|_| "1".to_owned());
    text.parse()
        .unwrap_or_else(|_| panic!("FUZZ_SECONDS must be a number of seconds"))
}

/// Runs the target. Another seed, in `FUZZ_SEED`, leads to other mutations.
fn smoke(name: &str) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let target = *target.unwrap_or_else(|| panic!("no target {name}"));
    let seed = std::env::var("FUZZ_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let report = run(target, seed, Duration::from_secs(seconds()));
    let report = report.unwrap_or_else(|failure| panic!("{failure}"));
    println!("{name}: {} runs, no panic", report.runs);
    assert!(report.corpus > 0, "{name} has no corpus");
    assert!(report.runs > 0);
}

macro_rules! smoke {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                smoke(stringify!($name));
            }
        )*

        #[test]
        fn every_target_has_a_test_and_a_small_corpus() {
            let tested = [$(stringify!($name)),*];
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names, tested);
            for name in names {
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
                let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap()).collect();
                assert!(files.len() <= 50, "{name} has {} inputs", files.len());
                for file in files {
                    let length = file.metadata().unwrap().len();
                    assert!(length <= 4096, "{} has {length} bytes", file.path().display());
                }
            }
        }
    };
}

smoke! { cookies literals messages sql_text url_options values }
