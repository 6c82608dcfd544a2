//! `#[derive(ToArrow)]`: builds one column per field.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Error, Fields, Result, parse_quote};

use crate::attributes::{Child, Container, Json, Names};
use crate::path::facade;

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let facade = facade(&input.attrs)?;
    let container = Container::parse(&input.attrs)?;
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => &fields.named,
            _ => {
                return Err(Error::new(
                    input.span(),
                    "ToArrow needs named fields: they name the columns",
                ));
            }
        },
        _ => {
            return Err(Error::new(
                input.span(),
                "ToArrow can only be derived for structs",
            ));
        }
    };
    let mut generics = input.generics.clone();
    let predicates = &mut generics.make_where_clause().predicates;
    let (mut schemas, mut columns) = (Vec::new(), Vec::new());
    let mut names = Names::default();
    for field in fields {
        let child = Child::parse(&field.attrs)?;
        let (Some(ident), own) = (&field.ident, &field.ty) else {
            continue;
        };
        if child.skip {
            continue;
        }
        if child.flatten {
            predicates.push(parse_quote!(#own: #facade::__private::ToArrowFields));
            schemas.push(quote! {
                __fields.extend(<#own as #facade::__private::ToArrowFields>::fields());
            });
            columns.push(quote! {
                __columns.extend(<#own as #facade::__private::ToArrowFields>::columns(
                    __rows.clone().map(|__row| __row.map(|__row| &__row.#ident)),
                )?);
            });
            continue;
        }
        let name = container.name_of(&child, ident);
        names.take(&name, ident, "column")?;
        let wanted = match &child.arrow_type {
            Some(arrow_type) => {
                let expression = arrow_type.expression(&facade);
                quote!(::std::option::Option::Some(#expression))
            }
            None => quote!(::std::option::Option::None),
        };
        let column = match child.json {
            None => {
                predicates.push(parse_quote!(#own: #facade::ToArrowColumn));
                schemas.push(quote! {
                    __fields.push(#facade::__private::column_field::<#own>(#name, #wanted));
                });
                quote! {
                    #facade::__private::column_of::<#own, _>(
                        &#facade::__private::column_field::<#own>(#name, #wanted),
                        __rows.clone().map(|__row| __row.map(|__row| &__row.#ident)),
                    )?
                }
            }
            Some(json) => {
                let stored = match json {
                    Json::Plain => quote!(#facade::types::Json<&#own>),
                    Json::Nullable => quote!(::std::option::Option<#facade::types::Json<&#own>>),
                };
                schemas.push(quote! {
                    __fields.push(#facade::__private::column_field::<#stored>(#name, #wanted));
                });
                let value = match json {
                    Json::Plain => quote!(#facade::types::Json(&__row.#ident)),
                    // None is NULL, and not the text `null`.
                    Json::Nullable => quote! {
                        __row.#ident.is_some().then_some(#facade::types::Json(&__row.#ident))
                    },
                };
                quote! {{
                    let __json: ::std::vec::Vec<::std::option::Option<#stored>> = __rows
                        .clone()
                        .map(|__row| __row.map(|__row| #value))
                        .collect();
                    #facade::__private::column_of::<#stored, _>(
                        &#facade::__private::column_field::<#stored>(#name, #wanted),
                        __json.iter().map(::std::option::Option::as_ref),
                    )?
                }}
            }
        };
        columns.push(quote!(__columns.push(#column);));
    }
    if schemas.is_empty() {
        return Err(Error::new(
            input.span(),
            "all fields are skipped; keep at least one, as a column",
        ));
    }

    let ident = &input.ident;
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let array = quote!(#facade::arrow::array::ArrayRef);
    let field = quote!(#facade::arrow::schema::Field);
    let data_type = quote!(#facade::arrow::schema::DataType);
    let boxed = quote!(#facade::error::BoxDynError);
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #facade::__private::ToArrowFields for #ident #type_generics #where_clause {
            fn fields() -> ::std::vec::Vec<#field> {
                let mut __fields = ::std::vec::Vec::new();
                #(#schemas)*
                __fields
            }

            fn columns<'__row, __I>(__rows: __I) -> ::std::result::Result<::std::vec::Vec<#array>, #boxed>
            where
                Self: '__row,
                __I: ::std::iter::ExactSizeIterator<Item = ::std::option::Option<&'__row Self>>
                    + ::std::clone::Clone,
            {
                let mut __columns = ::std::vec::Vec::new();
                #(#columns)*
                ::std::result::Result::Ok(__columns)
            }
        }

        #[automatically_derived]
        impl #impl_generics #facade::ToArrow for #ident #type_generics #where_clause {
            fn schema() -> #facade::arrow::schema::SchemaRef {
                #facade::__private::schema_of::<Self>()
            }

            fn to_arrow(
                __rows: &[Self],
            ) -> ::std::result::Result<#facade::arrow::RecordBatch, #facade::Error> {
                #facade::__private::batch_of(__rows)
            }
        }

        #[automatically_derived]
        impl #impl_generics #facade::ToArrowColumn for #ident #type_generics #where_clause {
            fn column_type() -> #facade::FlightSqlTypeInfo {
                #facade::__private::struct_column_type::<Self>()
            }

            fn to_column<'__row, __I>(
                __values: __I,
                __wanted: &#data_type,
            ) -> ::std::result::Result<#array, #boxed>
            where
                Self: '__row,
                __I: ::std::iter::ExactSizeIterator<Item = ::std::option::Option<&'__row Self>>
                    + ::std::clone::Clone,
            {
                #facade::__private::struct_column::<Self, _>(__values, __wanted)
            }
        }
    })
}
