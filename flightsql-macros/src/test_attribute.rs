//! `#[flightsql::test]`: SQLx's own expansion, with the facade's paths, and the user's function as it was.

use proc_macro2::{Span, TokenStream};
use syn::ItemFn;

use crate::path::{facade, hide_sqlx, instead_of_sqlx, show_sqlx, with_span};

pub(crate) fn expand(arguments: TokenStream, input: TokenStream) -> syn::Result<TokenStream> {
    // What the user wrote may say `sqlx::…` and mean SQLx.
    let function: ItemFn = syn::parse2(hide_sqlx(input))?;
    let facade = facade(&[])?;
    let expanded = sqlx_macros_core::test_attr::expand(arguments, function)
        .map_err(|error| with_span(error, Span::call_site()))?;
    Ok(show_sqlx(instead_of_sqlx(expanded, &facade)))
}
