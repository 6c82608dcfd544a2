//! Macros of the [`flightsql`](https://docs.rs/flightsql) crate. Use them through it: what they expand to names its
//! items, under whatever name `Cargo.toml` gives it.
//!
//! `query/` (the `query!` family) · `migrate` · `test_attribute` · `row` (`FromRow`, SQLx's own) · `value/` (`Type`, `Encode`,
//! `Decode`) · `from_arrow` · `to_arrow` · `attributes` · `path` (where the facade's items stand).

mod attributes;
mod from_arrow;
#[cfg(feature = "migrate")]
mod migrate;
mod path;
#[cfg(feature = "macros")]
mod query;
mod row;
#[cfg(feature = "macros")]
mod test_attribute;
mod to_arrow;
mod value;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// `FromRow` as `#[derive(sqlx::FromRow)]`, with the same attributes (`#[sqlx(rename = "…")]`, `rename_all`, `default`,
/// `flatten`, `skip`, `json`, `try_from`), for users who depend on `flightsql` alone.
#[proc_macro_derive(FromRow, attributes(sqlx, flightsql))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(row::from_row(&input))
}

/// `Type`, `Encode` and `Decode` for a type of your own:
///
/// * a struct with one unnamed field, or `#[sqlx(transparent)]`: as that field;
/// * an enum with `#[repr(i32)]` (or another integer): as that integer;
/// * an enum without fields: as the text of its variants (`#[sqlx(rename_all = "snake_case")]`, `rename`);
/// * an enum whose variants have one field each: whichever variant a value has the type of; the variant of a union by
///   its name;
/// * a struct with named fields: an Arrow struct with fields of those names.
///
/// The type may also be an item of a list.
#[proc_macro_derive(Type, attributes(sqlx, flightsql))]
pub fn derive_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(value::expand(
        &input,
        &[value::Part::Type, value::Part::Encode, value::Part::Decode],
    ))
}

/// `Encode` alone; see [`Type`](derive@Type).
#[proc_macro_derive(Encode, attributes(sqlx, flightsql))]
pub fn derive_encode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(value::expand(&input, &[value::Part::Encode]))
}

/// `Decode` alone; see [`Type`](derive@Type).
#[proc_macro_derive(Decode, attributes(sqlx, flightsql))]
pub fn derive_decode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(value::expand(&input, &[value::Part::Decode]))
}

/// `FromArrow`: the struct is read from record batches column by column, as `fetch_all_as` and `fetch_chunks_as` do.
///
/// The attributes are those of [`FromRow`](derive@FromRow). A struct with a lifetime borrows from the batch.
#[proc_macro_derive(FromArrow, attributes(sqlx, flightsql, arrow))]
pub fn derive_from_arrow(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(from_arrow::expand(&input))
}

/// `ToArrow`: the struct becomes a row of a record batch, for bulk ingest and for binding many rows at once.
///
/// `#[sqlx(rename = "…")]`, `rename_all`, `skip`, `flatten` and `json` as in [`FromRow`](derive@FromRow). The type of a
/// column follows from the type of the field; `#[arrow(decimal(18, 2))]` and `#[arrow(type = …)]`, with any expression
/// for an Arrow `DataType`, ask for another one.
#[proc_macro_derive(ToArrow, attributes(sqlx, flightsql, arrow))]
pub fn derive_to_arrow(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(to_arrow::expand(&input))
}

/// What the `query!` family of the facade expands to.
#[cfg(feature = "macros")]
#[doc(hidden)]
#[proc_macro]
pub fn expand_query(input: TokenStream) -> TokenStream {
    expanded(query::expand(input.into()))
}

/// What the facade's `migrate!` expands to.
#[cfg(feature = "migrate")]
#[doc(hidden)]
#[proc_macro]
pub fn expand_migrate(input: TokenStream) -> TokenStream {
    expanded(migrate::expand(input.into()))
}

/// A test with a database of its own, as `#[sqlx::test]`; see `flightsql::test`.
#[cfg(feature = "macros")]
#[proc_macro_attribute]
pub fn test(arguments: TokenStream, input: TokenStream) -> TokenStream {
    expanded(test_attribute::expand(arguments.into(), input.into()))
}

fn expanded(result: syn::Result<proc_macro2::TokenStream>) -> TokenStream {
    result
        .unwrap_or_else(|error| error.to_compile_error())
        .into()
}

#[cfg(test)]
mod tests;
