//! Values that cannot be bound, as errors of a call.

use super::Error;
use crate::bind::BindError;

impl From<BindError> for Error {
    fn from(error: BindError) -> Self {
        match error {
            BindError::Argument(message) => Self::argument(message),
            BindError::Encode(source) => Self::encode(source),
        }
    }
}
