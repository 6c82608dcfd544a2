//! The boxed stream of every streaming method.

use tonic::Status;

/// A boxed stream of reply messages.
pub(crate) type BoxStream<T> = futures_util::stream::BoxStream<'static, Result<T, Status>>;
