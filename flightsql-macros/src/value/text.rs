//! Enums without fields, as the text of their variants.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Result, Variant};

use super::Bodies;
use crate::attributes::{Child, Container, Names};

pub(super) fn bodies(
    variants: &[&Variant],
    container: &Container,
    facade: &TokenStream,
) -> Result<Bodies> {
    let mut names = Names::default();
    let mut named: Vec<(&Variant, String)> = Vec::new();
    for variant in variants {
        let child = Child::parse(&variant.attrs)?;
        let name = container.name_of(&child, &variant.ident);
        names.take(&name, &variant.ident, "text")?;
        named.push((variant, name));
    }
    let to_text = named.iter().map(|(variant, name)| {
        let ident = &variant.ident;
        quote!(Self::#ident => #name)
    });
    let arms = named.iter().map(|(variant, name)| {
        let ident = &variant.ident;
        quote!(#name => ::std::result::Result::Ok(Self::#ident))
    });
    let database = quote!(#facade::FlightSql);
    let text = quote!(<::std::primitive::str as #facade::types::Type<#database>>);
    let type_info = match &container.type_name {
        None => quote!(#text::type_info()),
        Some(name) => quote!(#text::type_info().with_name(#name)),
    };
    Ok(Bodies {
        type_info,
        compatible: quote!(#text::compatible(__ty)),
        encode: quote! {
            let __text = match self { #(#to_text,)* };
            <&::std::primitive::str as #facade::encode::Encode<#database>>::encode(__text, __buffer)
        },
        produces: None,
        decode: quote! {
            match <&::std::primitive::str as #facade::decode::Decode<#database>>::decode(__value)? {
                #(#arms,)*
                _ => ::std::result::Result::Err(
                    #facade::__private::no_variant::<Self>("text"),
                ),
            }
        },
        fields: Vec::new(),
        encoded_column: true,
    })
}
