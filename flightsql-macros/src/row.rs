//! `#[derive(FromRow)]`: SQLx's own expansion, with the facade's paths.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use sqlx_macros_core::derives::expand_derive_from_row;
use syn::DeriveInput;

use crate::path::{facade, instead_of_sqlx};

/// The type parameter in SQLx's expansion, which hides a type of the user with this name.
const ROW: &str = "R";
/// The name of such a type while SQLx expands it, and of the type parameter afterwards.
const OTHER: &str = "__FlightSqlR";

pub(crate) fn from_row(input: &DeriveInput) -> syn::Result<TokenStream> {
    let facade = facade(&input.attrs)?;
    let tokens = input.to_token_stream();
    let expanded = match contains(tokens.clone(), ROW) {
        false => expand_derive_from_row(input)?,
        true => {
            let renamed = syn::parse2(swapped(tokens))?;
            swapped(expand_derive_from_row(&renamed)?)
        }
    };
    Ok(instead_of_sqlx(expanded, &facade))
}

fn contains(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => contains(group.stream(), name),
        TokenTree::Ident(ident) => ident == name,
        _ => false,
    })
}

/// Exchanges the two names.
fn swapped(tokens: TokenStream) -> TokenStream {
    let swap = |token| match token {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), swapped(group.stream()));
            inner.set_span(group.span());
            inner.into()
        }
        TokenTree::Ident(ident) if ident == ROW => Ident::new(OTHER, ident.span()).into(),
        TokenTree::Ident(ident) if ident == OTHER => Ident::new(ROW, ident.span()).into(),
        other => other,
    };
    tokens.into_iter().map(swap).collect()
}
