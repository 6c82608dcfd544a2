//! SQL text: tokens, kinds of statements and placeholders. Keywords only, no parser.

pub(crate) mod class;
mod effect;
pub mod lexer;
pub(crate) mod placeholder;
mod split;
pub mod statement;
pub mod summary;
mod syntax;

pub use class::{StatementClass, StatementText};
pub use effect::SessionEffect;
pub use placeholder::{Placeholder, PlaceholderError, Placeholders};
pub use statement::ParsedStatement;
pub use syntax::{Quote, Syntax};
