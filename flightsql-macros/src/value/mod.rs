//! `#[derive(Type)]`, `Encode` and `Decode`: the Arrow form of a Rust type.
//!
//! `transparent` · `integers` (enums with a `repr`) · `text` (enums without fields) · `variants` (enums with one field
//! each) · `structure` (structs).
//!
//! SQLx's own derive supports text enums and structs only for SQLx's own databases. With the features of another driver in
//! the same build, it would also name types that the facade does not have. These derives are therefore for `FlightSql` only.

mod integers;
mod structure;
mod text;
mod transparent;
mod variants;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned as _;
use syn::{
    Data, DeriveInput, Error, Fields, GenericParam, Generics, Lifetime, LifetimeParam, Result,
    Type, Variant, WherePredicate, parse_quote,
};

use crate::attributes::Container;
use crate::path::facade;

/// A trait to implement.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Part {
    Type,
    Encode,
    Decode,
}

pub(crate) fn expand(input: &DeriveInput, parts: &[Part]) -> Result<TokenStream> {
    let facade = facade(&input.attrs)?;
    let container = Container::parse(&input.attrs)?;
    let bodies = bodies(input, &container, &facade)?;
    let target = Target {
        input,
        facade: &facade,
        bodies,
    };
    Ok(parts.iter().map(|part| target.implement(*part)).collect())
}

fn bodies(input: &DeriveInput, container: &Container, facade: &TokenStream) -> Result<Bodies> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                Ok(transparent::bodies(&fields.unnamed[0], facade))
            }
            Fields::Named(fields) if container.transparent && fields.named.len() == 1 => {
                Ok(transparent::bodies(&fields.named[0], facade))
            }
            _ if container.transparent => Err(Error::new(
                input.span(),
                "`transparent` needs a struct with exactly one field",
            )),
            Fields::Named(fields) => structure::bodies(&fields.named, container, facade),
            Fields::Unnamed(_) | Fields::Unit => Err(Error::new(
                input.span(),
                "a struct must have named fields or exactly one unnamed field",
            )),
        },
        Data::Enum(data) => {
            let variants: Vec<&Variant> = data.variants.iter().collect();
            if variants.is_empty() {
                return Err(Error::new(
                    input.span(),
                    "an enum without variants has no values",
                ));
            }
            let plain = |variant: &&Variant| matches!(variant.fields, Fields::Unit);
            let single = |variant: &&Variant| matches!(&variant.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
            if variants.iter().all(plain) {
                match &container.repr {
                    Some(repr) => Ok(integers::bodies(&variants, repr, facade)),
                    None => text::bodies(&variants, container, facade),
                }
            } else if variants.iter().all(single) {
                variants::bodies(&variants, container, facade)
            } else {
                Err(Error::new(
                    input.span(),
                    "the variants of an enum must all have no field, or all have exactly one unnamed field",
                ))
            }
        }
        Data::Union(_) => Err(Error::new(
            input.span(),
            "a union has no values that are safe to read",
        )),
    }
}

/// The bodies of the implementations.
struct Bodies {
    type_info: TokenStream,
    compatible: TokenStream,
    encode: TokenStream,
    produces: Option<TokenStream>,
    decode: TokenStream,
    /// The types of the fields, which must implement the trait too.
    fields: Vec<Type>,
    /// `true` if columns are written through `Encode`. A struct uses `#[derive(ToArrow)]` instead.
    encoded_column: bool,
}

/// The type that the implementations are for.
struct Target<'a> {
    input: &'a DeriveInput,
    facade: &'a TokenStream,
    bodies: Bodies,
}

impl Target<'_> {
    fn implement(&self, part: Part) -> TokenStream {
        match part {
            Part::Type => self.type_and_array(),
            Part::Encode => self.encode(),
            Part::Decode => self.decode(),
        }
    }

    fn type_and_array(&self) -> TokenStream {
        let Self { facade, bodies, .. } = self;
        let Bodies {
            type_info,
            compatible,
            ..
        } = bodies;
        let bound = |field: &Type| parse_quote!(#field: #facade::types::Type<#facade::FlightSql>);
        let generics = &self.input.generics;
        let header = self.header(
            generics,
            &quote!(#facade::types::Type<#facade::FlightSql>),
            bound,
        );
        let array = self.header(
            generics,
            &quote!(#facade::types::FlightSqlHasArrayType),
            bound,
        );
        let column = self.bodies.encoded_column.then(|| self.encoded_column());
        quote! {
            #[automatically_derived]
            #header {
                fn type_info() -> #facade::FlightSqlTypeInfo {
                    #type_info
                }

                fn compatible(__ty: &#facade::FlightSqlTypeInfo) -> bool {
                    #compatible
                }
            }

            #[automatically_derived]
            #array {}

            #column
        }
    }

    fn encoded_column(&self) -> TokenStream {
        let facade = self.facade;
        let bound = |field: &Type| {
            parse_quote!(
                #field: for<'__q> #facade::encode::Encode<'__q, #facade::FlightSql>
                    + #facade::types::Type<#facade::FlightSql>
            )
        };
        let header = self.header(&self.input.generics, &quote!(#facade::ToArrowColumn), bound);
        quote! {
            #[automatically_derived]
            #header {
                fn column_type() -> #facade::FlightSqlTypeInfo {
                    <Self as #facade::types::Type<#facade::FlightSql>>::type_info()
                }

                fn to_column<'__row, __I>(
                    __values: __I,
                    __wanted: &#facade::arrow::schema::DataType,
                ) -> ::std::result::Result<#facade::arrow::array::ArrayRef, #facade::error::BoxDynError>
                where
                    Self: '__row,
                    __I: ::std::iter::ExactSizeIterator<Item = ::std::option::Option<&'__row Self>>
                        + ::std::clone::Clone,
                {
                    #facade::encoded_column::<Self, _>(__values, __wanted)
                }
            }
        }
    }

    fn encode(&self) -> TokenStream {
        let Self { facade, bodies, .. } = self;
        let query = Lifetime::new("'__q", Span::call_site());
        let mut generics = self.input.generics.clone();
        generics
            .params
            .insert(0, LifetimeParam::new(query.clone()).into());
        let encode = quote!(#facade::encode::Encode<#query, #facade::FlightSql>);
        let bound =
            |field: &Type| parse_quote!(#field: #encode + #facade::types::Type<#facade::FlightSql>);
        let header = self.header(&generics, &encode, bound);
        let body = &bodies.encode;
        let produces = bodies.produces.as_ref().map(|produces| {
            quote! {
                fn produces(&self) -> ::std::option::Option<#facade::FlightSqlTypeInfo> {
                    #produces
                }
            }
        });
        quote! {
            #[automatically_derived]
            #header {
                fn encode_by_ref(
                    &self,
                    __buffer: &mut #facade::FlightSqlArgumentBuffer,
                ) -> ::std::result::Result<#facade::encode::IsNull, #facade::error::BoxDynError> {
                    #body
                }

                #produces
            }
        }
    }

    fn decode(&self) -> TokenStream {
        let Self { facade, bodies, .. } = self;
        let mut generics = self.input.generics.clone();
        // A type with a lifetime borrows from the row.
        let row = match generics.lifetimes().next() {
            Some(own) => own.lifetime.clone(),
            None => {
                let row = Lifetime::new("'__r", Span::call_site());
                generics
                    .params
                    .insert(0, LifetimeParam::new(row.clone()).into());
                row
            }
        };
        let decode = quote!(#facade::decode::Decode<#row, #facade::FlightSql>);
        let bound =
            |field: &Type| parse_quote!(#field: #decode + #facade::types::Type<#facade::FlightSql>);
        let header = self.header(&generics, &decode, bound);
        let body = &bodies.decode;
        quote! {
            #[automatically_derived]
            #header {
                fn decode(
                    __value: #facade::FlightSqlValueRef<#row>,
                ) -> ::std::result::Result<Self, #facade::error::BoxDynError> {
                    #body
                }
            }
        }
    }

    /// `impl<…> TRAIT for Self where …`.
    fn header(
        &self,
        generics: &Generics,
        implemented: &TokenStream,
        bound: impl Fn(&Type) -> WherePredicate,
    ) -> TokenStream {
        let mut generics = generics.clone();
        // Without a type parameter the fields' own errors are clearer than a bound that cannot hold.
        let has_types = generics
            .params
            .iter()
            .any(|param| matches!(param, GenericParam::Type(_)));
        if has_types {
            let bounds = self.bodies.fields.iter().map(bound);
            generics.make_where_clause().predicates.extend(bounds);
        }
        let ident = &self.input.ident;
        let (impl_generics, _, where_clause) = generics.split_for_impl();
        let (_, type_generics, _) = self.input.generics.split_for_impl();
        quote!(impl #impl_generics #implemented for #ident #type_generics #where_clause)
    }
}
