//! `query!` and its family: from the description of a statement to SQLx's own `query_with` and a mapping of its rows.
//!
//! `input` (the macro's input) · `environment` (URL, cache and settings) · `live`, `saved`, `snapshot` (the sources
//! of a description) · `description` (with its stored form) · `types`, `kind` (tables of Arrow types) · `arguments`, `columns`,
//! `output` (the expansion) · `message` (a server's error with its position).
//!
//! The expansion of sqlx-macros-core would not do. It reads its URL from one variable, which names another database in a
//! crate that uses both, and it accepts no description. The expanded code is the same.

mod arguments;
mod columns;
mod description;
mod environment;
mod input;
mod kind;
mod live;
mod message;
mod output;
mod saved;
mod snapshot;
mod types;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use sqlx_core::config::Config;

use description::Description;
use environment::{Environment, Source};
use input::{Input, Record};

/// The description of a statement, and its file.
struct Described {
    describe: Description,
    /// Cargo recompiles the crate when this file changes.
    file: Option<std::path::PathBuf>,
}

pub(crate) fn expand(tokens: TokenStream) -> syn::Result<TokenStream> {
    let input: Input = syn::parse2(tokens)?;
    let at = input.span;
    let environment = Environment::load().map_err(|error| syn::Error::new(at, error))?;
    let described =
        describe(&input.sql, &environment).map_err(|error| syn::Error::new(at, error))?;
    expand_described(&input, &environment.config, &described)
}

fn describe(sql: &str, environment: &Environment) -> Result<Described, String> {
    match environment.source(sql)? {
        Source::Live {
            url,
            folders,
            save_in,
        } => {
            let (describe, file) = live::describe(sql, &url, &folders, environment)?;
            if let Some(directory) = save_in {
                saved::write(&directory, sql, &describe)?;
            }
            Ok(Described { describe, file })
        }
        Source::Saved(file) => Ok(Described {
            describe: saved::read(&file, sql)?,
            file: Some(file),
        }),
        Source::Snapshot(file) => Ok(Described {
            describe: snapshot::read(&file, sql)?,
            file: Some(file),
        }),
    }
}

/// Warnings of the compiler about an ambiguous mapping.
#[derive(Default)]
struct Warnings {
    date_time: bool,
    numeric: bool,
}

fn expand_described(
    input: &Input,
    config: &Config,
    described: &Described,
) -> syn::Result<TokenStream> {
    let describe = &described.describe;
    let facade = &input.facade;
    let mut warnings = Warnings::default();
    let context = Context {
        input,
        config,
        describe,
    };
    let arguments = arguments::bind(&context, &mut warnings)?;
    let output = match &input.record {
        _ if describe.columns.is_empty() => output::without_rows(&context),
        Record::Generated => output::generated(&context, &mut warnings)?,
        Record::Given(record) => output::given(&context, record, &mut warnings)?,
        Record::Scalar => output::scalar(&context, &mut warnings)?,
    };
    let date_time = warnings
        .date_time
        .then(|| quote!(#facade::warn_on_ambiguous_inferred_date_time_crate();));
    let numeric = warnings
        .numeric
        .then(|| quote!(#facade::warn_on_ambiguous_inferred_numeric_crate();));
    let tracked = tracked(described.file.as_deref(), input.span)?;
    Ok(quote! {{
        #[allow(clippy::all)]
        {
            use #facade::Arguments as _;
            #tracked
            #date_time
            #numeric
            #arguments
            #output
        }
    }})
}

/// The input of one expansion.
struct Context<'a> {
    input: &'a Input,
    config: &'a Config,
    describe: &'a Description,
}

/// Returns code that makes Cargo recompile the crate when the file changes.
fn tracked(file: Option<&std::path::Path>, at: Span) -> syn::Result<Option<TokenStream>> {
    let Some(file) = file else { return Ok(None) };
    let Some(path) = file.to_str() else {
        let message = format!("the path {} is not UTF-8", file.display());
        return Err(syn::Error::new(at, message));
    };
    Ok(Some(quote!(
        const _: &[u8] = ::core::include_bytes!(#path);
    )))
}

#[cfg(test)]
mod tests;
