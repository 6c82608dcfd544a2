//! Values and a dialect to what is sent: a record batch of parameters, or literals in the text of a statement.
//!
//! The type of a parameter is decided when the statement is prepared. Until then a value keeps its own type.

mod batch;
mod encode;
mod error;
mod literal;
mod parameters;
mod union;

pub use self::batch::{BindTarget, in_bind_forms, unique_columns, wrong_number};
pub use self::error::BindError;
pub use self::literal::Literals;
pub use self::parameters::Parameters;
