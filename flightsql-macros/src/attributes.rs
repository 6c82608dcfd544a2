//! The attributes `#[sqlx(…)]` and `#[arrow(…)]` of the derives for values and columns. Names and meaning are as in SQLx's
//! derives.

use heck::{ToKebabCase, ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitInt, LitStr, Token, Type, parenthesized, token};

/// The attributes of a struct or an enum.
#[derive(Default)]
pub(crate) struct Container {
    pub(crate) transparent: bool,
    pub(crate) default: bool,
    pub(crate) type_name: Option<LitStr>,
    pub(crate) repr: Option<Ident>,
    rename_all: Option<fn(&str) -> String>,
}

/// The attributes of a field or a variant.
#[derive(Default)]
pub(crate) struct Child {
    pub(crate) default: bool,
    pub(crate) flatten: bool,
    pub(crate) skip: bool,
    pub(crate) json: Option<Json>,
    pub(crate) try_from: Option<Type>,
    /// An expression for the Arrow type of the column.
    pub(crate) arrow_type: Option<ArrowType>,
    rename: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Json {
    Plain,
    Nullable,
}

pub(crate) enum ArrowType {
    Expression(Expr),
    Decimal(LitInt, LitInt),
}

/// The names that a derive has used so far; each must be unique.
#[derive(Default)]
pub(crate) struct Names(Vec<(String, Ident)>);

impl Names {
    /// Reserves the name of a field or variant; `what` is the kind of name, for the error.
    pub(crate) fn take(&mut self, name: &str, ident: &Ident, what: &str) -> syn::Result<()> {
        if let Some((_, other)) = self.0.iter().find(|(known, _)| known == name) {
            return Err(syn::Error::new(
                ident.span(),
                format!("`{other}` and `{ident}` have one {what}, {name:?}"),
            ));
        }
        self.0.push((name.to_owned(), ident.clone()));
        Ok(())
    }
}

impl Container {
    pub(crate) fn parse(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut container = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("sqlx") {
                attribute.parse_nested_meta(|meta| container.read(&meta))?;
            } else if attribute.path().is_ident("repr") {
                attribute.parse_nested_meta(|meta| {
                    if meta.input.peek(token::Paren) {
                        // `align(8)` does not affect the values.
                        let inside;
                        parenthesized!(inside in meta.input);
                        inside.parse::<TokenStream>()?;
                    }
                    match meta.path.get_ident() {
                        Some(ident) if is_integer(ident) => container.repr = Some(ident.clone()),
                        _ => {}
                    }
                    Ok(())
                })?;
            }
        }
        Ok(container)
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        match name(meta)?.as_str() {
            "transparent" => self.transparent = true,
            "default" => self.default = true,
            // An attribute of SQLx's derive; Arrow has no names of array types.
            "no_pg_array" => {}
            "type_name" => self.type_name = Some(meta.value()?.parse()?),
            "rename_all" => {
                let pattern: LitStr = meta.value()?.parse()?;
                self.rename_all = Some(case(&pattern)?);
            }
            _ => {
                return Err(meta.error(
                    "unknown attribute; there are `transparent`, `default`, `type_name` and `rename_all`",
                ));
            }
        }
        Ok(())
    }

    /// Returns the name of a field or a variant in Arrow.
    pub(crate) fn name_of(&self, child: &Child, ident: &Ident) -> String {
        if let Some(name) = &child.rename {
            return name.clone();
        }
        let own = ident.to_string();
        let own = own.strip_prefix("r#").unwrap_or(&own);
        match self.rename_all {
            Some(case) => case(own),
            None => own.to_owned(),
        }
    }
}

impl Child {
    pub(crate) fn parse(attributes: &[Attribute]) -> syn::Result<Self> {
        let mut child = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("sqlx") {
                attribute.parse_nested_meta(|meta| child.read_sqlx(&meta))?;
            } else if attribute.path().is_ident("arrow") {
                attribute.parse_nested_meta(|meta| child.read_arrow(&meta))?;
            }
        }
        Ok(child)
    }

    fn read_sqlx(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        match name(meta)?.as_str() {
            "rename" => self.rename = Some(meta.value()?.parse::<LitStr>()?.value()),
            "default" => self.default = true,
            "flatten" => self.flatten = true,
            "skip" => self.skip = true,
            "try_from" => self.try_from = Some(meta.value()?.parse::<LitStr>()?.parse()?),
            "json" => self.json = Some(json(meta)?),
            _ => {
                return Err(meta.error(
                    "unknown attribute; there are `rename`, `default`, `flatten`, `skip`, `try_from` and `json`",
                ));
            }
        }
        if self.flatten && self.json.is_some() {
            return Err(meta.error("`json` and `flatten` do not go together"));
        }
        if self.try_from.is_some() && self.json == Some(Json::Nullable) {
            return Err(meta.error("`json(nullable)` and `try_from` do not go together"));
        }
        Ok(())
    }

    fn read_arrow(&mut self, meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
        let arrow_type = match name(meta)?.as_str() {
            "type" => ArrowType::Expression(meta.value()?.parse()?),
            "decimal" => {
                let inside;
                parenthesized!(inside in meta.input);
                let precision = inside.parse()?;
                inside.parse::<Token![,]>()?;
                ArrowType::Decimal(precision, inside.parse()?)
            }
            _ => {
                return Err(meta.error(
                    "unknown attribute; there are `type = …` and `decimal(precision, scale)`",
                ));
            }
        };
        self.arrow_type = Some(arrow_type);
        Ok(())
    }
}

impl ArrowType {
    pub(crate) fn expression(&self, facade: &TokenStream) -> TokenStream {
        let data_type = quote!(#facade::arrow::schema::DataType);
        match self {
            Self::Expression(expression) => quote!(#expression),
            Self::Decimal(precision, scale) => match precision.base10_parse::<u8>() {
                Ok(digits) if digits > 38 => quote!(#data_type::Decimal256(#precision, #scale)),
                _ => quote!(#data_type::Decimal128(#precision, #scale)),
            },
        }
    }
}

fn name(meta: &ParseNestedMeta<'_>) -> syn::Result<String> {
    // `type` is a keyword, which `require_ident` of some versions rejects.
    match meta.path.segments.last() {
        Some(segment) if meta.path.segments.len() == 1 => Ok(segment.ident.to_string()),
        _ => Err(meta.error("unknown attribute")),
    }
}

fn json(meta: &ParseNestedMeta<'_>) -> syn::Result<Json> {
    if !meta.input.peek(token::Paren) {
        return Ok(Json::Plain);
    }
    let inside;
    parenthesized!(inside in meta.input);
    let word: Ident = inside.parse()?;
    if word == "nullable" {
        Ok(Json::Nullable)
    } else {
        Err(syn::Error::new(
            word.span(),
            "there are `json` and `json(nullable)`",
        ))
    }
}

fn is_integer(ident: &Ident) -> bool {
    const INTEGERS: [&str; 8] = ["i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"];
    INTEGERS.iter().any(|known| ident == known)
}

fn case(pattern: &LitStr) -> syn::Result<fn(&str) -> String> {
    Ok(match pattern.value().as_str() {
        "lowercase" => |name| name.to_lowercase(),
        "UPPERCASE" => |name| name.to_uppercase(),
        "snake_case" => |name| name.to_snake_case(),
        "SCREAMING_SNAKE_CASE" => |name| name.to_shouty_snake_case(),
        "kebab-case" => |name| name.to_kebab_case(),
        "camelCase" => |name| name.to_lower_camel_case(),
        "PascalCase" => |name| name.to_upper_camel_case(),
        _ => {
            return Err(syn::Error::new(
                pattern.span(),
                "there are \"lowercase\", \"UPPERCASE\", \"snake_case\", \"SCREAMING_SNAKE_CASE\", \
                 \"kebab-case\", \"camelCase\" and \"PascalCase\"",
            ));
        }
    })
}
