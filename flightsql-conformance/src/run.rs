//! [`run`]: every behavior once, each on its own.

use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::timeout;

use crate::behaviors::{Behavior, behaviors};
use crate::context::Context;
use crate::quirks::Quirks;
use crate::report::{Outcome, Report};
use crate::verdict::{Stop, Verdict};

/// The longest wait for one behavior; the slowest server seen needs a few seconds for the largest.
const BEHAVIOR_LIMIT: Duration = Duration::from_secs(30);
/// The longest wait for dropping what a behavior made.
const TIDYING: Duration = Duration::from_secs(10);
/// The first behavior: without it nothing else can be tried.
const FIRST: &str = "connect.connect";

/// Runs every behavior on the server at `url` and returns the outcome of each.
///
/// Each has fresh connections, is given 30 seconds, and does not end the others, even by a panic. Tables that
/// behaviors make are called `conformance_…` and are dropped again. When no connection can be made, the rest is
/// not tried. The URL is one of the driver's and is in no report.
///
/// Needs a Tokio runtime. If the future is dropped, its tables remain.
pub async fn run(url: &str, quirks: &Quirks) -> Report {
    run_some(url, quirks, |_| true).await
}

/// As [`run`], with the behaviors for which `wanted` is true of the full name (`binds.text`).
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

/// One behavior in a task of its own, then what it left is dropped.
async fn run_one(behavior: &Behavior, context: Context) -> Outcome {
    let outcome = alone(behavior.start(context.clone()), context.quirks()).await;
    if timeout(TIDYING, context.tidy()).await.is_err() {
        return match outcome {
            Outcome::Failed(_) => outcome,
            _ => Outcome::failed(format!("its tables are not dropped within {TIDYING:?}")),
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
            Outcome::failed(format!("no answer in {BEHAVIOR_LIMIT:?}"))
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
        .unwrap_or("without a text")
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
        let failed = outcome(error(), &Quirks::default());
        assert!(matches!(failed, Outcome::Failed(text) if text.contains("no such plan")));
        let refused = outcome(error(), &Quirks::default().refusal("such plan"));
        assert!(matches!(refused, Outcome::Unsupported(text) if text.contains("no such plan")));
    }
}
