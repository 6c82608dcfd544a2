//! Secrets of every kind, planted in options, headers, cookies and sessions: no error, `Debug`, log, span or
//! metric shows them.

mod cases;
mod echo;
mod logs;
mod matrix;
mod observed;
mod operations;
mod planted;
#[cfg(feature = "profile")]
mod profiles;
mod recorder;

use std::fmt::{Debug, Write as _};

use flightsql::Error;

use planted::leaks;
pub(crate) use recorder::install as install_recorder;

/// Everything that an error can print, with its sources.
fn printed(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}\n{error:#?}\n");
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        writeln!(text, "{inner}\n{inner:?}\n{inner:#?}").unwrap();
        source = inner.source();
    }
    text
}

/// Asserts that `Debug` shows no secret and no bound value.
#[track_caller]
fn clean(value: &impl Debug) {
    clean_text(&format!("{value:?}\n{value:#?}"));
}

#[track_caller]
fn clean_text(text: &str) {
    let found = leaks(text).or_else(|| planted::bound(text));
    assert_eq!(found, None, "a secret was printed: {text}");
}
