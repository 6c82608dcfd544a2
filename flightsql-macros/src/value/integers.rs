//! Enums with `#[repr(i32)]` or another integer, as that integer.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::Variant;

use super::Bodies;

pub(super) fn bodies(variants: &[&Variant], repr: &Ident, facade: &TokenStream) -> Bodies {
    let database = quote!(#facade::FlightSql);
    let arms = variants.iter().map(|variant| {
        let ident = &variant.ident;
        quote!(__number if __number == Self::#ident as #repr => ::std::result::Result::Ok(Self::#ident))
    });
    let numbers = variants.iter().map(|variant| {
        let ident = &variant.ident;
        quote!(Self::#ident => Self::#ident as #repr)
    });
    Bodies {
        type_info: quote!(<#repr as #facade::types::Type<#database>>::type_info()),
        compatible: quote!(<#repr as #facade::types::Type<#database>>::compatible(__ty)),
        encode: quote! {
            let __number: #repr = match self { #(#numbers,)* };
            <#repr as #facade::encode::Encode<#database>>::encode_by_ref(&__number, __buffer)
        },
        produces: None,
        decode: quote! {
            match <#repr as #facade::decode::Decode<#database>>::decode(__value)? {
                #(#arms,)*
                _ => ::std::result::Result::Err(
                    #facade::__private::no_variant::<Self>("number"),
                ),
            }
        },
        fields: Vec::new(),
        encoded_column: true,
    }
}
