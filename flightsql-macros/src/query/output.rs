//! The query and the mapping of its rows.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::columns::{self, Field, FieldType};
use super::{Context, Warnings};

/// Expands an update, which has no rows to map.
pub(super) fn without_rows(context: &Context<'_>) -> TokenStream {
    let facade = &context.input.facade;
    let sql = sql(context);
    quote!(#facade::__query_with_result::<#facade::FlightSql, _>(#sql, query_args))
}

/// Expands to rows of a generated struct, with a field for each column.
pub(super) fn generated(
    context: &Context<'_>,
    warnings: &mut Warnings,
) -> syn::Result<TokenStream> {
    let fields = columns::fields(context, warnings)?;
    let mut declared = Vec::with_capacity(fields.len());
    for Field { name, type_, .. } in &fields {
        let FieldType::Exact(type_) = type_ else {
            let message = format!(
                "the type of column `{name}` is unknown: `_` needs a custom struct; use `query_as!`"
            );
            return Err(syn::Error::new(context.input.span, message));
        };
        declared.push(quote!(#name: #type_,));
    }
    let mapped = mapped(context, &quote!(Record), &fields);
    Ok(quote! {
        #[derive(Debug)]
        #[allow(non_snake_case)]
        struct Record {
            #(#declared)*
        }
        #mapped
    })
}

/// Expands to rows of a struct of the user.
pub(super) fn given(
    context: &Context<'_>,
    record: &Type,
    warnings: &mut Warnings,
) -> syn::Result<TokenStream> {
    let fields = columns::fields(context, warnings)?;
    Ok(mapped(context, &quote!(#record), &fields))
}

/// Expands to the value of the only column.
pub(super) fn scalar(context: &Context<'_>, warnings: &mut Warnings) -> syn::Result<TokenStream> {
    let count = context.describe.columns.len();
    if count != 1 {
        let message = format!("`query_scalar!` expects one column, and this statement has {count}");
        return Err(syn::Error::new(context.input.span, message));
    }
    let facade = &context.input.facade;
    let (type_, check) = columns::scalar(context, warnings)?;
    let type_ = match type_ {
        FieldType::Exact(type_) => type_,
        FieldType::Inferred => quote!(_),
        FieldType::InferredOption => quote!(::std::option::Option<_>),
    };
    let sql = sql(context);
    Ok(quote! {
        #check
        #facade::__query_scalar_with_result::<#facade::FlightSql, #type_, _>(#sql, query_args)
    })
}

fn mapped(context: &Context<'_>, record: &TokenStream, fields: &[Field]) -> TokenStream {
    let facade = &context.input.facade;
    let sql = sql(context);
    let checked = context.input.checked;
    let read = fields.iter().enumerate().map(|(index, field)| {
        let variable = &field.variable;
        let value = match (checked, &field.type_) {
            // The description already has the type of the column, so no check at run time is needed.
            (true, FieldType::Exact(type_)) => {
                quote!(row.try_get_unchecked::<#type_, _>(#index)?.into())
            }
            (true, FieldType::Inferred) => quote!(row.try_get(#index)?),
            (true, FieldType::InferredOption) => {
                quote!(row.try_get::<::std::option::Option<_>, _>(#index)?)
            }
            (false, _) => quote!(row.try_get_unchecked(#index)?),
        };
        quote!(let #variable = #value;)
    });
    let names = fields.iter().map(|field| &field.name);
    let variables = fields.iter().map(|field| &field.variable);
    let checks = fields.iter().map(|field| &field.check);
    quote! {
        #(#checks)*
        #facade::__query_with_result::<#facade::FlightSql, _>(#sql, query_args).try_map(
            |row: #facade::FlightSqlRow| {
                use #facade::Row as _;
                #(#read)*
                ::std::result::Result::Ok(#record { #(#names: #variables),* })
            },
        )
    }
}

/// Returns the text. The text of a file is included, so that Cargo detects its changes.
fn sql(context: &Context<'_>) -> TokenStream {
    let span = context.input.span;
    match context.input.file.as_deref().and_then(|file| file.to_str()) {
        Some(path) => quote_spanned!(span=> ::core::include_str!(#path)),
        None => {
            let mut text = Literal::string(&context.input.sql);
            text.set_span(span);
            quote!(#text)
        }
    }
}
