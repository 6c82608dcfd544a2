//! Structs with one field, as that field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Field;

use super::Bodies;

pub(super) fn bodies(field: &Field, facade: &TokenStream) -> Bodies {
    let inner = &field.ty;
    let database = quote!(#facade::FlightSql);
    let (read, made) = match &field.ident {
        Some(ident) => (
            quote!(&self.#ident),
            quote!(|__inner| Self { #ident: __inner }),
        ),
        None => (quote!(&self.0), quote!(Self)),
    };
    Bodies {
        type_info: quote!(<#inner as #facade::types::Type<#database>>::type_info()),
        compatible: quote!(<#inner as #facade::types::Type<#database>>::compatible(__ty)),
        encode: quote! {
            <#inner as #facade::encode::Encode<#database>>::encode_by_ref(#read, __buffer)
        },
        produces: Some(quote!(<#inner as #facade::encode::Encode<#database>>::produces(#read))),
        decode: quote! {
            <#inner as #facade::decode::Decode<#database>>::decode(__value).map(#made)
        },
        fields: vec![inner.clone()],
        encoded_column: true,
    }
}
