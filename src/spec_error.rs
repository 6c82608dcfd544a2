//! Any error of a `TryFrom` as SQLx's boxed error, for `#[sqlx(try_from = "…")]`.
//!
//! Method resolution takes the first of the three traits that the type has: the call is on a `&&&Wrap`, and each trait
//! is implemented for one reference less.

use std::cell::Cell;
use std::fmt::Display;

use sqlx_core::error::BoxDynError;

/// An error that is turned into a box once.
pub struct Wrap<E>(Cell<Option<E>>);

impl<E> std::fmt::Debug for Wrap<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wrap")
    }
}

impl<E> Wrap<E> {
    /// Holds an error.
    pub fn new(error: E) -> Self {
        Self(Cell::new(Some(error)))
    }
}

fn nothing() -> BoxDynError {
    "the conversion failed".into()
}

/// For errors, and texts.
pub trait ViaInto {
    /// The error itself.
    fn boxed(&self) -> BoxDynError;
}

impl<E: Into<BoxDynError>> ViaInto for &&Wrap<E> {
    fn boxed(&self) -> BoxDynError {
        self.0.take().map_or_else(nothing, Into::into)
    }
}

/// For what can at least be shown.
pub trait ViaDisplay {
    /// Its text.
    fn boxed(&self) -> BoxDynError;
}

impl<E: Display> ViaDisplay for &Wrap<E> {
    fn boxed(&self) -> BoxDynError {
        self.0
            .take()
            .map_or_else(nothing, |error| error.to_string().into())
    }
}

/// For anything else.
pub trait ViaName {
    /// The name of its type.
    fn boxed(&self) -> BoxDynError;
}

impl<E> ViaName for Wrap<E> {
    fn boxed(&self) -> BoxDynError {
        let name = std::any::type_name::<E>();
        format!("the conversion failed with a `{name}`").into()
    }
}

/// What `#[derive(FromRow)]` writes around the error of a `TryFrom`.
#[doc(hidden)]
#[macro_export]
macro_rules! __spec_error {
    ($error:expr) => {{
        #[allow(unused_imports, reason = "one of them is used")]
        use $crate::spec_error::{ViaDisplay as _, ViaInto as _, ViaName as _};
        (&&&$crate::spec_error::Wrap::new($error)).boxed()
    }};
}

#[cfg(test)]
mod tests;
