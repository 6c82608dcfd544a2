//! The input of the macro: `crate = […], source = "…", args = […], record = T, scalar = _, checked = false`.

use std::path::{Path, PathBuf};

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprArray, LitBool, LitStr, Token, Type, bracketed};

/// The Rust form of a row.
pub(super) enum Record {
    /// A generated struct, with a field for each column.
    Generated,
    /// A struct of the user, in a struct expression.
    Given(Box<Type>),
    /// The value of the only column.
    Scalar,
}

pub(super) struct Input {
    /// The path of the facade: `$crate`.
    pub(super) facade: TokenStream,
    pub(super) sql: String,
    /// The file of `query_file!`.
    pub(super) file: Option<PathBuf>,
    /// The position of the SQL, or of its file's name, in the user's code.
    pub(super) span: Span,
    pub(super) record: Record,
    pub(super) arguments: Vec<Expr>,
    pub(super) checked: bool,
}

impl Parse for Input {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut facade = None;
        let mut source = None;
        let mut record = Record::Generated;
        let mut arguments = Vec::new();
        let mut checked = true;
        while !input.is_empty() {
            if input.peek(Token![crate]) {
                input.parse::<Token![crate]>()?;
                input.parse::<Token![=]>()?;
                let path;
                bracketed!(path in input);
                facade = Some(path.parse()?);
            } else {
                let key: syn::Ident = input.parse()?;
                input.parse::<Token![=]>()?;
                match key.to_string().as_str() {
                    "source" => source = Some(text(input)?),
                    "source_file" => source = Some(file(input)?),
                    "record" => record = Record::Given(input.parse()?),
                    "scalar" => {
                        input.parse::<Token![_]>()?;
                        record = Record::Scalar;
                    }
                    "args" => arguments = input.parse::<ExprArray>()?.elems.into_iter().collect(),
                    "checked" => checked = input.parse::<LitBool>()?.value,
                    _ => return Err(syn::Error::new(key.span(), format!("unknown key `{key}`"))),
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let Some((sql, file, span)) = source else {
            return Err(input.error("expected SQL, or the name of a file with it"));
        };
        let Some(facade) = facade else {
            return Err(input.error("use the macros of `flightsql`, such as `flightsql::query!`"));
        };
        Ok(Self {
            facade,
            sql,
            file,
            span,
            record,
            arguments,
            checked,
        })
    }
}

type Source = (String, Option<PathBuf>, Span);

/// Reads one literal, or several joined by `+`.
fn text(input: ParseStream) -> syn::Result<Source> {
    let span = input.span();
    let parts = Punctuated::<LitStr, Token![+]>::parse_separated_nonempty(input).map_err(|_| {
        syn::Error::new(
            span,
            "the SQL of a checked query is a string literal (or several, joined by `+`); \
             use the function of the same name, `query(…)`, for SQL that is built at run time",
        )
    })?;
    // The first literal: a span of several needs a nightly compiler.
    let span = parts.first().map_or(span, LitStr::span);
    Ok((parts.iter().map(LitStr::value).collect(), None, span))
}

fn file(input: ParseStream) -> syn::Result<Source> {
    let name: LitStr = input.parse()?;
    let at = |message: String| syn::Error::new(name.span(), message);
    let relative = name.value();
    if Path::new(&relative).is_absolute() {
        return Err(at(
            "an absolute path differs between machines; use a path relative to the folder of Cargo.toml"
                .to_owned(),
        ));
    }
    let manifest = sqlx_macros_core::manifest_dir().map_err(|error| at(error.to_string()))?;
    let path = manifest.join(&relative);
    let sql = std::fs::read_to_string(&path)
        .map_err(|error| at(format!("cannot read {}: {error}", path.display())))?;
    let path = path
        .canonicalize()
        .map_err(|error| at(format!("cannot find {}: {error}", path.display())))?;
    Ok((sql, Some(path), name.span()))
}
