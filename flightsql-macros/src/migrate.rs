//! `migrate!`: SQLx's own expansion, with the facade's paths.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token, bracketed};

use crate::path::instead_of_sqlx;

struct Input {
    facade: TokenStream,
    folder: Option<LitStr>,
}

impl Parse for Input {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.parse::<Token![crate]>()?;
        input.parse::<Token![=]>()?;
        let path;
        bracketed!(path in input);
        let facade = path.parse()?;
        let folder = match input.parse::<Option<Token![,]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { facade, folder })
    }
}

pub(crate) fn expand(tokens: TokenStream) -> syn::Result<TokenStream> {
    let Input { facade, folder } = syn::parse2(tokens)?;
    let at = folder
        .as_ref()
        .map_or_else(proc_macro2::Span::call_site, LitStr::span);
    let expanded = sqlx_macros_core::migrate::expand(folder)
        .map_err(|error| crate::path::with_span(error, at))?;
    Ok(instead_of_sqlx(expanded, &facade))
}
