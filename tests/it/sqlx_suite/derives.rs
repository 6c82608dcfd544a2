//! `#[derive(Type)]` and `#[derive(FromRow)]`: SQLx's cases beyond `derives/value.rs`.

use std::fmt::Debug;

use flightsql::{
    Decode, Encode, FlightSql, FlightSqlConnection, FromRow, Type, query, query_as, query_scalar,
};
use futures_util::TryStreamExt;

use crate::common::{connect, server};

/// Bound and read again, and seen as `plain` by the engine.
async fn as_plain<T, P>(connection: &mut FlightSqlConnection, pairs: &[(T, P)])
where
    T: for<'q> Encode<'q, FlightSql>
        + for<'r> Decode<'r, FlightSql>
        + Type<FlightSql>
        + Copy
        + Debug
        + PartialEq
        + Send
        + Sync
        + Unpin
        + 'static,
    P: for<'r> Decode<'r, FlightSql> + Type<FlightSql> + Debug + PartialEq + Send + Unpin + 'static,
{
    for (value, plain) in pairs {
        let (back, seen): (T, P) = query_as("SELECT ?1, ?1")
            .bind(*value)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!((&back, &seen), (value, plain));
        let none: Option<T> = query_scalar("SELECT ?")
            .bind(None::<T>)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        assert_eq!(none, None);
    }
}

macro_rules! colors {
    ($($name:ident = $style:literal;)*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Type)]
        #[sqlx(rename_all = $style)]
        enum $name {
            RedGreen,
            BlueBlack,
        }
    )*};
}

colors! {
    Lower = "lowercase";
    Upper = "UPPERCASE";
    Snake = "snake_case";
    Screaming = "SCREAMING_SNAKE_CASE";
    Kebab = "kebab-case";
    Camel = "camelCase";
    Pascal = "PascalCase";
}

#[tokio::test]
async fn variants_are_renamed_in_every_style() {
    let server = server().await;
    let mut connection = connect(&server).await;
    macro_rules! check {
        ($($name:ident: $first:literal, $second:literal;)*) => {$(
            let pairs = [($name::RedGreen, $first.to_owned()), ($name::BlueBlack, $second.to_owned())];
            as_plain(&mut connection, &pairs).await;
        )*};
    }
    check! {
        Lower: "redgreen", "blueblack";
        Upper: "REDGREEN", "BLUEBLACK";
        Snake: "red_green", "blue_black";
        Screaming: "RED_GREEN", "BLUE_BLACK";
        Kebab: "red-green", "blue-black";
        Camel: "redGreen", "blueBlack";
        Pascal: "RedGreen", "BlueBlack";
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Type)]
#[repr(u32)]
enum Origin {
    Foo = 1,
    Bar = 4_000_000_000,
}

#[derive(Debug, Clone, Copy, PartialEq, Type)]
#[repr(i32)]
enum Weak {
    One = 0,
    Two = 2,
}

#[derive(Debug, Clone, Copy, PartialEq, Type)]
#[sqlx(type_name = "foo.\"Foo\"")]
enum WithSchema {
    Bar,
    Baz,
}

#[derive(Debug, Clone, PartialEq, Type)]
#[sqlx(transparent)]
struct Transparent(i32);

#[derive(Debug, Clone, PartialEq, Type)]
#[sqlx(transparent)]
struct Many(Vec<i64>);

#[tokio::test]
async fn enums_are_numbers_of_any_width_and_lists_of_them() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let origins = [(Origin::Foo, 1_u32), (Origin::Bar, 4_000_000_000)];
    as_plain(&mut connection, &origins).await;
    as_plain(&mut connection, &[(Weak::One, 0_i32), (Weak::Two, 2)]).await;
    macro_rules! widths {
        ($($width:ident)*) => {$({
            #[derive(Debug, Clone, Copy, PartialEq, Type)]
            #[repr($width)]
            enum Sized {
                Zero = 0,
                Most = $width::MAX,
            }
            let pairs = [(Sized::Zero, 0), (Sized::Most, $width::MAX)];
            as_plain(&mut connection, &pairs).await;
        })*};
    }
    widths!(i8 i16 i32 i64 u8 u16 u32);
    let named = [
        (WithSchema::Bar, "Bar".to_owned()),
        (WithSchema::Baz, "Baz".to_owned()),
    ];
    as_plain(&mut connection, &named).await;
    let list: (Vec<WithSchema>, Vec<Weak>) = query_as("SELECT ?, ?")
        .bind(vec![WithSchema::Bar, WithSchema::Baz])
        .bind(vec![Weak::Two, Weak::One])
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(
        list,
        (
            vec![WithSchema::Bar, WithSchema::Baz],
            vec![Weak::Two, Weak::One]
        )
    );
}

#[tokio::test]
async fn transparent_types_stand_in_slices_and_around_lists() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let values = vec![Transparent(1), Transparent(2), Transparent(3)];
    let plain: Vec<i32> = query_scalar("SELECT ?")
        .bind(&values)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(plain, [1, 2, 3]);
    let back: Vec<Transparent> = query_scalar("SELECT ?")
        .bind(values.as_slice())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, values);
    for many in [Many(vec![]), Many(vec![1, 2])] {
        let back: Many = query_scalar("SELECT ?")
            .bind(many.clone())
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(back, many);
    }
}

#[derive(Debug, Clone, PartialEq, Type)]
struct Header {
    name: String,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Type)]
struct Response {
    headers: Vec<Header>,
}

/// A value for which an engine has a type and Arrow has none: a struct.
#[derive(Debug, Clone, PartialEq, Type)]
struct Range {
    lower: Option<f64>,
    upper: Option<f64>,
    upper_is_inside: bool,
}

#[tokio::test]
async fn reads_lists_of_records_and_engine_types() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let header = |name: &str, value: &str| Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let response = Response {
        headers: vec![
            header("Content-Type", "text/html; charset=utf-8"),
            header("Cache-Control", "max-age=0"),
        ],
    };
    let back: Response = query_scalar("SELECT ?")
        .bind(response.clone())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, response);
    let ranges = vec![
        Range {
            lower: Some(1.234),
            upper: Some(5.678),
            upper_is_inside: true,
        },
        Range {
            lower: None,
            upper: None,
            upper_is_inside: false,
        },
    ];
    let back: Vec<Range> = query_scalar("SELECT ?")
        .bind(ranges.clone())
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, ranges);
}

#[tokio::test]
async fn rows_are_structs_owned_and_borrowed() {
    #[derive(Debug, PartialEq, FromRow)]
    struct Account {
        id: i32,
        name: String,
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct RefAccount<'a> {
        id: i32,
        name: &'a str,
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Tuple(i32, String);
    #[derive(Debug, PartialEq, FromRow)]
    struct RefTuple<'a>(i32, &'a str);

    const SQL: &str = "SELECT 1 AS id, 'Herp Derpinson' AS name WHERE 1 = ?";
    let server = server().await;
    let mut connection = connect(&server).await;
    let account: Account = query_as(SQL)
        .bind(1_i32)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((account.id, &*account.name), (1, "Herp Derpinson"));
    let tuple: Tuple = query_as(SQL)
        .bind(1_i32)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(tuple, Tuple(1, "Herp Derpinson".to_owned()));

    let mut rows = query(SQL).bind(1_i32).fetch(&mut connection);
    let row = rows.try_next().await.unwrap().unwrap();
    let account = RefAccount::from_row(&row).unwrap();
    assert_eq!((account.id, account.name), (1, "Herp Derpinson"));
    assert_eq!(
        RefTuple::from_row(&row).unwrap(),
        RefTuple(1, "Herp Derpinson")
    );
}

#[tokio::test]
async fn fields_may_be_keywords_renamed_or_called_row() {
    #[derive(Debug, PartialEq, FromRow)]
    struct Keywords {
        r#type: i32,
        r#static: String,
        r#let: Option<String>,
        r#struct: Option<String>,
        name: Option<String>,
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Renamed {
        #[sqlx(rename = "type")]
        own_type: i32,
        #[sqlx(rename = "static")]
        my_static: String,
        #[sqlx(rename = "let")]
        custom_let: Option<String>,
        #[sqlx(rename = "struct")]
        def_struct: Option<String>,
        name: Option<String>,
    }
    #[derive(Debug, PartialEq, FromRow)]
    #[sqlx(rename_all = "camelCase")]
    struct AllRenamed {
        user_id: i32,
        user_name: String,
        user_surname: String,
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Hygiene {
        row: i32,
        bar: i32,
    }

    const SQL: &str = "SELECT 1 AS \"type\", 'foo' AS \"static\", 'bar' AS \"let\", NULL AS \"struct\", NULL AS name";
    let server = server().await;
    let mut connection = connect(&server).await;
    let found: Keywords = query_as(SQL).fetch_one(&mut connection).await.unwrap();
    assert_eq!((found.r#type, &*found.r#static), (1, "foo"));
    assert_eq!(found.r#let.as_deref(), Some("bar"));
    assert_eq!((found.r#struct, found.name), (None, None));
    let found: Renamed = query_as(SQL).fetch_one(&mut connection).await.unwrap();
    assert_eq!((found.own_type, &*found.my_static), (1, "foo"));
    assert_eq!(found.custom_let.as_deref(), Some("bar"));
    assert_eq!((found.def_struct, found.name), (None, None));
    let sql = "SELECT 1 AS \"userId\", 'foo' AS \"userName\", 'bar' AS \"userSurname\"";
    let found: AllRenamed = query_as(sql).fetch_one(&mut connection).await.unwrap();
    assert_eq!(found.user_id, 1);
    assert_eq!((&*found.user_name, &*found.user_surname), ("foo", "bar"));
    let found: Hygiene = query_as("SELECT 1234 AS \"row\", 5678 AS bar")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((found.row, found.bar), (1234, 5678));
}

#[tokio::test]
async fn missing_columns_use_defaults() {
    #[derive(Debug, PartialEq, FromRow)]
    struct FieldDefault {
        not_default: i32,
        #[sqlx(default)]
        default: Option<i32>,
    }
    #[derive(Debug, PartialEq, FromRow)]
    #[sqlx(default)]
    struct StructDefault {
        not_default: Option<i32>,
        default_a: Option<String>,
        default_b: Option<i32>,
    }
    impl Default for StructDefault {
        fn default() -> Self {
            Self {
                not_default: None,
                default_a: None,
                default_b: Some(0),
            }
        }
    }
    #[derive(Debug, Default, PartialEq, FromRow)]
    struct Inner {
        default: Option<i32>,
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Info {
        name: String,
        surname: String,
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Outer {
        id: i32,
        #[sqlx(flatten)]
        info: Info,
        #[sqlx(default)]
        #[sqlx(flatten)]
        default: Inner,
    }
    #[derive(Debug, PartialEq, FromRow)]
    struct Skipped {
        id: i32,
        #[sqlx(skip)]
        default: Inner,
    }

    let server = server().await;
    let mut connection = connect(&server).await;
    let found: FieldDefault = query_as("SELECT 1 AS not_default")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((found.not_default, found.default), (1, None));
    let found: StructDefault = query_as("SELECT 1 AS not_default")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found.not_default, Some(1));
    assert_eq!((found.default_a, found.default_b), (None, Some(0)));
    let found: Outer = query_as("SELECT 1 AS id, 'foo' AS name, 'bar' AS surname")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((found.id, found.default), (1, Inner::default()));
    assert_eq!((&*found.info.name, &*found.info.surname), ("foo", "bar"));
    let found: Skipped = query_as("SELECT 1 AS id, 2 AS \"default\"")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((found.id, found.default), (1, Inner { default: None }));
}

/// SQLx's expansion has a type parameter of this name.
#[derive(Debug, PartialEq, FromRow)]
struct R {
    n: i64,
}

#[tokio::test]
async fn f5_struct_named_as_a_type_parameter() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let found: R = query_as("SELECT 7 AS n")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, R { n: 7 });
}
