//! [`run`]: runs every behavior once, independently of the others.

use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::timeout;

use crate::behaviors::{Behavior, behaviors};
use crate::context::Context;
use crate::quirks::Quirks;
use crate::report::{Outcome, Report};
use crate::verdict::{Stop, Verdict};

/// The timeout for one behavior. The slowest known server needs a few seconds for the largest one.
const BEHAVIOR_LIMIT: Duration = Duration::from_secs(30);
/// The timeout for dropping the tables of a behavior.
const TIDYING: Duration = Duration::from_secs(10);
/// The first behavior. If it fails, no other behavior is tried.
const FIRST: &str = "connect.connect";

/// Runs every behavior on the server at `url` and returns the outcome of each.
///
/// Each behavior has new connections and 30 seconds, and does not affect the others, even if it panics. The tables of
/// behaviors are named `conformance_…` and are dropped afterwards. If no connection can be opened, the other behaviors are
/// not tried. `url` is a URL of the driver and is not part of the report.
///
/// The function needs a Tokio runtime.
///
/// # Cancel safety
/// If the future is dropped, its tables remain on the server.
pub async fn run(url: &str, quirks: &Quirks) -> Report {
    run_some(url, quirks, |_| true).await
}

/// Runs the behaviors for which `wanted` returns `true` for the full name (`binds.text`); see [`run`].
pub async fn run_some(url: &str, quirks: &Quirks, wanted: impl Fn(&str) -> bool) -> Report {
    let context = Context::new(url, quirks);
    let mut report = Report::default();
    let mut unreachable = None;
    for behavior in behaviors() {
        let id = behavior.id();
        if !wanted(&id) {
            continue;
        }
        let outcome = match (quirks.reason_to_skip(&id), &unreachable) {
            (Some(reason), _) => Outcome::NotTried(reason.to_owned()),
            (None, Some(_)) => Outcome::NotTried("no connection".to_owned()),
            (None, None) => run_one(&behavior, context.clone()).await,
        };
        if id == FIRST && matches!(outcome, Outcome::Failed(_)) {
            unreachable = Some(());
        }
        report.add(id, outcome);
    }
    report
}

/// Runs one behavior in its own task, then drops its tables.
async fn run_one(behavior: &Behavior, context: Context) -> Outcome {
    let outcome = alone(behavior.start(context.clone()), context.quirks()).await;
    if timeout(TIDYING, context.tidy()).await.is_err() {
        return match outcome {
            Outcome::Failed(_) => outcome,
            _ => Outcome::failed(format!("its tables were not dropped within {TIDYING:?}")),
        };
    }
    outcome
}

async fn alone(work: impl Future<Output = Verdict> + Send + 'static, quirks: &Quirks) -> Outcome {
    let mut task = tokio::spawn(work);
    match timeout(BEHAVIOR_LIMIT, &mut task).await {
        Ok(Ok(verdict)) => outcome(verdict, quirks),
        Ok(Err(panic)) => Outcome::failed(format!("panic: {}", message(panic))),
        Err(_) => {
            task.abort();
            Outcome::failed(format!("no response within {BEHAVIOR_LIMIT:?}"))
        }
    }
}

fn outcome(verdict: Verdict, quirks: &Quirks) -> Outcome {
    match verdict {
        Ok(()) => Outcome::Supported,
        Err(Stop::NotTried(reason)) => Outcome::not_tried(reason),
        Err(Stop::Unsupported(reason)) => Outcome::unsupported(reason),
        Err(Stop::Wrong(what)) => Outcome::failed(what),
        Err(Stop::Error(error)) => {
            let text = text_of(&error);
            if quirks.is_unsupported(&error) {
                Outcome::unsupported(text)
            } else {
                Outcome::failed(text)
            }
        }
    }
}

/// Returns the error's text without SQLx's prefix.
fn text_of(error: &flightsql::Error) -> String {
    match error.as_database_error() {
        Some(database) => database.to_string(),
        None => error.to_string(),
    }
}

fn message(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "the task was cancelled".to_owned();
    };
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{alone, outcome};
    use crate::quirks::Quirks;
    use crate::report::Outcome;
    use crate::verdict::Stop;

    #[tokio::test]
    async fn panic_is_failure() {
        let quirks = Quirks::default();
        let outcome = alone(async { panic!("at {}", 7) }, &quirks).await;
        assert_eq!(outcome, Outcome::Failed("panic: at 7".to_owned()));
    }

    #[tokio::test(start_paused = true)]
    async fn missing_response_is_failure() {
        let quirks = Quirks::default();
        let work = async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        };
        let outcome = alone(work, &quirks).await;
        assert_eq!(
            outcome,
            Outcome::Failed("no response within 30s".to_owned())
        );
    }

    #[test]
    fn a_text_of_the_quirks_is_a_refusal() {
        let error = || {
            Err(Stop::Error(flightsql::Error::Protocol(
                "no such plan".to_owned(),
            )))
        };
        let failed = outcome(error(), &Quirks::default());
        assert!(matches!(failed, Outcome::Failed(text) if text.contains("no such plan")));
        let refused = outcome(error(), &Quirks::default().refusal("such plan"));
        assert!(matches!(refused, Outcome::Unsupported(text) if text.contains("no such plan")));
    }
}
