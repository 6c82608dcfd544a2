//! The Rust name and type of each column: by its alias (`AS "total!: i64"`), by `sqlx.toml`, or by its Arrow type.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use sqlx_core::type_checking::Error as TypeError;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Token, Type};

use super::description::{Column, SqlType};
use super::{Context, Warnings, kind, types};
use crate::path::instead_of_sqlx;

/// A column as a field of a struct.
pub(super) struct Field {
    pub(super) name: Ident,
    pub(super) variable: Ident,
    pub(super) type_: FieldType,
    /// Code that does not compile if a named type does not read the column.
    pub(super) check: Option<TokenStream>,
}

/// A type, or the type of the field that the value is assigned to.
pub(super) enum FieldType {
    Exact(TokenStream),
    Inferred,
    InferredOption,
}

/// The override after the name in an alias: `!`, `?`, `: Type`, `!: Type`, `?: Type`, `: _`.
#[derive(Default)]
struct Override {
    nullable: Option<bool>,
    type_: Option<Type>,
}

impl Parse for Override {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let nullable = if input.parse::<Option<Token![!]>>()?.is_some() {
            Some(false)
        } else {
            input.parse::<Option<Token![?]>>()?.map(|_| true)
        };
        let type_ = match input.parse::<Option<Token![:]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { nullable, type_ })
    }
}

pub(super) fn fields(context: &Context<'_>, warnings: &mut Warnings) -> syn::Result<Vec<Field>> {
    let mut errors: Option<syn::Error> = None;
    let mut fields = Vec::new();
    for index in 0..context.describe.columns.len() {
        match field(context, index, warnings) {
            Ok(field) => fields.push(field),
            Err(error) => match &mut errors {
                None => errors = Some(error),
                Some(errors) => errors.combine(error),
            },
        }
    }
    match errors {
        None => distinct(context, fields),
        Some(errors) => Err(errors),
    }
}

/// Checks that each column is a field of its own.
fn distinct(context: &Context<'_>, fields: Vec<Field>) -> syn::Result<Vec<Field>> {
    for (second, field) in fields.iter().enumerate() {
        let mut before = fields.iter().take(second);
        let Some(first) = before.position(|other| other.name == field.name) else {
            continue;
        };
        let message = format!(
            "columns #{} and #{} are both named `{}`; give one of them an alias",
            first + 1,
            second + 1,
            field.name.unraw()
        );
        return Err(syn::Error::new(context.input.span, message));
    }
    Ok(fields)
}

fn field(context: &Context<'_>, index: usize, warnings: &mut Warnings) -> syn::Result<Field> {
    let (name, rest) = split(name_of(context, index));
    let ident = identifier(name).ok_or_else(|| {
        let why =
            "has no name that a field can have; give it one in the SQL, as in `count(*) AS total`";
        wrong(context, index, why)
    })?;
    let override_ = override_of(rest).ok_or_else(|| wrong(context, index, UNREADABLE))?;
    let (type_, check) = field_type(context, index, override_, warnings)?;
    Ok(Field {
        variable: format_ident!("flightsql_column_{}", index),
        name: ident,
        type_,
        check,
    })
}

/// The type of the only column of `query_scalar!`, whatever its name is.
pub(super) fn scalar(
    context: &Context<'_>,
    warnings: &mut Warnings,
) -> syn::Result<(FieldType, Option<TokenStream>)> {
    let (name, rest) = split(name_of(context, 0));
    let override_ = match identifier(name) {
        Some(_) if !rest.starts_with("::") => {
            override_of(rest).ok_or_else(|| wrong(context, 0, UNREADABLE))?
        }
        // `count(*)` is not a name, and `a::TEXT` not an override.
        _ => Override::default(),
    };
    if !context.input.checked && override_.type_.is_none() {
        return Ok((FieldType::Inferred, None));
    }
    field_type(context, 0, override_, warnings)
}

const UNREADABLE: &str = "has an invalid override; use `name!`, `name?`, `name: Type`, `name!: Type`, \
                          `name?: Type` or `name: _`";

fn wrong(context: &Context<'_>, index: usize, why: &str) -> syn::Error {
    let message = format!(
        "column #{} (`{}`) {why}",
        index + 1,
        name_of(context, index)
    );
    syn::Error::new(context.input.span, message)
}

/// Splits an alias into the name and the override.
fn split(written: &str) -> (&str, &str) {
    match written.find([':', '!', '?']) {
        Some(end) => written.split_at(end),
        None => (written, ""),
    }
}

fn name_of<'a>(context: &Context<'a>, index: usize) -> &'a str {
    context.describe.columns.get(index).map_or("", Column::name)
}

fn override_of(text: &str) -> Option<Override> {
    match text.is_empty() {
        true => Some(Override::default()),
        false => syn::parse_str(text).ok(),
    }
}

fn field_type(
    context: &Context<'_>,
    index: usize,
    override_: Override,
    warnings: &mut Warnings,
) -> syn::Result<(FieldType, Option<TokenStream>)> {
    let nullable = override_
        .nullable
        .unwrap_or_else(|| context.describe.nullable(index).unwrap_or(true));
    let (exact, check) = match override_.type_ {
        Some(Type::Infer(_)) if nullable => return Ok((FieldType::InferredOption, None)),
        Some(Type::Infer(_)) => return Ok((FieldType::Inferred, None)),
        Some(type_) => {
            let type_ = type_.to_token_stream();
            let check = check(context, index, &type_);
            (type_, check)
        }
        None => match column_type(context, index, warnings) {
            Ok(found) => found,
            // Without checks, the type of the field decides.
            Err(_) if !context.input.checked => return Ok((FieldType::Inferred, None)),
            Err(error) => return Err(error),
        },
    };
    let type_ = match nullable {
        true => quote!(::std::option::Option<#exact>),
        false => exact,
    };
    Ok((FieldType::Exact(type_), check))
}

/// Returns the comparison of a named type with the kind of its column.
fn check(context: &Context<'_>, index: usize, type_: &TokenStream) -> Option<TokenStream> {
    let column = context.describe.columns.get(index)?;
    let kind = kind(context, &column.sql_type()).filter(|_| context.input.checked)?;
    let facade = &context.input.facade;
    Some(quote_spanned! {context.input.span=>
        // The compiler checks this code, which never runs.
        if false {
            // The type decides which trait has the method.
            #[allow(unused_imports)]
            use #facade::ty_match::{KnownColumn as _, UnknownColumn as _};
            #facade::ty_match::Column::<#type_, #kind>::new().check();
        }
    })
}

/// Returns the kind of a type, if it has one.
pub(super) fn kind(context: &Context<'_>, sql_type: &SqlType) -> Option<TokenStream> {
    let facade = &context.input.facade;
    let names = kind::of_field(&sql_type.to_field())?;
    names.into_iter().rev().fold(None, |inner, name| {
        let name = format_ident!("{name}");
        Some(match inner {
            None => quote!(#facade::ty_match::kinds::#name),
            Some(inner) => quote!(#facade::ty_match::kinds::#name<#inner>),
        })
    })
}

/// Returns the type of a column without a named type, and the comparison if `sqlx.toml` names it.
fn column_type(
    context: &Context<'_>,
    index: usize,
    warnings: &mut Warnings,
) -> syn::Result<(TokenStream, Option<TokenStream>)> {
    let Some(column) = context.describe.columns.get(index) else {
        return Err(syn::Error::new(
            context.input.span,
            "the description has no such column",
        ));
    };
    let macros = &context.config.macros;
    let sql_type = column.sql_type();
    let table = column.table();
    let of_column = table.and_then(|table| macros.column_override(&table, column.name()));
    if let Some(type_) = of_column.or_else(|| macros.type_override(sql_type.name())) {
        let type_ = configured(context, type_)?;
        let check = check(context, index, &type_);
        return Ok((type_, check));
    }
    let what = format!("column #{} (`{}`)", index + 1, column.name());
    let alias = "name its type in the SQL, as in `AS \"name: Type\"`";
    let type_ = mapped(context, &sql_type, Direction::Read, &what, alias, warnings)?;
    Ok((type_, None))
}

pub(super) enum Direction {
    Read,
    Bound,
}

/// Returns the Rust type of an SQL type, from `sqlx.toml`, otherwise from the table of `types`.
pub(super) fn mapped(
    context: &Context<'_>,
    sql_type: &SqlType,
    direction: Direction,
    what: &str,
    otherwise: &str,
    warnings: &mut Warnings,
) -> syn::Result<TokenStream> {
    let macros = &context.config.macros;
    if let Some(type_) = macros.type_override(sql_type.name()) {
        return configured(context, type_);
    }
    let preferred = &macros.preferred_crates;
    let field = sql_type.to_field();
    let found = match direction {
        Direction::Read => types::read(&field, preferred),
        Direction::Bound => types::bound(&field, preferred),
    };
    let type_ = match found {
        Ok(type_) => type_,
        Err(TypeError::AmbiguousDateTimeType { fallback }) => {
            warnings.date_time = true;
            fallback
        }
        Err(TypeError::AmbiguousNumericType { fallback }) => {
            warnings.numeric = true;
            fallback
        }
        Err(error) => {
            let name = sql_type.name();
            let message = match (&error, types::missing_feature(&field)) {
                (TypeError::NoMappingFound, Some(feature)) => {
                    format!("{what} is a {name}: enable the feature `{feature}` of `flightsql`")
                }
                (TypeError::NoMappingFound, None) => {
                    format!("{what} is a {name}, which has no Rust type; {otherwise}")
                }
                _ => format!("{what} is a {name}: {error}"),
            };
            return Err(syn::Error::new(context.input.span, message));
        }
    };
    let tokens: TokenStream = type_.parse().map_err(|_| {
        syn::Error::new(context.input.span, format!("`{type_}` is not a valid type"))
    })?;
    Ok(instead_of_sqlx(tokens, &context.input.facade))
}

/// A type that `sqlx.toml` names.
fn configured(context: &Context<'_>, type_: &str) -> syn::Result<TokenStream> {
    let parsed: Type = syn::parse_str(type_).map_err(|_| {
        let message = format!("sqlx.toml: `{type_}` is not a valid type");
        syn::Error::new(context.input.span, message)
    })?;
    Ok(parsed.to_token_stream())
}

/// A raw identifier, so that a column may be called `type`.
fn identifier(name: &str) -> Option<Ident> {
    let mut chars = name.chars();
    let starts = chars.next().is_some_and(|c| c.is_alphabetic() || c == '_');
    if !starts || !chars.all(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    syn::parse_str(&format!("r#{name}")).ok()
}
