//! Panics and silence are outcomes like others.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use super::{alone, judge};
use crate::quirks::Quirks;
use crate::report::Outcome;
use crate::verdict::Stop;

#[tokio::test]
async fn a_panic_is_a_failure() {
    let quirks = Quirks::default();
    let outcome = alone(async { panic!("at {}", 7) }, &quirks).await;
    assert_eq!(outcome, Outcome::Failed("panic: at 7".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn silence_is_a_failure() {
    let quirks = Quirks::default();
    let work = async {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Ok(())
    };
    let outcome = alone(work, &quirks).await;
    assert_eq!(outcome, Outcome::Failed("no answer in 30s".to_owned()));
}

#[test]
fn a_text_of_the_quirks_is_a_refusal() {
    let error = || {
        Err(Stop::Error(flightsql::Error::Protocol(
            "no such plan".to_owned(),
        )))
    };
    let failed = judge(error(), &Quirks::default());
    assert!(matches!(failed, Outcome::Failed(text) if text.contains("no such plan")));
    let refused = judge(error(), &Quirks::default().refusal("such plan"));
    assert!(matches!(refused, Outcome::Unsupported(text) if text.contains("no such plan")));
}
