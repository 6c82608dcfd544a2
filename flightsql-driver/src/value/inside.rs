//! [`Inside`]: an error with its position in a list, struct or map.

use std::fmt;

use sqlx_core::error::BoxDynError;

/// An error inside a value, with its position.
#[derive(Debug)]
pub(crate) struct Inside {
    place: String,
    source: BoxDynError,
}

impl Inside {
    pub(crate) fn error(place: String, source: BoxDynError) -> BoxDynError {
        Box::new(Self { place, source })
    }

    /// Returns the error itself, without its positions.
    pub(crate) fn cause<'e>(
        mut error: &'e (dyn std::error::Error + 'static),
    ) -> &'e (dyn std::error::Error + 'static) {
        while let Some(inside) = error.downcast_ref::<Self>() {
            error = &*inside.source;
        }
        error
    }
}

impl fmt::Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.source)
    }
}

impl std::error::Error for Inside {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // `Display` includes the error itself, so its cause comes next.
        self.source.source()
    }
}
