//! `#[derive(FromArrow)]`: finds the columns once per batch, and reads rows from them.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{
    Data, DeriveInput, Error, Field, Fields, GenericArgument, Lifetime, LifetimeParam,
    PathArguments, Result, Type, parse_quote,
};

use crate::attributes::{Child, Container, Json};
use crate::path::facade;

pub(crate) fn expand(input: &DeriveInput) -> Result<TokenStream> {
    let facade = facade(&input.attrs)?;
    let container = Container::parse(&input.attrs)?;
    let Data::Struct(data) = &input.data else {
        return Err(Error::new(
            input.span(),
            "FromArrow can only be derived for structs",
        ));
    };
    if data.fields.is_empty() {
        return Err(Error::new(
            input.span(),
            "a struct without fields reads no columns",
        ));
    }
    let ident = &input.ident;
    let mut generics = input.generics.clone();
    // A struct with a lifetime borrows from the batch.
    let batch = match generics.lifetimes().next() {
        Some(own) => own.lifetime.clone(),
        None => {
            let batch = Lifetime::new("'__batch", Span::call_site());
            let parameter = LifetimeParam::new(batch.clone());
            generics.params.insert(0, parameter.into());
            batch
        }
    };
    let columns = data
        .fields
        .iter()
        .enumerate()
        .map(|(index, field)| Column::new(index, field, &container, &batch, &facade))
        .collect::<Result<Vec<_>>>()?;
    let predicates = &mut generics.make_where_clause().predicates;
    for column in &columns {
        predicates.extend(
            column
                .bound
                .clone()
                .map::<syn::WherePredicate, _>(|bound| parse_quote!(#bound)),
        );
    }
    let default = container.default.then(|| {
        predicates.push(parse_quote!(#ident: ::std::default::Default));
        quote!(let __default: Self = ::std::default::Default::default();)
    });

    let (impl_generics, _, where_clause) = generics.split_for_impl();
    let (_, type_generics, _) = input.generics.split_for_impl();
    let types = columns.iter().map(|column| &column.columns);
    let finds = columns.iter().map(|column| &column.find);
    let reads = columns.iter().map(|column| &column.read);
    let made = made(&data.fields, reads.collect());
    Ok(quote! {
        #[automatically_derived]
        impl #impl_generics #facade::FromArrow<#batch> for #ident #type_generics #where_clause {
            type Columns = (#(#types,)*);

            fn columns(
                __batch: &#batch #facade::FlightSqlBatch,
            ) -> ::std::result::Result<Self::Columns, #facade::Error> {
                ::std::result::Result::Ok((#(#finds,)*))
            }

            #[inline]
            fn row(
                __columns: &Self::Columns,
                __row: usize,
            ) -> ::std::result::Result<Self, #facade::Error> {
                #default
                ::std::result::Result::Ok(#made)
            }
        }
    })
}

/// `Self { a: …, b: … }` or `Self(…, …)`.
fn made(fields: &Fields, reads: Vec<&TokenStream>) -> TokenStream {
    let names = fields.iter().map(|field| &field.ident);
    match fields {
        Fields::Named(_) => quote!(Self { #(#names: #reads,)* }),
        _ => quote!(Self(#(#reads,)*)),
    }
}

/// A field: the type of its column in `Columns`, and the code that finds the column and reads a row.
struct Column {
    columns: TokenStream,
    find: TokenStream,
    read: TokenStream,
    bound: Option<TokenStream>,
}

impl Column {
    fn new(
        index: usize,
        field: &Field,
        container: &Container,
        batch: &Lifetime,
        facade: &TokenStream,
    ) -> Result<Self> {
        let child = Child::parse(&field.attrs)?;
        let place = syn::Index::from(index);
        let own = &field.ty;
        if child.skip {
            return Ok(Self {
                columns: quote!(()),
                find: quote!(()),
                read: quote!(::std::default::Default::default()),
                bound: None,
            });
        }
        if child.flatten {
            return Ok(Self::flattened(&child, field, &place, batch, facade));
        }

        // The type that is read from the column, and the conversion to the field.
        let source = child.try_from.as_ref().unwrap_or(own);
        let (stored, plain) = match child.json {
            None => (quote!(#source), quote!(__value)),
            Some(Json::Plain) => (quote!(#facade::types::Json<#source>), quote!(__value.0)),
            Some(Json::Nullable) => (
                quote!(::std::option::Option<#facade::types::Json<#source>>),
                quote!(__value.and_then(|__json| __json.0)),
            ),
        };
        let value = match &child.try_from {
            None => plain,
            Some(source) => {
                let name = field
                    .ident
                    .as_ref()
                    .map_or_else(|| index.to_string(), ToString::to_string);
                quote!(
                    <#own as ::std::convert::TryFrom<#source>>::try_from(#plain)
                        .map_err(|__error| #facade::__private::not_converted(#name, __error))?
                )
            }
        };
        let name = field
            .ident
            .as_ref()
            .map(|ident| container.name_of(&child, ident));
        // Reads an `Option` without an intermediate one.
        let inner = match &child.json {
            None => option_of(source),
            Some(_) => None,
        };
        let (stored, get) = match inner {
            Some(inner) => (quote!(#inner), quote!(get_option)),
            None => (stored, quote!(get)),
        };
        let optional = child.default || container.default;
        let column = quote!(#facade::ArrowColumn<#batch, #stored>);
        let find = match (&name, optional) {
            (Some(name), false) => quote!(__batch.column(#name)?),
            (Some(name), true) => quote!(__batch.optional_column(#name)?),
            (None, _) => quote!(__batch.column_at(#index)?),
        };
        let missing = match (child.default, &field.ident) {
            (false, Some(ident)) => quote!(__default.#ident),
            _ => quote!(::std::default::Default::default()),
        };
        let read = match optional && name.is_some() {
            false => quote!({
                let __value = __columns.#place.#get(__row)?;
                #value
            }),
            true => quote!(match &__columns.#place {
                ::std::option::Option::Some(__column) => {
                    let __value = __column.#get(__row)?;
                    #value
                }
                ::std::option::Option::None => #missing,
            }),
        };
        Ok(Self {
            columns: match optional && name.is_some() {
                false => column,
                true => quote!(::std::option::Option<#column>),
            },
            find,
            read,
            bound: Some(quote!(
                #stored: #facade::decode::Decode<#batch, #facade::FlightSql>
                    + #facade::types::Type<#facade::FlightSql>
            )),
        })
    }

    /// A struct in the struct, read from the same columns.
    fn flattened(
        child: &Child,
        field: &Field,
        place: &syn::Index,
        batch: &Lifetime,
        facade: &TokenStream,
    ) -> Self {
        let own = &field.ty;
        let source = child.try_from.as_ref().unwrap_or(own);
        let from_arrow = quote!(#facade::FromArrow<#batch>);
        let read = quote!(<#source as #from_arrow>::row(&__columns.#place, __row)?);
        let name = field
            .ident
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        Self {
            columns: quote!(<#source as #from_arrow>::Columns),
            find: quote!(<#source as #from_arrow>::columns(__batch)?),
            read: match &child.try_from {
                None => read,
                Some(source) => quote!(
                    <#own as ::std::convert::TryFrom<#source>>::try_from(#read)
                        .map_err(|__error| #facade::__private::not_converted(#name, __error))?
                ),
            },
            bound: Some(quote!(#source: #from_arrow)),
        }
    }
}

/// `T` of an `Option<T>`, as far as the words tell.
fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match (last.ident == "Option", arguments.args.first()) {
        (true, Some(GenericArgument::Type(inner))) if arguments.args.len() == 1 => Some(inner),
        _ => None,
    }
}
