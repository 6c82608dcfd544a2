//! `#[flightsql::test]`: SQLx's own expansion with the facade's paths, and the user's function unchanged.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use syn::ItemFn;

use crate::path::{facade, instead_of_sqlx, with_span};

pub(crate) fn expand(arguments: TokenStream, input: TokenStream) -> syn::Result<TokenStream> {
    // `sqlx::…` in the user's code means SQLx.
    let function: ItemFn = syn::parse2(hide_sqlx(input))?;
    let facade = facade(&[])?;
    let expanded = sqlx_macros_core::test_attr::expand(arguments, function)
        .map_err(|error| with_span(error, Span::call_site()))?;
    Ok(show_sqlx(instead_of_sqlx(expanded, &facade)))
}

/// The placeholder for `sqlx` in the user's code while SQLx's macro and the rewriting run.
const HIDDEN: &str = "__flightsql_users_own_sqlx";

/// Replaces `sqlx` in the user's code, so that only the macro's additions are rewritten.
fn hide_sqlx(tokens: TokenStream) -> TokenStream {
    renamed(tokens, "sqlx", HIDDEN)
}

/// Restores `sqlx` in the user's code.
fn show_sqlx(tokens: TokenStream) -> TokenStream {
    renamed(tokens, HIDDEN, "sqlx")
}

fn renamed(tokens: TokenStream, from: &str, to: &str) -> TokenStream {
    let one = |token| match token {
        TokenTree::Group(group) => {
            let mut same = Group::new(group.delimiter(), renamed(group.stream(), from, to));
            same.set_span(group.span());
            same.into()
        }
        TokenTree::Ident(ident) if ident == from => Ident::new(to, ident.span()).into(),
        other => other,
    };
    tokens.into_iter().map(one).collect()
}
