//! SQL text: tokens, kinds of statements and placeholders. Keywords only, no parser.
//!
//! `lexer` (tokens) · `class` (the kind of a statement) · `statement` (a statement that was read once) · `split` (where a
//! script's statements end) · `placeholder` (`?`, `$1`, `:name`) · `syntax` (the facts that differ between engines).

pub(crate) mod class;
pub mod lexer;
pub(crate) mod placeholder;
mod split;
pub mod statement;
mod syntax;

pub use class::{StatementClass, StatementText};
pub use placeholder::{Placeholder, PlaceholderError, Placeholders};
pub use statement::ParsedStatement;
pub use syntax::{Quote, Syntax};
