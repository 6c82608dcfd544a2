//! `#[derive(FromRow)]`: SQLx's own expansion, with the facade's paths.

use proc_macro2::TokenStream;
use sqlx_macros_core::derives::expand_derive_from_row;
use syn::DeriveInput;

use crate::path::{facade, instead_of_sqlx};

pub(crate) fn from_row(input: &DeriveInput) -> syn::Result<TokenStream> {
    let facade = facade(&input.attrs)?;
    Ok(instead_of_sqlx(expand_derive_from_row(input)?, &facade))
}
