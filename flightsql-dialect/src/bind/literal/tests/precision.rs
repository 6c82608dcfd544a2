//! Digits of seconds that a dialect does not keep.

use super::{LiteralSyntax, Parameters, Syntax, clock, made, parsed};

#[test]
fn j11_digits_that_the_dialect_does_not_keep_are_cut_by_option() {
    let written = |nanos, truncate| {
        let parameters = Parameters::row(vec![clock(nanos, None)], 0);
        let six = made(
            Syntax::default(),
            LiteralSyntax {
                fraction_digits: 6,
                ..LiteralSyntax::default()
            },
        );
        let literals = parameters
            .literals(parsed("?", &six), &six, truncate, true)
            .map_err(|error| error.to_string())?;
        literals
            .statement(0)
            .map(|(statement, _)| statement.text().to_owned())
            .map_err(|error| error.to_string())
    };
    let error = written(123_456_789, false).unwrap_err();
    assert!(error.contains("`trunc_subsecs(6)`"), "{error}");
    assert!(error.contains("datetime_precision=truncate"), "{error}");
    assert_eq!(
        written(123_456_789, true).unwrap(),
        "TIMESTAMP '2026-01-31 23:59:58.123456'"
    );
    assert_eq!(
        written(120_000_000, true).unwrap(),
        "TIMESTAMP '2026-01-31 23:59:58.12'"
    );
    assert_eq!(
        written(999, true).unwrap(),
        "TIMESTAMP '2026-01-31 23:59:58'"
    );
}
