//! Tests of report files, comparisons and tables.

use super::{Expectations, NOTE, Outcome, Report, matrix, matrix_of_groups};

fn report() -> Report {
    let mut report = Report::default();
    report.add("connect.connect".to_owned(), Outcome::Supported);
    let note = "UNIMPLEMENTED: no = sign,\n  and a: colon";
    report.add("binds.text".to_owned(), Outcome::unsupported(note));
    report.add("pool.tasks".to_owned(), Outcome::not_tried("why not"));
    report.add("types.u8".to_owned(), Outcome::failed("200, not 201"));
    report
}

#[test]
fn round_trips_lines() {
    let lines = report().to_lines();
    assert_eq!(
        lines,
        "connect.connect = supported\n\
         binds.text = unsupported: UNIMPLEMENTED: no = sign, and a: colon\n\
         pool.tasks = not-tried: why not\n\
         types.u8 = failed: 200, not 201\n"
    );
    assert_eq!(Report::from_lines(&lines).unwrap(), report());
    let commented = format!("# what it does\n\n{lines}");
    assert_eq!(Report::from_lines(&commented).unwrap(), report());
}

#[test]
fn invalid_line_names_position() {
    let error = |text| Report::from_lines(text).unwrap_err().to_string();
    assert_eq!(error("a.b = supported\nc.d"), "line 2: missing `=`");
    assert_eq!(
        error("a.b = maybe: so"),
        "line 1: expected supported, unsupported, not-tried or failed, got `maybe: so`"
    );
    assert_eq!(
        error("a.b = failed\n\na.b = failed"),
        "line 3: `a.b` is listed twice"
    );
}

#[test]
fn truncates_long_note() {
    let outcome = Outcome::failed("wörd ".repeat(100));
    assert!(outcome.note().chars().count() <= NOTE);
    assert!(outcome.note().ends_with('…'));
    let mut report = Report::default();
    report.add("a.b".to_owned(), outcome);
    assert_eq!(Report::from_lines(&report.to_lines()).unwrap(), report);
}

#[test]
fn finds_differences_in_both_directions() {
    let seen = report();
    assert!(seen.compare(&Expectations::from(report())).is_empty());
    let expected = "connect.connect = failed: it was broken\n\
                    binds.text = unsupported: another note\n\
                    types.u8 = failed: yet another\n\
                    gone.away = supported";
    let expected = Expectations::from_lines(expected).unwrap();
    let differences: Vec<String> = seen
        .compare(&expected)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        differences,
        [
            "connect.connect: expected failed, got supported",
            "pool.tasks: expected nothing, got not-tried: why not",
            "gone.away: expected supported, got nothing",
        ]
    );
}

#[test]
fn report_displays_table_with_total() {
    assert_eq!(
        report().to_string(),
        "connect.connect  ✓ supported\n\
         binds.text       – unsupported  UNIMPLEMENTED: no = sign, and a: colon\n\
         pool.tasks       · not-tried    why not\n\
         types.u8         ✗ failed       200, not 201\n\
         1 supported, 1 unsupported, 1 not tried, 1 failed"
    );
}

#[test]
fn matrix_has_column_per_engine() {
    let other = Report::from_lines("connect.connect = supported\nnew.one = failed").unwrap();
    let matrix = matrix(&[("one", &report()), ("the other", &other)]);
    assert_eq!(
        matrix.to_string(),
        "                 one  the other
connect.connect   ✓       ✓
binds.text        –
pool.tasks        ·
types.u8          ✗
new.one                   ✗
all              1/4     1/2
✓ supported, – unsupported by the server, · not tried, ✗ failed"
    );
    let markdown = matrix.to_markdown();
    assert!(markdown.starts_with(
        "| behavior | one | the other |\n|---|:-:|:-:|\n| connect.connect | ✓ | ✓ |\n"
    ));
    assert!(markdown.contains("| all | 1/4 | 1/2 |\n"));
}

#[test]
fn group_matrix_counts_supported() {
    let other = "binds.text = supported\nbinds.date = failed\nbinds.int = not-tried";
    let other = Report::from_lines(other).unwrap();
    let groups = matrix_of_groups(&[("one", &report()), ("two", &other)]);
    assert_eq!(
        groups.to_string(),
        "         one  two
connect  1/1  0/0
binds    0/1  1/3
pool     0/1  0/0
types    0/1  0/0
all      1/4  1/3
supported / all behaviors"
    );
}
