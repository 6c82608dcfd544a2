//! A struct with named fields: an Arrow struct, by name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Error, Field, Result, Token, Type};

use super::Bodies;
use crate::attributes::{Child, Container, Names};

pub(super) fn bodies(
    fields: &Punctuated<Field, Token![,]>,
    container: &Container,
    facade: &TokenStream,
) -> Result<Bodies> {
    let database = quote!(#facade::FlightSql);
    let (mut infos, mut checks, mut writes, mut reads) = (vec![], vec![], vec![], vec![]);
    let mut types: Vec<Type> = Vec::new();
    let mut names = Names::default();
    for field in fields {
        let child = Child::parse(&field.attrs)?;
        if child.flatten || child.json.is_some() || child.try_from.is_some() {
            return Err(Error::new_spanned(
                field,
                "a field of an Arrow struct knows `rename`, `default` and `skip`",
            ));
        }
        let (Some(ident), own) = (&field.ident, &field.ty) else {
            continue;
        };
        if child.skip {
            reads.push(quote!(#ident: ::std::default::Default::default()));
            continue;
        }
        types.push(own.clone());
        let name = container.name_of(&child, ident);
        names.take(&name, ident, "name")?;
        infos.push(quote!((#name, <#own as #facade::types::Type<#database>>::type_info())));
        writes.push(quote!(__fields.field(#name, &self.#ident)?;));
        if child.default || container.default {
            let missing = match child.default {
                true => quote!(::std::default::Default::default()),
                false => quote!(<Self as ::std::default::Default>::default().#ident),
            };
            checks.push(quote!(#facade::__private::struct_may_hold::<#own>(__ty, #name)));
            reads.push(quote! {
                #ident: match __fields.find(#name) {
                    ::std::option::Option::Some(_) => __fields.try_get(#name)?,
                    ::std::option::Option::None => #missing,
                }
            });
        } else {
            checks.push(quote!(#facade::__private::struct_holds::<#own>(__ty, #name)));
            reads.push(quote!(#ident: __fields.try_get(#name)?));
        }
    }
    if infos.is_empty() {
        return Err(Error::new_spanned(
            fields,
            "a struct without fields has no value",
        ));
    }
    Ok(Bodies {
        type_info: quote!(#facade::__private::struct_type([#(#infos),*])),
        compatible: quote!(#facade::__private::is_struct(__ty) #(&& #checks)*),
        encode: quote! {
            __buffer.encode_struct(|__fields| {
                #(#writes)*
                ::std::result::Result::Ok(())
            })
        },
        produces: None,
        decode: quote! {
            let __fields = __value.structure()?;
            ::std::result::Result::Ok(Self { #(#reads),* })
        },
        fields: types,
        encoded_column: false,
    })
}
