//! Enums whose variants have one field each, as the variant with the type of the value. Variants of a union are found by
//! name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Result, Type, Variant};

use super::Bodies;
use crate::attributes::{Child, Container, Names};

pub(super) fn bodies(
    variants: &[&Variant],
    container: &Container,
    facade: &TokenStream,
) -> Result<Bodies> {
    let mut names = Names::default();
    let mut named = Vec::new();
    for variant in variants {
        let child = Child::parse(&variant.attrs)?;
        let name = container.name_of(&child, &variant.ident);
        names.take(&name, &variant.ident, "name")?;
        if let Some(field) = variant.fields.iter().next() {
            named.push((&variant.ident, name, &field.ty));
        }
    }
    let database = quote!(#facade::FlightSql);
    let compatible = named
        .iter()
        .map(|(_, _, inner)| quote!(<#inner as #facade::types::Type<#database>>::compatible(__ty)));
    let encodes = named.iter().map(|(ident, _, inner)| {
        quote! {
            Self::#ident(__inner) => {
                <#inner as #facade::encode::Encode<#database>>::encode_by_ref(__inner, __buffer)
            }
        }
    });
    let produces = named.iter().map(|(ident, _, inner)| {
        quote! {
            Self::#ident(__inner) => {
                <#inner as #facade::encode::Encode<#database>>::produces(__inner)
                    .unwrap_or_else(<#inner as #facade::types::Type<#database>>::type_info)
            }
        }
    });
    let by_name = named.iter().map(|(ident, name, inner)| {
        quote! {
            if __variant == ::std::option::Option::Some(#name) {
                return #facade::__private::decode_as::<#inner>(__value).map(Self::#ident);
            }
        }
    });
    let by_type = named.iter().map(|(ident, _, inner)| {
        quote! {
            if <#inner as #facade::types::Type<#database>>::compatible(&__info) {
                return <#inner as #facade::decode::Decode<#database>>::decode(__value).map(Self::#ident);
            }
        }
    });
    let fields: Vec<Type> = named.iter().map(|(_, _, inner)| (*inner).clone()).collect();
    Ok(Bodies {
        // Only a value determines the type.
        type_info: quote!(#facade::FlightSqlTypeInfo::new(#facade::arrow::schema::DataType::Null)),
        compatible: quote!(#(#compatible)||*),
        encode: quote!(match self { #(#encodes)* }),
        produces: Some(quote!(::std::option::Option::Some(match self { #(#produces)* }))),
        decode: quote! {
            let __variant = __value.variant();
            #(#by_name)*
            let __info = #facade::ValueRef::type_info(&__value);
            #(#by_type)*
            ::std::result::Result::Err(#facade::__private::no_variant::<Self>("type"))
        },
        fields,
        encoded_column: true,
    })
}
