//! Statements with their lines, and checksums as text.

use super::apply::{has_ddl_in_transactions, line};
use super::record::{from_hex, to_hex};
use crate::catalog::{ServerInfo, SqlInfoValue, sql_info_name};
use crate::dialect::Dialect;
use crate::dialect::presets::{ansi, sqlite};

fn lines(sql: &str, dialect: &dyn Dialect) -> Vec<(String, usize)> {
    let statements = dialect.parse_script(sql).into_iter();
    statements
        .map(|found| (found.text().to_owned(), line(sql, found.first_token())))
        .collect()
}

fn owned<const N: usize>(found: [(&str, usize); N]) -> Vec<(String, usize)> {
    found.map(|(text, line)| (text.to_owned(), line)).to_vec()
}

#[test]
fn a_statement_stands_on_the_line_of_its_first_word() {
    let sql = "a;\n\n-- c; d\n/* e;\n */ b\n  c; d\n;;\n";
    let found = lines(sql, &ansi());
    let expected = [("a", 1), ("-- c; d\n/* e;\n */ b\n  c", 5), ("d", 6)];
    assert_eq!(found, owned(expected));
    assert_eq!(lines("-- nothing;\n", &ansi()), owned([]));
    assert_eq!(lines("", &ansi()), owned([]));
}

#[test]
fn what_is_quoted_does_not_separate() {
    let sql = "SELECT $tag$ ; $tag$;\nSELECT ';', \";\"";
    let expected = [("SELECT $tag$ ; $tag$", 1), ("SELECT ';', \";\"", 2)];
    assert_eq!(lines(sql, &ansi()), owned(expected));
    let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END;\r\nb";
    let found = lines(trigger, &sqlite());
    assert_eq!(found.len(), 2);
    assert_eq!(found[1], ("b".to_owned(), 2));
}

#[test]
fn a_checksum_goes_through_text() {
    let bytes: Vec<u8> = (0..=255).collect();
    let text = to_hex(&bytes);
    assert_eq!(text.len(), 512);
    assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
    assert_eq!(from_hex(&text).as_ref(), Some(&bytes));
    assert_eq!(from_hex(&text.to_uppercase()), Some(bytes));
    assert_eq!(from_hex(""), Some(Vec::new()));
    for wrong in ["0", "0g", "zz", "+1", "ä"] {
        assert_eq!(from_hex(wrong), None, "{wrong}");
    }
}

#[test]
fn a_server_may_say_that_ddl_commits_or_is_not_part_of_a_transaction() {
    let says = |id, yes| ServerInfo::new([(id, SqlInfoValue::Bool(yes))].into());
    assert!(has_ddl_in_transactions(&ServerInfo::default()));
    for id in [565, 566] {
        assert!(!has_ddl_in_transactions(&says(id, true)), "{id}");
        assert!(has_ddl_in_transactions(&says(id, false)), "{id}");
    }
    assert!(has_ddl_in_transactions(&says(564, true)));
    assert_eq!(
        sql_info_name(565),
        Some("SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT")
    );
    assert_eq!(
        sql_info_name(566),
        Some("SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED")
    );
}
