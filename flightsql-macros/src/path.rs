//! The path of the facade in the user's crate.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, LitStr, Path};

/// Returns the path of the facade: from `#[flightsql(crate = "…")]`, otherwise its name in `Cargo.toml`.
pub(crate) fn facade(attributes: &[Attribute]) -> syn::Result<TokenStream> {
    let mut named = None;
    for attribute in attributes {
        if !attribute.path().is_ident("flightsql") {
            continue;
        }
        attribute.parse_nested_meta(|meta| {
            if !meta.path.is_ident("crate") {
                return Err(
                    meta.error("unknown attribute; there is `crate = \"path::to::flightsql\"`")
                );
            }
            let path: LitStr = meta.value()?.parse()?;
            named = Some(path.parse_with(Path::parse_mod_style)?);
            Ok(())
        })?;
    }
    Ok(match named {
        Some(path) => quote!(#path),
        None => {
            let name = match crate_name("flightsql") {
                Ok(FoundCrate::Name(name)) => name,
                // The facade's own examples and tests. Without a manifest, use the usual name.
                Ok(FoundCrate::Itself) | Err(_) => "flightsql".to_owned(),
            };
            let name = Ident::new(&name, Span::call_site());
            quote!(::#name)
        }
    })
}

/// Replaces the paths of SQLx's macros, `::sqlx::…` and in one place `sqlx::__spec_error!`, with the facade's.
pub(crate) fn instead_of_sqlx(tokens: TokenStream, facade: &TokenStream) -> TokenStream {
    let mut rewritten = Vec::<TokenTree>::new();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => {
                let inner = instead_of_sqlx(group.stream(), facade);
                let mut group_of_same = Group::new(group.delimiter(), inner);
                group_of_same.set_span(group.span());
                rewritten.push(group_of_same.into());
            }
            TokenTree::Ident(ident) if ident == "sqlx" && begins_path(&tokens, index) => {
                let colons = rewritten.len().saturating_sub(2);
                if is_colon(rewritten.get(colons)) && is_colon(rewritten.get(colons + 1)) {
                    rewritten.truncate(colons);
                }
                rewritten.extend(facade.clone());
            }
            other => rewritten.push(other.clone()),
        }
    }
    rewritten.into_iter().collect()
}

/// Returns `true` if the identifier at `index` is the first of a longer path.
fn begins_path(tokens: &[TokenTree], index: usize) -> bool {
    let has_more = is_colon(tokens.get(index + 1)) && is_colon(tokens.get(index + 2));
    let colons_before =
        index >= 2 && is_colon(tokens.get(index - 1)) && is_colon(tokens.get(index - 2));
    let before = match colons_before {
        true => index.checked_sub(3),
        false => index.checked_sub(1),
    };
    // `a::sqlx` is another path; `as ::sqlx` and `-> ::sqlx` are not.
    let inside_another = matches!(
        before.and_then(|before| tokens.get(before)),
        Some(TokenTree::Ident(ident)) if !is_keyword(ident)
    );
    has_more && !(colons_before && inside_another)
}

#[cfg(any(feature = "macros", feature = "migrate"))]
/// An error of SQLx's macros: at its own place, or else at `span`.
pub(crate) fn with_span(error: sqlx_macros_core::Error, span: Span) -> syn::Error {
    match error.downcast::<syn::Error>() {
        Ok(error) => *error,
        Err(error) => syn::Error::new(span, error),
    }
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

fn is_keyword(ident: &Ident) -> bool {
    syn::parse_str::<Ident>(&ident.to_string()).is_err()
}

#[cfg(test)]
mod tests;
