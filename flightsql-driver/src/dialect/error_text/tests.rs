//! Real error texts, engine by engine.

use super::*;

struct Case {
    text: &'static str,
    kind: ErrorKind,
    constraint: Option<&'static str>,
    table: Option<&'static str>,
}

const fn case(
    text: &'static str,
    kind: ErrorKind,
    constraint: Option<&'static str>,
    table: Option<&'static str>,
) -> Case {
    Case {
        text,
        kind,
        constraint,
        table,
    }
}

const CASES: &[Case] = &[
    // SQLite.
    case(
        "UNIQUE constraint failed: t.a",
        ErrorKind::UniqueViolation,
        None,
        Some("t"),
    ),
    case(
        "constraint failed: UNIQUE constraint failed: t.a, t.b (2067)",
        ErrorKind::UniqueViolation,
        None,
        Some("t"),
    ),
    case(
        "UNIQUE constraint failed: index 'lower_a'",
        ErrorKind::UniqueViolation,
        Some("lower_a"),
        None,
    ),
    case(
        "NOT NULL constraint failed: t.a",
        ErrorKind::NotNullViolation,
        None,
        Some("t"),
    ),
    case(
        "FOREIGN KEY constraint failed",
        ErrorKind::ForeignKeyViolation,
        None,
        None,
    ),
    case(
        "CHECK constraint failed: positive",
        ErrorKind::CheckViolation,
        Some("positive"),
        None,
    ),
    // DuckDB.
    case(
        "Constraint Error: Duplicate key \"id: 1\" violates primary key constraint.",
        ErrorKind::UniqueViolation,
        None,
        None,
    ),
    case(
        "Constraint Error: NOT NULL constraint failed: t.a",
        ErrorKind::NotNullViolation,
        None,
        Some("t"),
    ),
    case(
        "Constraint Error: CHECK constraint failed on table t with expression CHECK((a > 0))",
        ErrorKind::CheckViolation,
        None,
        Some("t"),
    ),
    case(
        "Constraint Error: Violates foreign key constraint because key \"id: 5\" does not exist",
        ErrorKind::ForeignKeyViolation,
        None,
        None,
    ),
    case(
        "Constraint Error: key \"id: 5\" is still referenced by a foreign key in a different table",
        ErrorKind::ForeignKeyViolation,
        None,
        None,
    ),
    // PostgreSQL.
    case(
        "duplicate key value violates unique constraint \"t_pkey\"",
        ErrorKind::UniqueViolation,
        Some("t_pkey"),
        None,
    ),
    case(
        "null value in column \"a\" of relation \"t\" violates not-null constraint",
        ErrorKind::NotNullViolation,
        None,
        Some("t"),
    ),
    case(
        "insert or update on table \"t\" violates foreign key constraint \"t_fk\"",
        ErrorKind::ForeignKeyViolation,
        Some("t_fk"),
        Some("t"),
    ),
    case(
        "new row for relation \"t\" violates check constraint \"t_check\"",
        ErrorKind::CheckViolation,
        Some("t_check"),
        Some("t"),
    ),
    case(
        "conflicting key value violates exclusion constraint \"x\"",
        ErrorKind::ExclusionViolation,
        Some("x"),
        None,
    ),
    // Nothing of the kind.
    case("near \"FROM\": syntax error", ErrorKind::Other, None, None),
    case(
        "CHECK constraint must not hold a subquery",
        ErrorKind::Other,
        None,
        None,
    ),
    case(
        "UNIQUE constraint failed: ",
        ErrorKind::UniqueViolation,
        None,
        None,
    ),
    case(
        "violates unique constraint \"",
        ErrorKind::UniqueViolation,
        None,
        None,
    ),
    case("", ErrorKind::Other, None, None),
];

#[test]
fn texts_of_the_engines() {
    for Case {
        text,
        kind,
        constraint,
        table,
    } in CASES
    {
        let facts = ErrorFacts::from_text("INVALID_ARGUMENT", text);
        assert_eq!(facts.kind, *kind, "{text}");
        assert_eq!(facts.kind(), *kind, "{text}");
        assert_eq!(facts.constraint.as_deref(), *constraint, "{text}");
        assert_eq!(facts.table.as_deref(), *table, "{text}");
        assert_eq!(facts.sqlstate, None, "{text}");
        assert!(!facts.retryable && !facts.session_lost, "{text}");
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
        let facts = ErrorFacts::from_text("UNKNOWN", text);
        assert_eq!(facts.sqlstate.as_deref(), Some("23505"), "{text}");
        assert_eq!(facts.kind, ErrorKind::UniqueViolation, "{text}");
    }
    for text in [
        "SQLSTATE",
        "SQLSTATE unknown",
        "SQLSTATE 2350",
        "SQLSTATE 235051",
        "SQLSTATE abcde",
    ] {
        assert_eq!(
            ErrorFacts::from_text("UNKNOWN", text).sqlstate,
            None,
            "{text}"
        );
    }
}

#[test]
fn codes_tell_what_may_be_tried_again_and_what_is_lost() {
    assert!(ErrorFacts::from_text("UNAVAILABLE", "").retryable);
    assert!(ErrorFacts::from_text("Aborted", "").retryable);
    assert!(!ErrorFacts::from_text("INTERNAL", "").retryable);
    assert!(ErrorFacts::from_text("UNAUTHENTICATED", "").session_lost);
    assert!(!ErrorFacts::from_text("PERMISSION_DENIED", "").session_lost);
}
