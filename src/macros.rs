//! The checked macros of SQLx for this driver. They expand through `$crate`, so the facade may have any name.

/// Checks a statement at compile time, and generates a struct for its rows.
///
/// The macro takes the description of the statement from one of these sources:
///
/// * the server at `FLIGHTSQL_DATABASE_URL` or `DATABASE_URL`, which prepares the statement and never runs it;
/// * a file in `.sqlx`, which `cargo flightsql prepare` saves;
/// * the snapshot `flightsql-schema.json`.
///
/// The crate does not compile if the server rejects the SQL, if the number or the type of an argument is wrong, or if a
/// column has no matching field.
///
/// The struct has a public field for each column, with its Rust type from the [table of types](crate#types). The type is an
/// `Option` unless the server reports the column as NOT NULL and the dialect trusts that. An alias overrides it:
///
/// * `AS "name!"`: never NULL (a row with NULL is an error); `AS "name?"`: may be NULL;
/// * `AS "name: Type"`, `AS "name!: Type"`: this type, which implements [`Type`](trait@crate::Type) and `Decode`;
/// * `AS "name: _"`: the type of the field, in [`query_as!`](crate::query_as!).
///
/// A named type from the [table of types](crate#types) must read the column: `AS "e: bool"` for a BIGINT does not compile. A
/// custom type, such as a newtype with `#[derive(Type)]`, is compared when a row is read.
///
/// Returns a [`Map`](crate::query::Map) with `fetch_all`, `fetch_one`, `fetch_optional` and `fetch`. For a statement without
/// rows, returns a [`Query`](crate::query::Query) with `execute`.
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
/// - values of another kind: a `bool` for a BIGINT, a string for a UUID,
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
/// | the server | `FLIGHTSQL_DATABASE_URL`, otherwise `DATABASE_URL`; in the environment or a `.env` file. `sqlx.toml` may name other variables: `[drivers.external.flightsql] database-url-var`, `[common] database-url-var` |
/// | no server | `SQLX_OFFLINE=true`; `SQLX_OFFLINE_DIR` for another folder than `.sqlx` |
/// | one file for all statements | `FLIGHTSQL_SCHEMA_SNAPSHOT`, `[drivers.external.flightsql] snapshot`, otherwise `flightsql-schema.json` |
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

/// [`query!`](crate::query!) without type checks. The macro still describes the statement.
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

/// [`query!`](crate::query!) with the SQL in a file, at a path relative to the folder of `Cargo.toml`.
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

/// [`query_file!`](crate::query_file!) without type checks.
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

/// [`query!`](crate::query!) with a custom struct for the rows. Columns and fields match by name, one field for each column.
/// The struct needs no derive.
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

/// [`query_as!`](crate::query_as!) without type checks.
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

/// [`query_as!`](crate::query_as!) with the SQL in a file, at a path relative to the folder of `Cargo.toml`.
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

/// [`query_file_as!`](crate::query_file_as!) without type checks.
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

/// [`query!`](crate::query!) for a statement with one column. Returns the value itself, without a struct.
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

/// [`query_scalar!`](crate::query_scalar!) without type checks.
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

/// [`query_scalar!`](crate::query_scalar!) with the SQL in a file, at a path relative to the folder of `Cargo.toml`.
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

/// [`query_file_scalar!`](crate::query_file_scalar!) without type checks.
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

/// Embeds the migrations of a folder in the program. The folder defaults to `migrations`, next to `Cargo.toml`.
///
/// ```no_run
/// static MIGRATOR: flightsql::migrate::Migrator = flightsql::migrate!("tests/it/migrate/simple");
///
/// # async fn example(pool: flightsql::FlightSqlPool) -> Result<(), flightsql::migrate::MigrateError> {
/// MIGRATOR.run(&pool).await
/// # }
/// ```
///
/// Cargo detects a change of a file. To detect a new file, the crate needs a build script with
/// `cargo:rerun-if-changed=migrations`, as with SQLx; `flightsql migrate build-script` writes it.
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
