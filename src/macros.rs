//! The checked macros, as SQLx has them. They expand through `$crate`, so the facade may have any name.

/// A statement that is checked while the crate is compiled, with a struct made for its rows.
///
/// The statement is *described*: by the server at `FLIGHTSQL_DATABASE_URL` or `DATABASE_URL` (prepared, never run), by a
/// file that `cargo flightsql prepare` saved in `.sqlx`, or by the recorded schema `flightsql-schema.json`. SQL that the server
/// refuses, a wrong number of arguments, an argument of another type and a column that has no such field do not compile.
///
/// The struct has a public field for each column, with its Rust type as in the [table of types](crate#types); `Option` unless
/// the server says that the column has no NULL and the dialect believes it. An alias says it otherwise:
///
/// * `AS "name!"`: no NULL (a row with one is an error); `AS "name?"`: may be NULL;
/// * `AS "name: Type"`, `AS "name!: Type"`: of that type, which implements [`Type`](trait@crate::Type) and `Decode`;
/// * `AS "name: _"`: of the type of the field, in [`query_as!`](crate::query_as!).
///
/// A named type from the [table of types](crate#types) must read the column: `AS "e: bool"` for a BIGINT does not compile. A
/// custom type, such as a newtype with `#[derive(Type)]`, is compared when a row is read.
///
/// What it returns is a [`Map`](crate::query::Map) with `fetch_all`, `fetch_one`, `fetch_optional`, `fetch`; for a statement
/// without rows a [`Query`](crate::query::Query) with `execute`.
///
/// ```no_run
/// # async fn example(pool: flightsql::FlightSqlPool) -> flightsql::Result<()> {
/// let accounts = flightsql::query!("SELECT id, name FROM accounts WHERE id = ?", 7)
///     .fetch_all(&pool)
///     .await?;
/// for account in accounts {
///     let (id, name): (i64, Option<String>) = (account.id, account.name);
///     println!("{id} {name:?}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Arguments
///
/// An argument has the Rust type of its parameter, or a type whose every value converts to it without loss:
///
/// | parameter | also accepted |
/// |---|---|
/// | integer | narrower integers, such as `i32`, `u32` or `i16` for a BIGINT |
/// | float | `f32` for a DOUBLE; integers of 32 bits or fewer for a DOUBLE, of 16 bits or fewer for a REAL |
/// | decimal | all integers, and the decimals of both crates; as for the type itself, a value must fit the parameter's digits |
/// | text | `str`, `String`, `Box<str>`, `Arc<str>`, `Rc<str>`, `Cow<str>`, [`Text<T>`](crate::types::Text) |
/// | bytes | slices, arrays and vectors of `u8`, their pointers, `Bytes` |
/// | JSON | [`Json<T>`](crate::types::Json), if the feature `json` is on |
/// | date, time, timestamp | the type of each crate whose feature is on; a date for a timestamp without a zone |
/// | timestamp in UTC | a date and time without a zone, if the dialect reads the engine's timestamps as UTC |
/// | list | lists of accepted items |
///
/// References to these types and `Option`s of them are accepted too. A literal takes the type of its parameter: `-1` and
/// `3_000_000_000` are `i64` for a BIGINT.
///
/// Other arguments need `value as _`, which binds the value unchanged and defers the check to run time:
///
/// - values that fit only sometimes: a `u64` for a BIGINT, an `f64` for a DECIMAL,
/// - values of another kind: a `bool` for a BIGINT, a text for a UUID,
/// - custom types.
///
/// An argument with any other cast (`id as i64`) is not checked either.
///
/// ```no_run
/// # async fn example(pool: flightsql::FlightSqlPool, page: i32, id: u64) -> flightsql::Result<()> {
/// // `id` is a BIGINT: every `i32` fits, but not every `u64`.
/// flightsql::query!("SELECT id, name FROM accounts WHERE id = ?", page).fetch_all(&pool).await?;
/// flightsql::query!("SELECT id, name FROM accounts WHERE id = ?", id as _).fetch_all(&pool).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Settings
///
/// | what | where |
/// |---|---|
/// | the server | `FLIGHTSQL_DATABASE_URL`, else `DATABASE_URL`; in the environment or a `.env` file. `sqlx.toml` may name other variables: `[drivers.external.flightsql] database-url-var`, `[common] database-url-var` |
/// | no server | `SQLX_OFFLINE=true`; `SQLX_OFFLINE_DIR` for another folder than `.sqlx` |
/// | one file for all statements | `FLIGHTSQL_SCHEMA_SNAPSHOT`, `[drivers.external.flightsql] snapshot`, else `flightsql-schema.json` |
/// | types | `sqlx.toml`: `[macros.type-overrides]`, `[macros.table-overrides]`, `[macros.preferred-crates]` |
/// | dialect, if the URL names none | `[drivers.external.flightsql] dialect`, or `dialect-file` for a TOML file in the folder of `Cargo.toml` |
/// | dialect file of the URL | `dialect_file=quarry.toml`: in the folder of the `.env` file with the URL, otherwise in the folder of `Cargo.toml`; after a change, Cargo recompiles the crate |
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query {
    ($query:expr) => {
        $crate::__macros::expand_query!(crate = [$crate], source = $query)
    };
    ($query:expr, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], source = $query, args = [$($args)*])
    };
}

/// [`query!`](crate::query!) without the checks of types; the statement itself is still described.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_unchecked {
    ($query:expr) => {
        $crate::__macros::expand_query!(crate = [$crate], source = $query, checked = false)
    };
    ($query:expr, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], source = $query, args = [$($args)*], checked = false)
    };
}

/// [`query!`](crate::query!) with the SQL in a file, by its path from the folder of `Cargo.toml`.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_file {
    ($path:literal) => {
        $crate::__macros::expand_query!(crate = [$crate], source_file = $path)
    };
    ($path:literal, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], source_file = $path, args = [$($args)*])
    };
}

/// [`query_file!`](crate::query_file!) without the checks of types.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_file_unchecked {
    ($path:literal) => {
        $crate::__macros::expand_query!(crate = [$crate], source_file = $path, checked = false)
    };
    ($path:literal, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], source_file = $path, args = [$($args)*], checked = false)
    };
}

/// [`query!`](crate::query!) with a struct of your own for the rows: it is filled by name, so that every column needs a field and every
/// field a column. It needs no derive.
///
/// ```no_run
/// struct Account {
///     id: i64,
///     name: Option<String>,
/// }
///
/// # async fn example(pool: flightsql::FlightSqlPool) -> flightsql::Result<()> {
/// let account: Account =
///     flightsql::query_as!(Account, "SELECT id, name FROM accounts WHERE id = ?", 7)
///         .fetch_one(&pool)
///         .await?;
/// println!("{} {:?}", account.id, account.name);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_as {
    ($out:path, $query:expr) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source = $query)
    };
    ($out:path, $query:expr, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source = $query, args = [$($args)*])
    };
}

/// [`query_as!`](crate::query_as!) without the checks of types.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_as_unchecked {
    ($out:path, $query:expr) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source = $query, checked = false)
    };
    ($out:path, $query:expr, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source = $query, args = [$($args)*], checked = false)
    };
}

/// [`query_as!`](crate::query_as!) with the SQL in a file, by its path from the folder of `Cargo.toml`.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_file_as {
    ($out:path, $path:literal) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source_file = $path)
    };
    ($out:path, $path:literal, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source_file = $path, args = [$($args)*])
    };
}

/// [`query_file_as!`](crate::query_file_as!) without the checks of types.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_file_as_unchecked {
    ($out:path, $path:literal) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source_file = $path, checked = false)
    };
    ($out:path, $path:literal, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], record = $out, source_file = $path, args = [$($args)*], checked = false)
    };
}

/// [`query!`](crate::query!) for a statement with one column: the value itself, and no struct.
///
/// ```no_run
/// # async fn example(pool: flightsql::FlightSqlPool) -> flightsql::Result<()> {
/// let count: i64 = flightsql::query_scalar!("SELECT count(*) FROM tweet")
///     .fetch_one(&pool)
///     .await?;
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_scalar {
    ($query:expr) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source = $query)
    };
    ($query:expr, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source = $query, args = [$($args)*])
    };
}

/// [`query_scalar!`](crate::query_scalar!) without the checks of types.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_scalar_unchecked {
    ($query:expr) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source = $query, checked = false)
    };
    ($query:expr, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source = $query, args = [$($args)*], checked = false)
    };
}

/// [`query_scalar!`](crate::query_scalar!) with the SQL in a file, by its path from the folder of `Cargo.toml`.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_file_scalar {
    ($path:literal) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source_file = $path)
    };
    ($path:literal, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source_file = $path, args = [$($args)*])
    };
}

/// [`query_file_scalar!`](crate::query_file_scalar!) without the checks of types.
#[cfg(feature = "macros")]
#[macro_export]
macro_rules! query_file_scalar_unchecked {
    ($path:literal) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source_file = $path, checked = false)
    };
    ($path:literal, $($args:tt)*) => {
        $crate::__macros::expand_query!(crate = [$crate], scalar = _, source_file = $path, args = [$($args)*], checked = false)
    };
}

/// The migrations of a folder, put into the program; the folder is `./migrations` beside `Cargo.toml`, or the one named.
///
/// ```no_run
/// static MIGRATOR: flightsql::migrate::Migrator = flightsql::migrate!("tests/it/migrate/simple");
///
/// # async fn example(pool: flightsql::FlightSqlPool) -> Result<(), flightsql::migrate::MigrateError> {
/// MIGRATOR.run(&pool).await
/// # }
/// ```
///
/// A change of a file is seen; for a new file the crate needs a build script with `cargo:rerun-if-changed=migrations`, as with
/// SQLx (`flightsql migrate build-script` writes it).
#[cfg(feature = "migrate")]
#[macro_export]
macro_rules! migrate {
    () => {
        $crate::__macros::expand_migrate!(crate = [$crate])
    };
    ($dir:literal) => {
        $crate::__macros::expand_migrate!(crate = [$crate], $dir)
    };
}
