//! The arguments: one for each parameter, of its type if the server reports types.

use either::Either;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, ExprCast, ExprGroup, Type};

use super::columns::{Direction, kind, mapped};
use super::{Context, Warnings};

/// Returns statements that bind the arguments to `query_args`.
pub(super) fn bind(context: &Context<'_>, warnings: &mut Warnings) -> syn::Result<TokenStream> {
    let input = context.input;
    let facade = &input.facade;
    let given = input.arguments.len();
    let parameters = context.describe.parameters.as_ref();
    let expected = parameters.map(|parameters| match parameters {
        Either::Left(types) => types.len(),
        Either::Right(count) => *count,
    });
    if let Some(expected) = expected
        && expected != given
    {
        let s = if expected == 1 { "" } else { "s" };
        let message = format!(
            "this statement has {expected} parameter{s}, and {given} {} given",
            if given == 1 { "is" } else { "are" }
        );
        return Err(syn::Error::new(input.span, message));
    }
    let names: Vec<_> = (0..given)
        .map(|index| format_ident!("arg{index}"))
        .collect();
    let expressions = input.arguments.iter().cloned().map(without_wildcard);
    let mut checks = TokenStream::new();
    if let Some(Either::Left(types)) = parameters.filter(|_| input.checked) {
        for (index, sql_type) in types.iter().enumerate() {
            let Some(expression) = input.arguments.get(index) else {
                continue;
            };
            // A cast states the type, and `as _` binds the value unchanged. The server reports NULL if it accepts any type.
            if cast(expression).is_some() || sql_type.is_null() {
                continue;
            }
            let what = format!("parameter #{}", index + 1);
            let otherwise = "bind it unchanged with `value as _`";
            let type_ = mapped(
                context,
                sql_type,
                Direction::Bound,
                &what,
                otherwise,
                warnings,
            )?;
            // A parameter accepts only the type that `sqlx.toml` names for it.
            let named = context
                .config
                .macros
                .type_override(sql_type.name())
                .is_some();
            let kind = kind(context, sql_type)
                .filter(|_| !named)
                .unwrap_or_else(|| quote!(#facade::ty_match::kinds::Configured));
            let name = &names[index];
            checks.extend(quote_spanned! {expression.span()=>
                // Only checked, never run.
                #[allow(clippy::missing_panics_doc, clippy::unreachable)]
                if false {
                    // The types decide which trait has the method.
                    #[allow(unused_imports)]
                    use #facade::ty_match::{MatchBorrowExt as _, MatchRefused as _, WrapSameExt as _};
                    let expr = #facade::ty_match::dupe_value(#name);
                    let ty_check = #facade::ty_match::WrapSame::<#type_, _>::new(&expr).wrap_same();
                    let (mut _ty_check, match_borrow) = #facade::ty_match::MatchBorrow::new(
                        ty_check,
                        &expr,
                        ::core::marker::PhantomData::<#kind>,
                    );
                    _ty_check = (&&&&match_borrow).match_borrow();
                    ::std::unreachable!();
                }
            });
        }
    }
    if given == 0 {
        return Ok(quote! {
            let query_args = ::core::result::Result::<_, #facade::error::BoxDynError>::Ok(
                <#facade::FlightSql as #facade::database::Database>::Arguments::default(),
            );
        });
    }
    Ok(quote! {
        #(let #names = &(#expressions);)*
        #checks
        let mut query_args = <#facade::FlightSql as #facade::database::Database>::Arguments::default();
        query_args.reserve(
            #given,
            0 #(+ #facade::encode::Encode::<#facade::FlightSql>::size_hint(#names))*,
        );
        let query_args = ::core::result::Result::<_, #facade::error::BoxDynError>::Ok(query_args)
            #(.and_then(move |mut query_args| query_args.add(#names).map(move |()| query_args)))*;
    })
}

fn cast(expression: &Expr) -> Option<&Type> {
    match expression {
        Expr::Group(group) => cast(&group.expr),
        Expr::Cast(cast) => Some(&cast.ty),
        _ => None,
    }
}

/// Replaces `value as _` with the value, and keeps any other cast.
fn without_wildcard(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => Expr::Group(ExprGroup {
            expr: Box::new(without_wildcard(*group.expr)),
            ..group
        }),
        Expr::Cast(ExprCast { expr, ty, .. }) if matches!(*ty, Type::Infer(_)) => *expr,
        other => other,
    }
}
