//! Errors of the derives for invalid input, and their positions.
#![allow(clippy::unwrap_used, reason = "tests")]

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::value::Part;
use crate::{from_arrow, row, to_arrow, value};

type Derive = fn(&DeriveInput) -> syn::Result<TokenStream>;

const TYPE: Derive = |input| value::expand(input, &[Part::Type, Part::Encode, Part::Decode]);
const FROM_ARROW: Derive = from_arrow::expand;
const TO_ARROW: Derive = to_arrow::expand;
const FROM_ROW: Derive = row::from_row;

#[track_caller]
fn refused(derive: Derive, input: &str, text: &str) {
    let parsed: DeriveInput = syn::parse_str(input).unwrap();
    let error = derive(&parsed).expect_err(input).to_string();
    assert!(
        error.contains(text),
        "{input}: {error:?} does not say {text:?}"
    );
}

#[track_caller]
fn expands(derive: Derive, input: &str) {
    let parsed: DeriveInput = syn::parse_str(input).unwrap();
    let tokens = derive(&parsed).unwrap_or_else(|error| panic!("{input}: {error}"));
    syn::parse2::<syn::File>(tokens).unwrap();
}

#[test]
fn a_type_that_has_no_one_meaning_is_refused() {
    let names = "named fields or exactly one unnamed field";
    refused(TYPE, "struct S;", names);
    refused(TYPE, "struct S(i32, i32);", names);
    refused(TYPE, "struct S {}", "a struct without fields has no value");
    refused(
        TYPE,
        "struct S { #[sqlx(skip)] a: i32 }",
        "a struct without fields has no value",
    );
    refused(TYPE, "enum E {}", "an enum without variants has no values");
    refused(
        TYPE,
        "enum E { A, B(i32) }",
        "must all have no field, or all have exactly one unnamed field",
    );
    refused(
        TYPE,
        "enum E { A(i32, i32) }",
        "must all have no field, or all have exactly one unnamed field",
    );
    refused(
        TYPE,
        "#[sqlx(transparent)] struct S { a: i32, b: i32 }",
        "exactly one field",
    );
    refused(TYPE, "union U { a: i32, b: u32 }", "union");
    expands(TYPE, "struct S(i32);");
    expands(TYPE, "struct S<T> { a: T, b: i32 }");
    expands(TYPE, "enum E { A, B }");
    expands(TYPE, "#[repr(i16)] enum E { A = 1, B = 2 }");
    expands(TYPE, "enum E { A(i32), B(String) }");
}

#[test]
fn two_names_that_are_one_are_refused() {
    refused(
        TYPE,
        "#[sqlx(rename_all = \"lowercase\")] enum E { Ab, AB }",
        "`Ab` and `AB` have one text, \"ab\"",
    );
    let fields = "struct S { a: i32, #[sqlx(rename = \"a\")] b: i32 }";
    refused(TYPE, fields, "`a` and `b` have one name, \"a\"");
    refused(TO_ARROW, fields, "`a` and `b` have one column, \"a\"");
    let variants = "enum E { A(i32), #[sqlx(rename = \"A\")] B(String) }";
    refused(TYPE, variants, "`A` and `B` have one name, \"A\"");
    // Two fields may be read from one column.
    expands(FROM_ARROW, fields);
}

#[test]
fn unknown_attributes_name_the_known_ones() {
    for derive in [TYPE, FROM_ARROW, TO_ARROW] {
        refused(
            derive,
            "#[sqlx(renameall = \"x\")] struct S { a: i32 }",
            "there are `transparent`, `default`, `type_name` and `rename_all`",
        );
        refused(
            derive,
            "struct S { #[sqlx(name = \"x\")] a: i32 }",
            "there are `rename`, `default`, `flatten`, `skip`, `try_from` and `json`",
        );
        refused(
            derive,
            "#[sqlx(rename_all = \"snake\")] struct S { a: i32 }",
            "there are \"lowercase\"",
        );
        refused(
            derive,
            "#[flightsql(krate = \"x\")] struct S { a: i32 }",
            "there is `crate = \"path::to::flightsql\"`",
        );
    }
    refused(
        TO_ARROW,
        "struct S { #[arrow(precision = 3)] a: i32 }",
        "there are `type = …` and `decimal(precision, scale)`",
    );
    refused(
        FROM_ROW,
        "#[flightsql(krate = \"x\")] struct S { a: i32 }",
        "there is `crate = \"path::to::flightsql\"`",
    );
    refused(
        FROM_ARROW,
        "struct S { #[sqlx(json(null))] a: i32 }",
        "there are `json` and `json(nullable)`",
    );
}

#[test]
fn attributes_that_do_not_go_together_are_refused() {
    let both = "struct S { #[sqlx(json, flatten)] a: i32 }";
    refused(FROM_ARROW, both, "`json` and `flatten` do not go together");
    let both = "struct S { #[sqlx(json(nullable), try_from = \"i32\")] a: i64 }";
    refused(
        FROM_ARROW,
        both,
        "`json(nullable)` and `try_from` do not go together",
    );
    refused(
        TYPE,
        "struct S { #[sqlx(json)] a: i32 }",
        "knows `rename`, `default` and `skip`",
    );
}

#[test]
fn columns_need_a_struct_with_fields() {
    refused(
        FROM_ARROW,
        "enum E { A }",
        "FromArrow can only be derived for structs",
    );
    refused(
        FROM_ARROW,
        "struct S;",
        "a struct without fields reads no columns",
    );
    refused(
        TO_ARROW,
        "enum E { A }",
        "ToArrow can only be derived for structs",
    );
    refused(TO_ARROW, "struct S(i32);", "ToArrow needs named fields");
    refused(
        TO_ARROW,
        "struct S { #[sqlx(skip)] a: i32 }",
        "all fields are skipped",
    );
    expands(FROM_ARROW, "struct S(i32, i32);");
    expands(FROM_ARROW, "struct S<'a, T> { a: &'a str, b: T }");
    expands(
        TO_ARROW,
        "struct S { #[arrow(decimal(18, 2))] a: i64, r#type: i32 }",
    );
}

#[test]
fn the_facade_may_have_another_name() {
    let input = "#[flightsql(crate = \"a::b\")] struct S { a: i32 }";
    let input: DeriveInput = syn::parse_str(input).unwrap();
    for derive in [TYPE, FROM_ARROW, TO_ARROW, FROM_ROW] {
        let text = derive(&input).unwrap().to_string();
        assert!(text.contains("a :: b :: "), "{text}");
        assert!(
            !text.contains("sqlx ::") && !text.contains("flightsql ::"),
            "{text}"
        );
    }
}
