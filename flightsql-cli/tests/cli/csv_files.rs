//! CSV files through `serve`: their strings, their NULLs, and the files that `query` writes.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use flightsql::{AssertSqlSafe, ConnectOptions, FlightSqlConnectOptions, IngestMode, query_scalar};
use flightsql_cli::Exit;
use flightsql_testkit::TestServer;

use crate::common::{directory, run};
use crate::serve::{Served, write};

/// Returns the declared types of the columns of a served table.
async fn types(served: &Served, table: &str) -> Vec<String> {
    let columns = run(&["columns", &served.url, table, "--format", "csv"]).await;
    let lines = columns.clean();
    let columns = lines.lines().skip(1);
    columns
        .map(|line| line.split(',').nth(1).unwrap().to_owned())
        .collect()
}

const IDS: &str = "zip,quoted,negative,plus,id,grouped,hex,version,price,n,f,seen\n\
    01220,\"007\",-007,+5,1e5,1_000,0x1F,1.10,5.00,7,1.5,2024-05-01T12:00:00+02:00\n\
    1220,\"7\",-7,5,2e7,1000,31,1.9,19.99,-8,2,2024-05-01T12:00:00Z\n";

#[tokio::test]
async fn i4_keeps_strings_unchanged() {
    let directory = directory("csv-text");
    let ids = write(&directory, "ids.csv", IDS);
    let served = Served::start(&[ids.to_str().unwrap()]).await;
    let text = IDS.replace("\"007\"", "007").replace("\"7\"", "7");
    // An integer among floats gets a fraction.
    let text = text.replace(",-8,2,", ",-8,2.0,");
    assert_eq!(served.csv("SELECT * FROM ids ORDER BY rowid").await, text);
    let text = ["TEXT"; 8].map(str::to_owned).to_vec();
    let rest = ["DECIMAL(15,2)", "BIGINT", "DOUBLE", "TEXT"].map(str::to_owned);
    // The comma of the decimal is in quotes.
    let found = types(&served, "ids").await;
    assert_eq!(found[..8], text);
    assert_eq!(found[9..], rest[1..], "{found:?}");
    served.stop().await;
}

#[tokio::test]
async fn i4_accepts_types_of_columns() {
    let directory = directory("csv-types");
    let ids = write(&directory, "ids.csv", IDS);
    let ids = ids.to_str().unwrap();
    let served = Served::start(&[ids, "--text"]).await;
    assert_eq!(types(&served, "ids").await, ["TEXT"; 12]);
    assert_eq!(
        served.csv("SELECT n, f FROM ids").await,
        "n,f\n7,1.5\n-8,2\n"
    );
    served.stop().await;

    let given = [
        "--type",
        "quoted=bigint",
        "--type",
        "seen=timestamptz",
        "--text",
    ];
    let served = Served::start(&[&[ids][..], &given].concat()).await;
    assert_eq!(
        served.csv("SELECT quoted, seen, n FROM ids").await,
        "quoted,seen,n\n7,2024-05-01T10:00:00Z,7\n7,2024-05-01T12:00:00Z,-8\n"
    );
    served.stop().await;

    for (args, expected) in [
        (
            &["--type", "grouped=bigint"][..],
            "column \"grouped\" has a value on line 2 that is not a bigint",
        ),
        (&["--type", "Zip=text"], "no CSV file has a column \"Zip\""),
        (&["--type", "zip"], "COLUMN=TYPE"),
        (&["--type", "zip=number"], "boolean, bigint, double"),
    ] {
        let args = [&["serve", "--listen", "127.0.0.1:0", ids], args].concat();
        run(&args).await.fails(Exit::Usage, &[expected]);
    }
}

#[tokio::test]
async fn i12_reads_unusual_files_or_returns_hint() {
    let directory = directory("csv-odd");
    let nanos = "at\n2024-05-01T12:00:00.123456789\n";
    let nanos_file = write(&directory, "nanos.csv", nanos);
    let served = Served::start(&[nanos_file.to_str().unwrap()]).await;
    assert_eq!(served.csv("SELECT * FROM nanos").await, nanos);
    served.stop().await;

    for (name, text, expected) in [
        (
            "twice.csv",
            "a,b,A\n1,2,3\n",
            "columns \"a\" and \"A\" have the same name",
        ),
        (
            "empty.csv",
            "",
            "the file is empty; a CSV file begins with a line of column names",
        ),
        (
            "short.csv",
            "a,b\n1,2\n\n3\n",
            "line 4 has 1 fields, and the first line has 2",
        ),
        ("open.csv", "a,b\n1,\"2\n", "line 2 ends inside quotes"),
    ] {
        let file = write(&directory, name, text);
        let args = ["serve", "--listen", "127.0.0.1:0", file.to_str().unwrap()];
        run(&args).await.fails(Exit::Usage, &[name, expected]);
    }
}

#[tokio::test]
async fn e3_names_word_that_may_mean_null() {
    let directory = directory("csv-na");
    let file = write(&directory, "heights.csv", "height,name\n1.5,Ada\nNA,Mei\n");
    let path = file.to_str().unwrap();
    let served = Served::start(&[path]).await;
    assert_eq!(types(&served, "heights").await, ["TEXT", "TEXT"]);
    let notes = served.stop_with_notes().await;
    let expected = "column \"height\" is text because of \"NA\"; use --null NA if that means NULL";
    assert_eq!(notes, format!("note: {path}: {expected}\n"));

    let served = Served::start(&[path, "--null", "NA"]).await;
    assert_eq!(types(&served, "heights").await, ["DOUBLE", "TEXT"]);
    served.stop().await;
}

/// A small random number generator with a fixed seed.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // Knuth's multiplier for 64 bits; the high bits are the random ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    /// A quarter of the values is NULL.
    fn column<T>(&mut self, rows: usize, mut value: impl FnMut(&mut Self) -> T) -> Vec<Option<T>> {
        (0..rows)
            .map(|_| (self.below(4) > 0).then(|| value(self)))
            .collect()
    }
}

/// Strings that a reader could mistake for another value. A column draws from one or two of the groups.
const TEXTS: [&[&str]; 9] = [
    &["", "NULL", "NA", "null", "-"],
    &[
        "007",
        "7",
        "-7",
        "-007",
        "+5",
        "0",
        "-0",
        "9223372036854775808",
    ],
    &["1.50", "2.25", "-0.10"],
    &["1.5", "-0.25", "1e-7", "1e16", "NaN", "inf"],
    &["1e5", "2e7", "1_000", "0x1F"],
    &["true", "false"],
    &["2024-05-01", "2024-02-30"],
    &[
        "2024-05-01T12:00:00",
        "2024-05-01T12:00:00Z",
        "2024-05-01T12:00:00+02:00",
    ],
    &[
        "a,b",
        "a\"b",
        "\"",
        "a\nb",
        "a\r\nb",
        "\r",
        " a ",
        "grüße 🦀",
        "\u{feff}x",
        "\\N",
        "\t",
    ],
];

const INTEGERS: usize = 1;
const FRACTIONS: usize = 2;
const FLOATS: usize = 3;

fn table(numbers: &mut Numbers) -> RecordBatch {
    let rows = 1 + numbers.below(5);
    let strings = |numbers: &mut Numbers| -> ArrayRef {
        let groups = loop {
            let groups = [numbers.below(TEXTS.len()), numbers.below(TEXTS.len())];
            // An integer among floats gets a fraction, so these are separate groups.
            let is = |group| groups.contains(&group);
            if !(is(INTEGERS) && (is(FRACTIONS) || is(FLOATS))) {
                break groups.map(|group| TEXTS[group]);
            }
        };
        let one = numbers.below(2) == 0;
        let column = numbers.column(rows, |numbers| {
            let group = if one {
                groups[0]
            } else {
                numbers.pick(&groups)
            };
            numbers.pick(group)
        });
        Arc::new(StringArray::from(column))
    };
    let micros = |numbers: &mut Numbers| {
        numbers.column(rows, |numbers| {
            i64::try_from(numbers.below(1 << 30)).unwrap() * numbers.pick(&[1_000_000, 1_234_567])
        })
    };
    let mut columns: Vec<ArrayRef> = (0..3).map(|_| strings(numbers)).collect();
    let integers = [0, -1, i64::MAX, i64::MIN, 1_000];
    columns.push(Arc::new(Int64Array::from(
        numbers.column(rows, |numbers| numbers.pick(&integers)),
    )));
    let floats = [0.1, -0.0, 1e300, 5e-324, 1.0, 0.1 + 0.2];
    columns.push(Arc::new(Float64Array::from(
        numbers.column(rows, |numbers| numbers.pick(&floats)),
    )));
    columns.push(Arc::new(BooleanArray::from(
        numbers.column(rows, |numbers| numbers.below(2) == 0),
    )));
    columns.push(Arc::new(Date32Array::from(
        numbers.column(rows, |numbers| numbers.pick(&[0, -1, 19_844])),
    )));
    let clocks = TimestampMicrosecondArray::from(micros(numbers));
    let instants = TimestampMicrosecondArray::from(micros(numbers)).with_timezone("UTC");
    columns.push(Arc::new(clocks));
    columns.push(Arc::new(instants));
    // In a file of one column, a NULL is an empty line.
    if numbers.below(8) == 0 {
        columns.truncate(1);
    }
    let named = columns.into_iter().enumerate();
    let named = named.map(|(index, column)| (format!("c{index}"), column, true));
    RecordBatch::try_from_iter_with_nullable(named).unwrap()
}

/// Writes tables of random strings, numbers and times with `query`, and serves the files. `query` then writes the same values,
/// NULLs and empty strings.
#[tokio::test]
async fn i5_serves_written_files_unchanged() {
    const TABLES: usize = 40;
    let mut numbers = Numbers(15);
    let server = TestServer::sqlite().await.unwrap();
    // The dialect of the served URL, which reads each timestamp as an instant.
    let url = format!("sqlite+{}", server.url());
    let options: FlightSqlConnectOptions = url.parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    let directory = directory("csv-round-trip");
    let mut columns = Vec::new();
    for index in 0..TABLES {
        let batch = table(&mut numbers);
        columns.push(batch.num_columns());
        let ingest = connection.ingest(format!("t{index}"));
        let ingest = ingest.mode(IngestMode::Create).batches(vec![batch]);
        ingest.await.unwrap();
    }
    let select = |index| format!("SELECT * FROM t{index} ORDER BY rowid");
    for null in ["", "NULL", "-"] {
        let mut files = Vec::new();
        let mut written = Vec::new();
        for index in 0..TABLES {
            let args = ["--format", "csv", "--null", null];
            let csv = run(&[&["query", &url, &select(index)][..], &args].concat()).await;
            let csv = csv.clean();
            files.push(write(&directory, &format!("t{index}.csv"), &csv));
            written.push(csv);
        }
        let files: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
        for text in [&[][..], &["--text"]] {
            let args = [&files[..], &["--null", null], text].concat();
            let served = Served::start(&args).await;
            let again: FlightSqlConnectOptions = served.url.parse().unwrap();
            let mut again = again.connect().await.unwrap();
            for index in 0..TABLES {
                let args = ["--format", "csv", "--null", null];
                let csv = run(&[&["query", &served.url, &select(index)][..], &args].concat()).await;
                assert_eq!(
                    csv.clean(),
                    written[index],
                    "t{index} with --null {null:?} {text:?}"
                );
                // This path does not use CSV.
                for column in 0..columns[index].min(3) {
                    let sql = format!(
                        "SELECT CASE WHEN c{column} IS NULL THEN 'null' WHEN CAST(c{column} AS TEXT) = '' THEN 'empty' \
                         ELSE 'value' END FROM t{index} ORDER BY rowid"
                    );
                    let before: Vec<String> = query_scalar(AssertSqlSafe(sql.clone()))
                        .fetch_all(&mut connection)
                        .await
                        .unwrap();
                    let after: Vec<String> = query_scalar(AssertSqlSafe(sql))
                        .fetch_all(&mut again)
                        .await
                        .unwrap();
                    assert_eq!(
                        after, before,
                        "t{index}.c{column} with --null {null:?} {text:?}"
                    );
                }
            }
            drop(again);
            let _ = served.stop_with_notes().await;
        }
    }
}

#[tokio::test]
async fn i5_distinguishes_null_from_empty_string() {
    let server = TestServer::sqlite().await.unwrap();
    let directory = directory("csv-null");
    let sql = "SELECT NULL AS a, '' AS b, 'NULL' AS c, 1 AS d UNION ALL SELECT 'x', NULL, '', NULL";
    for (null, expected) in [
        ("NULL", "a,b,c,d\nNULL,\"\",\"NULL\",1\nx,NULL,\"\",NULL\n"),
        ("", "a,b,c,d\n,\"\",NULL,1\nx,,\"\",\n"),
    ] {
        let url = server.url();
        let args = ["query", &url, sql, "--format", "csv", "--null", null];
        let csv = run(&args).await.clean();
        assert_eq!(csv, expected);
        let file = write(&directory, "t.csv", &csv);
        let served = Served::start(&[file.to_str().unwrap(), "--null", null]).await;
        let rows = "SELECT coalesce(a, '?') AS a, coalesce(b, '?') AS b, coalesce(c, '?') AS c, d IS NULL AS d FROM t";
        assert_eq!(
            served.csv(rows).await,
            "a,b,c,d\n?,\"\",NULL,false\nx,?,\"\",true\n"
        );
        served.stop().await;
    }
    let args = [
        "query",
        &server.url(),
        sql,
        "--format",
        "csv",
        "--null",
        "a,b",
    ];
    run(&args)
        .await
        .fails(Exit::Usage, &["--null", "must not contain a comma"]);
}
