//! The derives of the facade, as its only dependency.

mod from_arrow;
mod to_arrow;
mod value;
