//! Expansions of descriptions, errors with their messages, and the types of `sqlx.toml`.

use quote::quote;
use sqlx_core::config::Config;
use syn::parse::Parser as _;

use crate::query::input::Input;
use crate::query::{Described, expand_described};

/// The expansion of `input` where the server says `columns` (name and type) and `parameters`; or the errors.
fn expanded(
    input: proc_macro2::TokenStream,
    columns: &[(&str, &str)],
    parameters: &[&str],
) -> Result<String, String> {
    expanded_by(&Config::default(), input, columns, parameters)
}

/// The same under a `sqlx.toml`. Every column is of the table `main.t`.
fn expanded_by(
    config: &Config,
    input: proc_macro2::TokenStream,
    columns: &[(&str, &str)],
    parameters: &[&str],
) -> Result<String, String> {
    let input: Input = syn::parse2(quote!(crate = [flightsql], #input)).unwrap();
    // A name as serde writes it, or JSON.
    let data_type = |type_: &str| match type_.starts_with('{') {
        true => serde_json::from_str(type_).unwrap(),
        false => serde_json::Value::from(type_),
    };
    let column = |(place, (name, type_)): (usize, &(&str, &str))| {
        serde_json::json!({
            "data_type": data_type(type_), "name": name, "nullable": false, "ordinal": place,
            "metadata": { "ARROW:FLIGHT:SQL:TABLE_NAME": "t", "ARROW:FLIGHT:SQL:SCHEMA_NAME": "main" },
        })
    };
    let columns: Vec<_> = columns.iter().enumerate().map(column).collect();
    let nullable = vec![false; columns.len()];
    let parameters: Vec<_> = parameters
        .iter()
        .map(|type_| serde_json::json!({ "data_type": data_type(type_), "name": "BIGINT" }))
        .collect();
    let describe = serde_json::json!({
        "columns": columns, "nullable": nullable, "parameters": { "Left": parameters },
    });
    let described = Described {
        describe: serde_json::from_value(describe).unwrap(),
        file: None,
    };
    match expand_described(&input, config, &described) {
        Ok(tokens) => {
            syn::Block::parse_within.parse2(tokens.clone()).unwrap();
            Ok(tokens.to_string())
        }
        Err(errors) => {
            let errors: Vec<_> = errors.into_iter().map(|error| error.to_string()).collect();
            Err(errors.join("\n"))
        }
    }
}

#[test]
fn a_type_without_a_rust_type_asks_for_one() {
    let input = quote!(source = "SELECT a, b, c");
    let columns = [("a", "Null"), ("b", "Int64"), ("c", "Null")];
    let errors = expanded(input, &columns, &[]).unwrap_err();
    let lines: Vec<&str> = errors.lines().collect();
    assert_eq!(
        lines,
        [
            "column #1 (`a`) is a NULL, which has no Rust type; name its type in the SQL, as in `AS \"name: Type\"`",
            "column #3 (`c`) is a NULL, which has no Rust type; name its type in the SQL, as in `AS \"name: Type\"`",
        ]
    );
    let named = expanded(quote!(source = "SELECT a"), &[("a: Circle", "Null")], &[]);
    assert!(named.unwrap().contains("Circle"));
}

#[test]
fn a_name_that_is_no_field_is_refused() {
    for name in [
        "'1",
        "count(*)",
        "",
        "two words",
        "1",
        "a.b",
        "max(a)::TEXT",
    ] {
        let errors = expanded(quote!(source = "SELECT 1"), &[(name, "Int64")], &[]).unwrap_err();
        assert_eq!(
            errors,
            format!(
                "column #1 (`{name}`) has no name that a field can have; give it one in the SQL, as in `count(*) AS total`"
            )
        );
        // The one column of a scalar needs none.
        let input = quote!(scalar = _, source = "SELECT 1");
        assert!(expanded(input, &[(name, "Int64")], &[]).is_ok(), "{name}");
    }
    for name in ["type", "ä", "_1"] {
        assert!(expanded(quote!(source = "SELECT 1"), &[(name, "Int64")], &[]).is_ok());
    }
}

#[test]
fn an_override_that_cannot_be_read_is_refused() {
    for name in ["a!!", "a:", "a!?", "a: i64!", "a?: "] {
        let errors = expanded(quote!(source = "SELECT 1"), &[(name, "Int64")], &[]).unwrap_err();
        assert!(errors.contains("invalid override"), "{name}: {errors}");
        let scalar = quote!(scalar = _, source = "SELECT 1");
        assert_eq!(
            expanded(scalar, &[(name, "Int64")], &[]).unwrap_err(),
            errors
        );
    }
}

/// These have no field: what a column is called must not end the compiler.
#[test]
fn names_that_no_field_may_have_are_refused() {
    for name in ["self", "Self", "super", "crate", "_"] {
        let errors = expanded(quote!(source = "SELECT 1"), &[(name, "Int64")], &[]).unwrap_err();
        assert!(
            errors.contains("has no name that a field can have"),
            "{name}: {errors}"
        );
    }
}

#[test]
fn as_many_arguments_as_parameters() {
    let errors = expanded(quote!(source = "SELECT ?"), &[("a", "Int64")], &["Int64"]);
    assert_eq!(
        errors.unwrap_err(),
        "this statement has 1 parameter, and 0 are given"
    );
    let input = quote!(source = "SELECT 1", args = [1, 2]);
    assert_eq!(
        expanded(input, &[("a", "Int64")], &[]).unwrap_err(),
        "this statement has 0 parameters, and 2 are given"
    );
}

#[test]
fn an_argument_with_a_cast_is_not_compared() {
    let input = |argument| quote!(source = "SELECT ?", args = [#argument]);
    let columns = [("a", "Int64")];
    let known = expanded(input(quote!(1)), &columns, &["Int64"]).unwrap();
    assert!(known.contains("WrapSame"), "{known}");
    for argument in [quote!(1 as i64), quote!(1 as _)] {
        let free = expanded(input(argument), &columns, &["Int64"]).unwrap();
        assert!(!free.contains("WrapSame"), "{free}");
    }
    // The server accepts any type for NULL; the macro still compares the second parameter.
    let both = quote!(source = "SELECT ? WHERE 1 = ?", args = [1, 2]);
    let mixed = expanded(both, &columns, &["Null", "Int64"]).unwrap();
    assert_eq!(mixed.matches("WrapSame ::").count(), 1, "{mixed}");
}

/// A list as serde writes it.
const LIST: &str = r#"{"List":{"name":"item","data_type":"Int32","nullable":true,"dict_id":0,"dict_is_ordered":false,"metadata":{}}}"#;

#[test]
fn j14_an_argument_is_compared_with_its_kind() {
    let input = quote!(source = "SELECT a", args = [1, 2]);
    let found = expanded(input, &[("a", "Int64")], &["Int16", LIST]).unwrap();
    assert!(found.contains("PhantomData :: < flightsql :: ty_match :: kinds :: Int16 >"));
    let list = "kinds :: List < flightsql :: ty_match :: kinds :: Int32 >";
    assert!(found.contains(list), "{found}");
    // The columns have the types of the table.
    assert!(!found.contains("ty_match :: Column"), "{found}");
}

#[test]
fn i8_j12_a_named_type_is_compared_with_its_column() {
    let column = |name, type_| {
        let scalar = quote!(scalar = _, source = "SELECT a");
        let found = expanded(quote!(source = "SELECT a"), &[(name, type_)], &[]).unwrap();
        let scalar = expanded(scalar, &[(name, type_)], &[]).unwrap();
        let count = |text: &str| text.matches("ty_match :: Column :: <").count();
        assert_eq!(count(&found), count(&scalar));
        (
            found.contains(
                "ty_match :: Column :: < bool , flightsql :: ty_match :: kinds :: Int64 >",
            ),
            count(&found),
        )
    };
    assert_eq!(column("a: bool", "Int64"), (true, 1));
    assert_eq!(column("a!: bool", "Int64"), (true, 1));
    assert_eq!(column("a?: bool", "Int64"), (true, 1));
    assert_eq!(column("a: bool", LIST), (false, 1));
    // A NULL has every type.
    assert_eq!(column("a: bool", "Null"), (false, 0));
    assert_eq!(column("a!", "Int64"), (false, 0));
    let inferred = quote!(record = Record, source = "SELECT a");
    let found = expanded(inferred, &[("a: _", "Int64")], &[]).unwrap();
    assert!(!found.contains("ty_match"), "{found}");
    let unchecked = quote!(source = "SELECT a", checked = false);
    let found = expanded(unchecked, &[("a: bool", "Int64")], &[]).unwrap();
    assert!(!found.contains("ty_match"), "{found}");
}

#[cfg(not(any(feature = "chrono", feature = "time")))]
#[test]
fn a_type_whose_feature_is_off_names_the_feature() {
    let errors = expanded(quote!(source = "SELECT day"), &[("day", "Date32")], &[]).unwrap_err();
    assert_eq!(
        errors,
        "column #1 (`day`) is a DATE: enable the feature `chrono` of `flightsql`"
    );
}

#[cfg(any(feature = "chrono", feature = "time"))]
#[test]
fn a_type_whose_feature_is_on_is_read() {
    let found = expanded(quote!(source = "SELECT day"), &[("day", "Date32")], &[]).unwrap();
    assert!(found.contains("types"), "{found}");
}

#[test]
fn sqlx_toml_puts_types_in() {
    let mut config = Config::default();
    let types = &mut config.macros.type_overrides;
    types.insert("BIGINT".into(), "crate::Big".into());
    let columns = std::collections::BTreeMap::from([("b".into(), "crate::OfTheColumn".into())]);
    config
        .macros
        .table_overrides
        .insert("main.t".into(), columns);
    let input = quote!(source = "SELECT a, b", args = [1]);
    let found = expanded_by(
        &config,
        input,
        &[("a", "Int64"), ("b", "Int64")],
        &["Int64"],
    )
    .unwrap();
    // The column is nearer than its type; a parameter has only its type.
    assert!(found.contains("r#a : crate :: Big ,"), "{found}");
    assert!(found.contains("r#b : crate :: OfTheColumn ,"), "{found}");
    assert!(found.contains("WrapSame :: < crate :: Big"), "{found}");
    // Only its type is accepted, and both types must read their columns.
    assert!(found.contains("kinds :: Configured"), "{found}");
    for type_ in ["Big", "OfTheColumn"] {
        let check = format!(
            "ty_match :: Column :: < crate :: {type_} , flightsql :: ty_match :: kinds :: Int64 >"
        );
        assert!(found.contains(&check), "{type_}: {found}");
    }
    config
        .macros
        .type_overrides
        .insert("BIGINT".into(), "no type".into());
    let input = quote!(source = "SELECT a");
    let error = expanded_by(&config, input, &[("a", "Int64")], &[]).unwrap_err();
    assert_eq!(error, "sqlx.toml: `no type` is not a valid type");
}
