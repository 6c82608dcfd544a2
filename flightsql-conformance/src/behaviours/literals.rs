//! Group `literals`: the behaviours of bound values again, with the values written into the text (`binds=literal`).

use flightsql::Error;

use super::{Behaviour, behaviour, binds, updates};
use crate::context::Context;
use crate::verdict::{Stop, Verdict};

const GROUP: &str = "literals";

/// One behaviour over a connection with `binds=literal`.
macro_rules! written {
    ($name:literal, $about:literal, $run:path) => {
        behaviour(GROUP, $name, $about, |context: Context| async move {
            refused_is_unsupported($run(context.with_keys("binds=literal")).await)
        })
    };
}

pub(super) fn all() -> Vec<Behaviour> {
    vec![
        written!("int", "integers to both ends of 64 bits", binds::int),
        written!("text", "text, also empty and beyond ASCII", binds::text),
        written!("null", "NULL as a number and as text", binds::null),
        written!(
            "float",
            "floating point numbers, to their last bit",
            binds::float
        ),
        written!("bool", "true and false", binds::bool),
        written!("date", "a date", binds::date),
        written!("timestamp", "a timestamp of microseconds", binds::timestamp),
        written!("again", "one statement with other values", binds::again),
        written!(
            "twelve",
            "twelve parameters keep their order",
            binds::twelve
        ),
        written!(
            "wrong_number",
            "too few or too many values are refused, and the connection goes on",
            binds::wrong_number
        ),
        written!(
            "quotes",
            "text with quotes, backslashes and comments stays data",
            binds::quotes
        ),
        written!(
            "bound_insert",
            "one INSERT with values, run three times",
            updates::bound_insert
        ),
        written!(
            "many_rows",
            "three rows of values for one INSERT",
            updates::many_rows
        ),
    ]
}

/// A value for which the dialect has no literal.
fn refused_is_unsupported(verdict: Verdict) -> Verdict {
    match verdict {
        Err(Stop::Error(Error::Encode(why))) => Err(Stop::Unsupported(why.to_string())),
        verdict => verdict,
    }
}
