//! Only paths of SQLx are replaced with paths of the facade.
#![allow(clippy::unwrap_used, reason = "tests")]

use quote::quote;
use syn::parse_quote;

use super::{facade, instead_of_sqlx};

fn rewritten(tokens: proc_macro2::TokenStream) -> String {
    instead_of_sqlx(tokens, &quote!(::flight)).to_string()
}

#[test]
fn paths_of_sqlx_are_replaced() {
    let expected = quote! {
        impl<R: ::flight::Row> ::flight::FromRow<'a, R> for T {
            fn f() -> ::flight::Result<Self> { x as ::flight::Y; ::flight::__spec_error!(e) }
        }
    };
    let tokens = quote! {
        impl<R: ::sqlx::Row> ::sqlx::FromRow<'a, R> for T {
            fn f() -> ::sqlx::Result<Self> { x as ::sqlx::Y; sqlx::__spec_error!(e) }
        }
    };
    assert_eq!(rewritten(tokens), expected.to_string());
}

#[test]
fn other_paths_and_names_are_left() {
    let tokens = quote! { my::sqlx::Row; let sqlx = 1; x.sqlx; ::other::sqlx::Y };
    assert_eq!(rewritten(tokens.clone()), tokens.to_string());
}

#[test]
fn the_attribute_says_where_the_facade_is() {
    let attributes = [parse_quote!(#[flightsql(crate = "my::db")])];
    assert_eq!(facade(&attributes).unwrap().to_string(), "my :: db");
    let wrong = [parse_quote!(#[flightsql(krate = "x")])];
    assert!(
        facade(&wrong)
            .unwrap_err()
            .to_string()
            .contains("unknown attribute")
    );
}
