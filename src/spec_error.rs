//! Conversion of any error of a `TryFrom` into SQLx's boxed error, for `#[sqlx(try_from = "…")]`.
//!
//! Method resolution selects the first of the three traits that applies: the call is on a `&&&Wrap`, and each trait is
//! implemented for one reference less.

use std::cell::Cell;
use std::fmt::Display;

use sqlx_core::error::BoxDynError;

/// An error that is boxed once.
pub struct Wrap<E>(Cell<Option<E>>);

impl<E> std::fmt::Debug for Wrap<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wrap")
    }
}

impl<E> Wrap<E> {
    /// Wraps an error.
    pub fn new(error: E) -> Self {
        Self(Cell::new(Some(error)))
    }
}

fn nothing() -> BoxDynError {
    "the conversion failed".into()
}

/// Errors and strings.
pub trait ViaInto {
    /// Returns the error itself.
    fn boxed(&self) -> BoxDynError;
}

impl<E: Into<BoxDynError>> ViaInto for &&Wrap<E> {
    fn boxed(&self) -> BoxDynError {
        self.0.take().map_or_else(nothing, Into::into)
    }
}

/// Types with `Display`.
pub trait ViaDisplay {
    /// Returns its text.
    fn boxed(&self) -> BoxDynError;
}

impl<E: Display> ViaDisplay for &Wrap<E> {
    fn boxed(&self) -> BoxDynError {
        self.0
            .take()
            .map_or_else(nothing, |error| error.to_string().into())
    }
}

/// All other types.
pub trait ViaName {
    /// Returns the name of its type.
    fn boxed(&self) -> BoxDynError;
}

impl<E> ViaName for Wrap<E> {
    fn boxed(&self) -> BoxDynError {
        let name = std::any::type_name::<E>();
        format!("the conversion failed with a `{name}`").into()
    }
}

/// Boxes the error of a `TryFrom`; `#[derive(FromRow)]` expands to it.
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
