//! Real error texts, engine by engine.

use super::*;

struct Case {
    text: &'static str,
    violation: Option<Violation>,
    constraint: Option<&'static str>,
    table: Option<&'static str>,
}

const fn case(
    text: &'static str,
    violation: Option<Violation>,
    constraint: Option<&'static str>,
    table: Option<&'static str>,
) -> Case {
    Case {
        text,
        violation,
        constraint,
        table,
    }
}

const CASES: &[Case] = &[
    // SQLite.
    case(
        "UNIQUE constraint failed: t.a",
        Some(Violation::Unique),
        Some("t.a"),
        Some("t"),
    ),
    case(
        "constraint failed: UNIQUE constraint failed: t.a, t.b (2067)",
        Some(Violation::Unique),
        Some("t.a, t.b"),
        Some("t"),
    ),
    case(
        "UNIQUE constraint failed: index 'lower_a'",
        Some(Violation::Unique),
        Some("lower_a"),
        None,
    ),
    case(
        "NOT NULL constraint failed: t.a",
        Some(Violation::NotNull),
        Some("t.a"),
        Some("t"),
    ),
    case(
        "FOREIGN KEY constraint failed",
        Some(Violation::ForeignKey),
        None,
        None,
    ),
    case(
        "CHECK constraint failed: positive",
        Some(Violation::Check),
        Some("positive"),
        None,
    ),
    // DuckDB.
    case(
        "Constraint Error: Duplicate key \"id: 1\" violates primary key constraint.",
        Some(Violation::Unique),
        None,
        None,
    ),
    case(
        "Constraint Error: NOT NULL constraint failed: t.a",
        Some(Violation::NotNull),
        Some("t.a"),
        Some("t"),
    ),
    case(
        "Constraint Error: CHECK constraint failed on table t with expression CHECK((a > 0))",
        Some(Violation::Check),
        None,
        Some("t"),
    ),
    case(
        "Constraint Error: Violates foreign key constraint because key \"id: 5\" does not exist",
        Some(Violation::ForeignKey),
        None,
        None,
    ),
    case(
        "Constraint Error: key \"id: 5\" is still referenced by a foreign key in a different table",
        Some(Violation::ForeignKey),
        None,
        None,
    ),
    // PostgreSQL.
    case(
        "duplicate key value violates unique constraint \"t_pkey\"",
        Some(Violation::Unique),
        Some("t_pkey"),
        None,
    ),
    case(
        "null value in column \"a\" of relation \"t\" violates not-null constraint",
        Some(Violation::NotNull),
        None,
        Some("t"),
    ),
    case(
        "insert or update on table \"t\" violates foreign key constraint \"t_fk\"",
        Some(Violation::ForeignKey),
        Some("t_fk"),
        Some("t"),
    ),
    case(
        "new row for relation \"t\" violates check constraint \"t_check\"",
        Some(Violation::Check),
        Some("t_check"),
        Some("t"),
    ),
    case(
        "conflicting key value violates exclusion constraint \"x\"",
        Some(Violation::Exclusion),
        Some("x"),
        None,
    ),
    // Nothing of the kind.
    case("near \"FROM\": syntax error", None, None, None),
    case(
        "CHECK constraint must not hold a subquery",
        None,
        None,
        None,
    ),
    case(
        "UNIQUE constraint failed: ",
        Some(Violation::Unique),
        None,
        None,
    ),
    case(
        "violates unique constraint \"",
        Some(Violation::Unique),
        None,
        None,
    ),
    case("", None, None, None),
];

#[test]
fn texts_of_the_engines() {
    for Case {
        text,
        violation,
        constraint,
        table,
    } in CASES
    {
        let details = ErrorDetails::from_text("INVALID_ARGUMENT", text);
        assert_eq!(details.violation, *violation, "{text}");
        assert_eq!(details.constraint.as_deref(), *constraint, "{text}");
        assert_eq!(details.table.as_deref(), *table, "{text}");
        assert_eq!(details.sqlstate, None, "{text}");
        assert!(!details.retryable && !details.session_lost, "{text}");
    }
}

#[test]
fn a_sqlstate_is_read_and_tells_the_kind() {
    for text in [
        "ERROR: duplicate (SQLSTATE 23505)",
        "SQLSTATE: 23505 - no",
        "SQLSTATE[23505]",
        "SQLSTATE=23505",
    ] {
        let details = ErrorDetails::from_text("UNKNOWN", text);
        assert_eq!(details.sqlstate.as_deref(), Some("23505"), "{text}");
        assert_eq!(details.violation, Some(Violation::Unique), "{text}");
    }
    for text in [
        "SQLSTATE",
        "SQLSTATE unknown",
        "SQLSTATE 2350",
        "SQLSTATE 235051",
        "SQLSTATE abcde",
    ] {
        assert_eq!(
            ErrorDetails::from_text("UNKNOWN", text).sqlstate,
            None,
            "{text}"
        );
    }
}

#[test]
fn codes_tell_what_may_be_tried_again_and_what_is_lost() {
    assert!(ErrorDetails::from_text("UNAVAILABLE", "").retryable);
    assert!(ErrorDetails::from_text("Aborted", "").retryable);
    assert!(!ErrorDetails::from_text("INTERNAL", "").retryable);
    assert!(ErrorDetails::from_text("UNAUTHENTICATED", "").session_lost);
    assert!(!ErrorDetails::from_text("PERMISSION_DENIED", "").session_lost);
}

#[test]
fn j15_constraint_without_name_is_its_columns() {
    let constraint = |text| ErrorDetails::from_text("UNKNOWN", text).constraint;
    assert_eq!(
        constraint("UNIQUE constraint failed: user.username").as_deref(),
        Some("user.username")
    );
    // The SQLite of Go adds its result code.
    assert_eq!(
        constraint("constraint failed: UNIQUE constraint failed: t.a, t.b (2067)").as_deref(),
        Some("t.a, t.b")
    );
}
