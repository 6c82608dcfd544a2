//! Macros of the [`flightsql`](https://docs.rs/flightsql) crate. Use them through that crate: the expanded code names its
//! items, under the name that it has in `Cargo.toml`.
//!
//! `query/` (the `query!` family) · `migrate` · `test_attribute` · `row` (`FromRow`, SQLx's own) · `value/` (`Type`, `Encode`,
//! `Decode`) · `from_arrow` · `to_arrow` · `attributes` · `path` (the paths of the facade's items).

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

/// Derives `FromRow` as `#[derive(sqlx::FromRow)]` does, with the same attributes (`#[sqlx(rename = "…")]`, `rename_all`,
/// `default`, `flatten`, `skip`, `json`, `try_from`), for users who depend on `flightsql` alone.
#[proc_macro_derive(FromRow, attributes(sqlx, flightsql))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(row::from_row(&input))
}

/// Derives `Type`, `Encode` and `Decode` for a custom type:
///
/// * a struct with one unnamed field, or `#[sqlx(transparent)]`: as that field;
/// * an enum with `#[repr(i32)]` (or another integer): as that integer;
/// * an enum without fields: as the text of its variants (`#[sqlx(rename_all = "snake_case")]`, `rename`);
/// * an enum whose variants have one field each: the variant whose type the value has, or the variant of a union with the
///   same name;
/// * a struct with named fields: an Arrow struct with fields of these names.
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

/// Derives `Encode` only; see [`Type`](derive@Type).
#[proc_macro_derive(Encode, attributes(sqlx, flightsql))]
pub fn derive_encode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(value::expand(&input, &[value::Part::Encode]))
}

/// Derives `Decode` only; see [`Type`](derive@Type).
#[proc_macro_derive(Decode, attributes(sqlx, flightsql))]
pub fn derive_decode(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(value::expand(&input, &[value::Part::Decode]))
}

/// Derives `FromArrow`: `fetch_all_as` and `fetch_chunks_as` read the struct from record batches, column by column.
///
/// The attributes are the same as for [`FromRow`](derive@FromRow). A struct with a lifetime borrows from the batch.
#[proc_macro_derive(FromArrow, attributes(sqlx, flightsql, arrow))]
pub fn derive_from_arrow(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(from_arrow::expand(&input))
}

/// Derives `ToArrow`: the struct becomes a row of a record batch, for bulk ingest and for binding many rows at once.
///
/// `#[sqlx(rename = "…")]`, `rename_all`, `skip`, `flatten` and `json` work as in [`FromRow`](derive@FromRow). The type of
/// a column follows from the type of its field. `#[arrow(decimal(18, 2))]` and `#[arrow(type = …)]` set another type; the
/// latter accepts any expression of an Arrow `DataType`.
#[proc_macro_derive(ToArrow, attributes(sqlx, flightsql, arrow))]
pub fn derive_to_arrow(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expanded(to_arrow::expand(&input))
}

/// The expansion of the facade's `query!` family.
#[cfg(feature = "macros")]
#[doc(hidden)]
#[proc_macro]
pub fn expand_query(input: TokenStream) -> TokenStream {
    // The macro stands for an expression, and several errors are several items.
    let block = |errors| quote::quote!({ #errors });
    query::expand(input.into())
        .unwrap_or_else(|error| block(error.to_compile_error()))
        .into()
}

/// The expansion of the facade's `migrate!`.
#[cfg(feature = "migrate")]
#[doc(hidden)]
#[proc_macro]
pub fn expand_migrate(input: TokenStream) -> TokenStream {
    expanded(migrate::expand(input.into()))
}

/// Runs a test with its own database, as `#[sqlx::test]` does; see `flightsql::test`.
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
