//! The doctor's steps on an open connection, in the order of their dependencies.

use std::time::Instant;

use flightsql::catalog::TransactionSupport;
use flightsql::dialect::{CatalogTarget, Feature, Route, StatementClass};
use flightsql::{ConnectOptions as _, Connection as _, Error, dialect, is_unsupported};
use futures_util::TryStreamExt as _;
use futures_util::future::BoxFuture;

use super::CheckContext;
use super::connect::millis;
use super::queries::{locations, parameter, prepare, query};
use super::report::{Role, Verdict};
use super::transactions::{savepoints, transactions};
use crate::progress::grouped;

/// A step.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// Hint for failures without a more specific hint.
    pub(super) hint: &'static str,
    pub(super) run: for<'p> fn(&'p mut CheckContext) -> BoxFuture<'p, Result<Verdict, Error>>,
}

const CATALOG_HINT: &str =
    "check the server's log; queries do not need this, tools that show the catalog need it";

macro_rules! checks {
    ($($name:literal $role:ident $run:ident $hint:expr;)*) => {
        &[$(Check { name: $name, role: Role::$role, hint: $hint, run: |context| Box::pin($run(context)) }),*]
    };
}

pub(super) const CHECKS: &[Check] = checks! {
    "ping" Optional ping "check the server's log for the reason";
    "server info" Optional server_info "check the server's log; set the dialect in the URL, because it cannot be detected";
    "dialect" Local dialect "set the dialect in the URL, as in sqlite+flightsql://";
    "query" Query query "check the server's log; a dialect states the engine's form of SELECT 1 in `session.ping`";
    "locations" Optional locations "check that this machine reaches the servers that the message names";
    "parameter" Rows parameter "check that the dialect in the URL matches the server; it determines the placeholder syntax";
    "prepare" Optional prepare "check the server's log; statements without parameters do not need this";
    "updates" Local updates "check the server's log";
    "transactions" Optional transactions "check the server's log; statements run one by one do not need this";
    "savepoints" Optional savepoints "check the server's log; transactions that are not nested do not need this";
    "catalogs" Rows catalogs CATALOG_HINT;
    "schemas" Rows schemas CATALOG_HINT;
    "tables" Rows tables CATALOG_HINT;
    "columns" Rows columns CATALOG_HINT;
    "keys" Rows keys CATALOG_HINT;
    "types" Rows types CATALOG_HINT;
    "ingest" Local ingest "check the server's log";
    "session options" Optional session_options "leave the catalog and schema out of the URL's path, or set them with SQL";
};

async fn ping(context: &mut CheckContext) -> Result<Verdict, Error> {
    let begun = Instant::now();
    context.connection.ping().await?;
    Ok(Verdict::ok(millis(begun.elapsed())))
}

async fn server_info(context: &mut CheckContext) -> Result<Verdict, Error> {
    let info = context.connection.catalog().server_info().await?;
    let mut facts = vec![match (info.name(), info.version()) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) => name.to_owned(),
        _ => "unnamed server".to_owned(),
    }];
    facts.extend(
        info.arrow_version()
            .map(|version| format!("Arrow {version}")),
    );
    facts.extend(info.is_read_only().map(|read_only| match read_only {
        true => "read-only".to_owned(),
        false => "not read-only".to_owned(),
    }));
    facts.extend(info.transactions().map(|support| match support {
        TransactionSupport::Savepoint => "transactions and savepoints".to_owned(),
        TransactionSupport::Transaction => "transactions".to_owned(),
        _ => "no transactions".to_owned(),
    }));
    context.info = Some(info);
    Ok(Verdict::Ok(facts.join(", ")))
}

async fn dialect(context: &mut CheckContext) -> Result<Verdict, Error> {
    let used = context.connection.dialect().name().to_owned();
    let guessed = context.info.as_deref().and_then(dialect::detect);
    Ok(match guessed {
        Some(guessed) if guessed.name() == used => {
            Verdict::ok(format!("{used}, which matches the server"))
        }
        // Standard SQL is not a mistake; it only supports less.
        Some(guessed) if used == "ansi" => Verdict::ok(format!(
            "{used}; the server appears to be {name}, whose dialect supports more: use `{name}+flightsql…` in the URL",
            name = guessed.name()
        )),
        Some(guessed) => Verdict::failed(
            format!(
                "{used} (from the URL), but the server appears to be {}",
                guessed.name()
            ),
            format!("begin the URL with {}+flightsql", guessed.name()),
        ),
        None => Verdict::ok(format!("{used}; the engine could not be detected")),
    })
}

/// Reports only known facts, because trying would change data.
async fn updates(context: &mut CheckContext) -> Result<Verdict, Error> {
    let dialect = context.connection.dialect().profile();
    let read_only = context.info.as_deref().and_then(|info| info.is_read_only());
    let queries = !dialect.supports(Feature::Updates)
        || dialect.statements.route(StatementClass::Dml) == Route::Query;
    let rpc = match queries {
        true => "the query RPC, as the dialect requires",
        false => "the update RPC",
    };
    Ok(match read_only {
        Some(true) => Verdict::Unsupported("the server reports that it is read-only".to_owned()),
        Some(false) => Verdict::ok(format!(
            "not read-only; not tried, to avoid changing data; the driver would use {rpc}"
        )),
        None => Verdict::Skipped(format!(
            "not tried, to avoid changing data; the driver would use {rpc}"
        )),
    })
}

async fn catalogs(context: &mut CheckContext) -> Result<Verdict, Error> {
    let names = context.connection.catalog().catalogs().fetch_all().await?;
    context.catalog = names.iter().find(|name| !name.is_empty()).cloned();
    Ok(Verdict::Ok(some_of(names)))
}

async fn schemas(context: &mut CheckContext) -> Result<Verdict, Error> {
    Ok(Verdict::Ok(some_of(
        context.connection.catalog().schema_names().await?,
    )))
}

/// Returns the number of names, and the first of them.
fn some_of(names: Vec<String>) -> String {
    const SHOWN: usize = 3;
    let shown = names
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    let more = if names.len() > SHOWN { ", …" } else { "" };
    match names.len() {
        0 => "none".to_owned(),
        number => format!("{}: {shown}{more}", grouped(&number.to_string())),
    }
}

/// Counts the tables as they arrive, because a server may list very many.
async fn tables(context: &mut CheckContext) -> Result<Verdict, Error> {
    let mut catalog = context.connection.catalog();
    let mut tables = std::pin::pin!(catalog.tables().fetch());
    let (mut number, mut first) = (0_usize, None);
    while let Some(table) = tables.try_next().await? {
        number += 1;
        first.get_or_insert(table.name);
    }
    context.table = first;
    let number = grouped(&number.to_string());
    Ok(Verdict::ok(match &context.table {
        Some(table) => format!("{number}, the first is {table}"),
        None => "none".to_owned(),
    }))
}

async fn columns(context: &mut CheckContext) -> Result<Verdict, Error> {
    let Some(table) = &context.table else {
        return Ok(no_table());
    };
    let columns = context.connection.catalog().columns_of(table).await?;
    let first = columns.first();
    Ok(Verdict::ok(match first {
        Some(first) => format!(
            "{} in {table}, the first is {} {}",
            columns.len(),
            first.name(),
            first.type_name()
        ),
        None => format!("none in {table}"),
    }))
}

async fn keys(context: &mut CheckContext) -> Result<Verdict, Error> {
    let Some(table) = &context.table else {
        return Ok(no_table());
    };
    let mut catalog = context.connection.catalog();
    let primary = match catalog.primary_key(table).await? {
        Some(key) => format!("primary key ({})", key.columns.join(", ")),
        None => "no primary key".to_owned(),
    };
    let foreign = match catalog.foreign_keys(table).await {
        Ok(keys) if keys.is_empty() => "no foreign keys".to_owned(),
        Ok(keys) if keys.len() == 1 => "1 foreign key".to_owned(),
        Ok(keys) => format!("{} foreign keys", keys.len()),
        Err(error) if is_unsupported(&error) => "foreign keys are not listed".to_owned(),
        Err(error) => return Err(error),
    };
    Ok(Verdict::ok(format!("{table}: {primary}, {foreign}")))
}

fn no_table() -> Verdict {
    Verdict::Skipped("needs a table".to_owned())
}

async fn types(context: &mut CheckContext) -> Result<Verdict, Error> {
    let types = context.connection.catalog().types(None).fetch_all().await?;
    Ok(Verdict::Ok(some_of(
        types.into_iter().map(|one| one.name).collect(),
    )))
}

/// Reports the server information only, because trying would create a table.
async fn ingest(context: &mut CheckContext) -> Result<Verdict, Error> {
    let says = context.info.as_deref().and_then(|info| info.has_ingest());
    Ok(match says {
        _ if !context
            .connection
            .dialect()
            .profile()
            .supports(Feature::Ingest) =>
        {
            Verdict::Unsupported("the dialect states that this engine has none".to_owned())
        }
        Some(true) => Verdict::ok("reported by the server; not tried, to avoid changing data"),
        Some(false) => {
            Verdict::Unsupported("the server reports that it does not support ingest".to_owned())
        }
        None => Verdict::Skipped(
            "the server does not report it; not tried, to avoid changing data".to_owned(),
        ),
    })
}

/// Opens a second connection that sets the current catalog again.
async fn session_options(context: &mut CheckContext) -> Result<Verdict, Error> {
    if !matches!(
        context.connection.dialect().profile().session.catalog,
        CatalogTarget::SessionOptions
    ) {
        let why = "the dialect names the catalog in a header";
        return Ok(Verdict::Skipped(why.to_owned()));
    }
    let set = |name: &str| Verdict::ok(format!("`catalog` was set to {name}"));
    if let Some(name) = context.options.get_catalog() {
        // Connecting has set the catalog.
        return Ok(set(name));
    }
    let Some(name) = &context.catalog else {
        return Ok(Verdict::Skipped("needs a catalog".to_owned()));
    };
    match context.options.clone().catalog(name).connect().await {
        Ok(connection) => {
            connection.close().await?;
            Ok(set(name))
        }
        // The driver returns this error if the server has no RPC for session options, or rejects this option.
        Err(Error::Configuration(error)) => Ok(Verdict::Unsupported(error.to_string())),
        Err(error) => Err(error),
    }
}
