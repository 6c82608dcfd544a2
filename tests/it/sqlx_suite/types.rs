//! SQLx's `test_type!` for this driver: a literal of the engine equals the Rust value, the engine compares the bound value as
//! equal, and the value returns unchanged. Ends of ranges and every Arrow layout are in `types.rs` and in the driver's own tests.

use std::borrow::Cow;
use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;

use flightsql::types::Text;
use flightsql::{
    AssertSqlSafe, Connection, Decode, Encode, Executor, FlightSql, FlightSqlConnection, Row, Type,
    query, query_as, query_scalar,
};

use crate::common::{connect, server};

/// The literal alone, and the literal next to the bound value.
async fn agree<T>(connection: &mut FlightSqlConnection, literal: &str, value: T)
where
    T: for<'q> Encode<'q, FlightSql>
        + for<'r> Decode<'r, FlightSql>
        + Type<FlightSql>
        + Clone
        + PartialEq
        + Debug,
{
    let text = AssertSqlSafe(format!("SELECT {literal} AS literal"));
    let row = connection.fetch_one(text).await.unwrap();
    let read: T = row
        .try_get("literal")
        .unwrap_or_else(|error| panic!("{literal}: {error}"));
    assert_eq!(read, value, "{literal}");

    let text = AssertSqlSafe(format!(
        "SELECT {literal} IS ?1 AS same, {literal} AS literal, ?1 AS echo"
    ));
    let mut arguments = flightsql::FlightSqlArguments::default();
    flightsql::Arguments::add(&mut arguments, value.clone()).unwrap();
    let row = flightsql::query_with(text, arguments)
        .fetch_one(&mut *connection)
        .await
        .unwrap_or_else(|error| panic!("{literal}: {error}"));
    assert!(row.get::<bool, _>("same"), "{literal} is not {value:?}");
    assert_eq!(row.get::<T, _>("literal"), value, "{literal}");
    assert_eq!(row.get::<T, _>("echo"), value, "{literal}");
}

/// Defines one test per line: its name, then literals and values.
macro_rules! agrees {
    ($($(#[$meta:meta])* $name:ident { $($literal:literal == $value:expr,)+ })*) => {$(
        $(#[$meta])*
        #[tokio::test]
        async fn $name() {
            let server = server().await;
            let mut connection = connect(&server).await;
            $(agree(&mut connection, $literal, $value).await;)+
        }
    )*};
}

agrees! {
    nulls {
        "NULL" == None::<i16>,
        "NULL" == None::<String>,
        "NULL" == None::<Vec<u8>>,
        "NULL" == None::<bool>,
    }
    booleans {
        "CAST(0 AS BOOLEAN)" == false,
        "CAST(1 AS BOOLEAN)" == true,
    }
    integers {
        "CAST(0 AS TINYINT)" == 0_i8,
        "CAST(120 AS TINYINT)" == 120_i8,
        "CAST(-2144 AS SMALLINT)" == -2144_i16,
        "CAST(821 AS SMALLINT)" == 821_i16,
        "CAST(94101 AS INT)" == 94_101_i32,
        "CAST(-5101 AS INT)" == -5101_i32,
        "9358295312" == 9_358_295_312_i64,
    }
    unsigned_integers {
        "CAST(253 AS UTINYINT)" == 253_u8,
        "CAST(21415 AS USMALLINT)" == 21_415_u16,
        "CAST(2141512 AS UINT)" == 2_141_512_u32,
        "CAST(2141512 AS UBIGINT)" == 2_141_512_u64,
    }
    floats {
        "CAST(0.5 AS FLOAT)" == 0.5_f32,
        "CAST(939399419.1225182 AS DOUBLE)" == 939_399_419.122_518_2_f64,
        "939399419.1225182" == 939_399_419.122_518_2_f64,
        "-12.0" == -12.0_f64,
    }
    texts {
        "'this is foo'" == "this is foo".to_owned(),
        "''" == String::new(),
        "'it''s'" == "it's".to_owned(),
        "CAST(x'7468697320006973206E756C2D636F6E7461696E696E67' AS TEXT)" == "this \0is nul-containing".to_owned(),
    }
    bytes {
        "x'DEADBEEF'" == vec![0xDE_u8, 0xAD, 0xBE, 0xEF],
        "x''" == Vec::<u8>::new(),
        "x'0000000052'" == vec![0_u8, 0, 0, 0, 0x52],
    }
    byte_arrays {
        "x'DEADBEEF'" == [0xDE_u8, 0xAD, 0xBE, 0xEF],
        "x''" == [0_u8; 0],
    }
    pointers_to_a_number {
        "CAST(1 AS INT)" == Arc::new(1_i32),
        "CAST(1 AS INT)" == Box::new(1_i32),
        "CAST(1 AS INT)" == Rc::new(1_i32),
    }
    pointers_to_text {
        "'John'" == Box::<str>::from("John"),
        "'1234'" == Arc::<str>::from("1234"),
        "'5678'" == Rc::<str>::from("5678"),
    }
    pointers_to_bytes {
        "x'01020304'" == Box::<[u8]>::from([1, 2, 3, 4]),
        "x'01020304'" == Arc::<[u8]>::from([1, 2, 3, 4]),
        "x'01020304'" == Rc::<[u8]>::from([1, 2, 3, 4]),
    }
    /// A value without an Arrow type of its own is a string that is parsed.
    addresses_are_text {
        "'127.0.0.1'" == Text::<IpAddr>("127.0.0.1".parse().unwrap()),
        "'2001:4f8:3:ba::'" == Text::<IpAddr>("2001:4f8:3:ba::".parse().unwrap()),
        "'198.51.100.47:31790'" == Text::<SocketAddr>("198.51.100.47:31790".parse().unwrap()),
    }
    #[cfg(feature = "uuid")]
    uuids {
        "CAST(x'b731678f636f4135bc6f19440c13bd19' AS UUID)" == uuid("b731678f-636f-4135-bc6f-19440c13bd19"),
        "x'00000000000000000000000000000000'" == uuid("00000000-0000-0000-0000-000000000000"),
    }
    #[cfg(feature = "uuid")]
    uuids_as_text {
        "'b731678f-636f-4135-bc6f-19440c13bd19'"
            == Text(uuid("b731678f-636f-4135-bc6f-19440c13bd19").hyphenated()),
    }
    #[cfg(feature = "chrono")]
    chrono_dates_and_times {
        "CAST('2001-01-05' AS DATE)" == at::<flightsql::types::chrono::NaiveDate>("2001-01-05"),
        "CAST('2050-11-23' AS DATE)" == at::<flightsql::types::chrono::NaiveDate>("2050-11-23"),
        "CAST('00:00:00' AS TIME)" == at::<flightsql::types::chrono::NaiveTime>("00:00:00"),
        "CAST('05:10:20.115100' AS TIME)" == at::<flightsql::types::chrono::NaiveTime>("05:10:20.115100"),
        "CAST('2019-01-02 05:10:20' AS TIMESTAMP)"
            == at::<flightsql::types::chrono::NaiveDateTime>("2019-01-02T05:10:20"),
    }
    #[cfg(feature = "rust_decimal")]
    decimals {
        "CAST('0.00' AS DECIMAL(10,2))" == at::<flightsql::types::Decimal>("0.00"),
        "CAST('1.00' AS DECIMAL(10,2))" == at::<flightsql::types::Decimal>("1.00"),
        "CAST('-1234.56' AS DECIMAL(10,2))" == at::<flightsql::types::Decimal>("-1234.56"),
    }
    #[cfg(feature = "bigdecimal")]
    big_decimals {
        "CAST('-1234.56' AS DECIMAL(10,2))" == at::<flightsql::types::BigDecimal>("-1234.56"),
        "CAST('12345678.01' AS DECIMAL(12,2))" == at::<flightsql::types::BigDecimal>("12345678.01"),
    }
}

#[cfg(feature = "uuid")]
fn uuid(text: &str) -> flightsql::types::Uuid {
    text.parse().unwrap()
}

#[cfg_attr(
    not(any(feature = "chrono", feature = "rust_decimal", feature = "bigdecimal")),
    expect(dead_code, reason = "only types with a text form need it")
)]
fn at<T: std::str::FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// Instants agree as instants, in whatever zone they are read.
#[cfg(feature = "chrono")]
#[tokio::test]
async fn chrono_instants() {
    use flightsql::types::chrono::{DateTime, FixedOffset, Utc};

    let server = server().await;
    let mut connection = connect(&server).await;
    for (literal, text) in [
        ("1996-12-20 00:39:57+00:00", "1996-12-20T00:39:57+00:00"),
        ("2016-11-08 08:50:23+00:00", "2016-11-08T03:50:23-05:00"),
        (
            "2019-01-01 22:40:20.115100+00:00",
            "2019-01-02T05:10:20.115100+06:30",
        ),
    ] {
        let literal = format!("CAST('{literal}' AS TIMESTAMPTZ)");
        let fixed = DateTime::parse_from_rfc3339(text).unwrap();
        agree::<DateTime<FixedOffset>>(&mut connection, &literal, fixed).await;
        agree::<DateTime<Utc>>(&mut connection, &literal, fixed.to_utc()).await;
    }
    let two = vec![DateTime::<Utc>::UNIX_EPOCH; 2];
    let back: Vec<DateTime<Utc>> = query_scalar("SELECT ?")
        .bind(two.clone())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, two);
}

#[cfg(feature = "time")]
#[tokio::test]
async fn time_dates_times_and_instants() {
    use flightsql::types::time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

    let server = server().await;
    let mut connection = connect(&server).await;
    let date = Date::from_ordinal_date(2019, 2).unwrap();
    let time = Time::from_hms_micro(5, 10, 20, 115_100).unwrap();
    agree(&mut connection, "CAST('2019-01-02' AS DATE)", date).await;
    agree(&mut connection, "CAST('05:10:20.115100' AS TIME)", time).await;
    agree(&mut connection, "CAST('00:00:00' AS TIME)", Time::MIDNIGHT).await;
    let naive = PrimitiveDateTime::new(date, time);
    let literal = "CAST('2019-01-02 05:10:20.115100' AS TIMESTAMP)";
    agree(&mut connection, literal, naive).await;
    let offset = UtcOffset::from_hms(6, 30, 0).unwrap();
    let instant: OffsetDateTime = naive.assume_offset(offset);
    let literal = "CAST('2019-01-01 22:40:20.115100+00:00' AS TIMESTAMPTZ)";
    agree(&mut connection, literal, instant).await;
}

#[cfg(feature = "json")]
mod json {
    use std::collections::BTreeMap;

    use flightsql::types::{Json, JsonRawValue, JsonValue};

    use super::*;

    type Object = BTreeMap<String, JsonValue>;

    fn json(text: &str) -> JsonValue {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn documents_and_what_is_in_them() {
        let server = server().await;
        let mut connection = connect(&server).await;
        for document in [
            "\"Hello, World\"",
            "\"😎\"",
            "\"🙋\u{200d}♀️\"",
            "[\"Hello\",\"World!\"]",
        ] {
            let literal = format!("CAST('{document}' AS JSON)");
            agree(&mut connection, &literal, json(document)).await;
        }
        let joe: Object = [
            ("name".to_owned(), json("\"Joe\"")),
            ("age".to_owned(), json("33")),
        ]
        .into();
        let literal = "'{\"age\":33,\"name\":\"Joe\"}'";
        agree(&mut connection, literal, Json(joe)).await;
        let nested: BTreeMap<String, Json<Vec<i64>>> =
            [("json_column".to_owned(), Json(vec![1, 2]))].into();
        agree(&mut connection, "'{\"json_column\":[1,2]}'", Json(nested)).await;

        let same: bool = query_scalar("SELECT json_extract('{\"number\": 42}', '$.number') = ?")
            .bind(42_i32)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert!(same);
    }

    #[tokio::test]
    async fn lists_of_documents() {
        let server = server().await;
        let mut connection = connect(&server).await;
        let two = [json("\"😎\""), json("{\"a\":[1]}")];
        let vec: Vec<JsonValue> = query_scalar("SELECT ?")
            .bind(two.to_vec())
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(vec, two);
        let array: [JsonValue; 2] = query_scalar("SELECT ?")
            .bind(two.clone())
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(array, two);
        let typed = vec![Json(vec![1_i64]), Json(vec![])];
        let back: Vec<Json<Vec<i64>>> = query_scalar("SELECT ?")
            .bind(typed.clone())
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(back, typed);
    }

    #[tokio::test]
    async fn a_raw_value_is_borrowed_as_it_is_written() {
        let server = server().await;
        let mut connection = connect(&server).await;
        let sql = "SELECT CAST('{\"hello\": \"world\"}' AS JSON)";
        for row in [
            connection.fetch_one(sql).await.unwrap(),
            connection.fetch_one(query(sql)).await.unwrap(),
        ] {
            let raw: &JsonRawValue = row.try_get(0).unwrap();
            assert_eq!(raw.get(), "{\"hello\": \"world\"}");
        }
    }

    #[tokio::test]
    async fn documents_are_described_and_inserted() {
        let server = server().await;
        let mut connection = connect(&server).await;
        connection
            .execute("CREATE TABLE json_stuff (obj JSON, obj2 TEXT)")
            .await
            .unwrap();
        let sql = "INSERT INTO json_stuff (obj, obj2) VALUES (?, ?)";
        let described = connection
            .describe(flightsql::SqlSafeStr::into_sql_str(sql))
            .await
            .unwrap();
        let parameters = described.parameters.unwrap().left().unwrap();
        let names: Vec<&str> = parameters.iter().map(flightsql::TypeInfo::name).collect();
        assert_eq!(names, ["JSON", "VARCHAR"]);
        let done = query(sql)
            .bind(json("{\"a\":\"a\"}"))
            .bind(json("{\"a\":\"a\"}"))
            .execute(&mut connection)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1);
        let (obj, obj2): (JsonValue, JsonValue) = query_as("SELECT obj, obj2 FROM json_stuff")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!((&obj, obj2), (&json("{\"a\":\"a\"}"), obj.clone()));
    }
}

/// Lists there and back: the engine of these tests has no literal for them.
#[tokio::test]
async fn lists_and_arrays_come_back() {
    async fn echo<T>(connection: &mut FlightSqlConnection, value: T)
    where
        T: for<'q> Encode<'q, FlightSql>
            + for<'r> Decode<'r, FlightSql>
            + Type<FlightSql>
            + Clone
            + PartialEq
            + Debug
            + Send
            + Sync
            + Unpin
            + 'static,
    {
        let back: T = query_scalar("SELECT ?")
            .bind(value.clone())
            .fetch_one(connection)
            .await
            .unwrap();
        assert_eq!(back, value);
    }
    let server = server().await;
    let mut connection = connect(&server).await;
    let c = &mut connection;
    echo(c, vec![Some(10_i16), None, Some(50)]).await;
    echo(c, [Some(10_i16), None, Some(50)]).await;
    echo(c, vec![true, false, true]).await;
    echo(c, [true, false, true]).await;
    echo(
        c,
        vec!["Hello, World".to_owned(), String::new(), "\"".to_owned()],
    )
    .await;
    echo(c, ["one", "two", "three"].map(str::to_owned)).await;
    echo(c, vec![5_i32, 10, 50, 100]).await;
    echo(c, Vec::<i32>::new()).await;
    echo(c, [1_i32, 3, -5]).await;
    echo(c, [0_i32; 0]).await;
    echo(c, vec![939_399_419.122_518_2_f64, -12.0]).await;
    #[cfg(feature = "uuid")]
    echo(
        c,
        vec![
            uuid("b731678f-636f-4135-bc6f-19440c13bd19"),
            uuid("00000000-0000-0000-0000-000000000000"),
        ],
    )
    .await;
    #[cfg(feature = "chrono")]
    echo(
        c,
        vec![at::<flightsql::types::chrono::NaiveDateTime>(
            "2019-01-02T05:10:20",
        )],
    )
    .await;
}

#[tokio::test]
async fn records_come_back_as_tuples() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let one: (bool,) = query_scalar("SELECT ?")
        .bind((true,))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, (true,));
    let numbers: (i32, i64, f64) = query_scalar("SELECT ?")
        .bind((10_i32, 515_i64, 3.124_f64))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(numbers, (10, 515, 3.124));
    let texts = ("".to_owned(), "\"".to_owned(), "Hello, World".to_owned());
    let back: (String, String, String) = query_scalar("SELECT ?")
        .bind(texts.clone())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, texts);
}

/// `Cow` is bound as what it borrows, and read as its own.
#[tokio::test]
async fn cows_of_numbers_texts_and_bytes() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let (one, phil, bytes) = (1_i32, "Phil".to_owned(), vec![1_u8, 2, 3, 4]);
    let row = query("SELECT ?1, ?2, ?3, ?1 = 1 AND ?2 = 'Phil' AND ?3 = x'01020304'")
        .bind(Cow::Borrowed(&one))
        .bind(Cow::Borrowed(&*phil))
        .bind(Cow::Borrowed(&*bytes))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<Cow<'_, i32>, _>(0), Cow::Owned::<i32>(1));
    assert_eq!(row.get::<Cow<'_, str>, _>(1), phil);
    assert_eq!(row.get::<Cow<'_, [u8]>, _>(2), bytes);
    assert!(row.get::<bool, _>(3));
}

/// A parsed text inside a struct of rows, and a value that is only borrowed.
#[tokio::test]
async fn text_adapters_and_borrowed_values_bind() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE user_login (user_id INTEGER, socket_addr TEXT NOT NULL)")
        .await
        .unwrap();
    let address: SocketAddr = "198.51.100.47:31790".parse().unwrap();
    query("INSERT INTO user_login VALUES (?, ?)")
        .bind(1234)
        .bind(Text(address))
        .execute(&mut connection)
        .await
        .unwrap();
    let (user, found): (i32, Text<SocketAddr>) = query_as("SELECT * FROM user_login")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((user, *found), (1234, address));
    let bad = query_scalar::<_, Text<SocketAddr>>("SELECT 'no address'")
        .fetch_one(&mut connection)
        .await;
    assert!(matches!(bad, Err(flightsql::Error::ColumnDecode { .. })));

    let owned = "new".to_owned();
    let back: String = query_scalar("SELECT ?")
        .bind(Cow::Borrowed(&owned))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, owned);
    connection.close().await.unwrap();
}
