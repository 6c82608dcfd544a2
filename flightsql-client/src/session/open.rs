//! Opens a session that is ready for its first statement.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Session;
use super::catalog::Catalog;
use super::shared::Shared;
use crate::dialect::{self, CatalogTarget, Dialect, presets};
use crate::error::{Error, Result};
use crate::observe::{About, Watch, is_watched};
use crate::options::ConnectOptions;
use crate::protocol::rpc::Rpc;
use crate::protocol::session;
use crate::transport::auth;
use crate::transport::call;
use crate::transport::channel::{Channel, Lease};
use crate::transport::deadline::Budget;
use crate::transport::hosts::{self, Choice, Failures};
use crate::transport::proxy;

/// Gets a channel, authenticates, and sets up the session: headers, session options, statements. All of it is limited by
/// `connect_timeout`. This function is cancel safe.
pub async fn establish(options: &Arc<ConnectOptions>, shared: &Arc<Shared>) -> Result<Session> {
    options.check()?;
    let observer = options.observe.observer.as_ref();
    if !is_watched(observer) {
        return establish_unwatched(options, shared).await;
    }
    let watch = Watch::start(observer, options.server(), About::named(Watch::CONNECT));
    let opened = watch
        .within(Box::pin(establish_unwatched(options, shared)))
        .await;
    if let Ok(opened) = &opened {
        watch.set_peer(opened.rpc().channel().state().peer());
    }
    watch.finish(opened)
}

async fn establish_unwatched(
    options: &Arc<ConnectOptions>,
    shared: &Arc<Shared>,
) -> Result<Session> {
    let budget = Budget::new("connect_timeout", options.timeouts.connect);
    if !options.detect_dialect {
        return open(options, shared, &budget).await;
    }
    let detecting = shared
        .dialect
        .get_or_try_init(|| Box::pin(detect(options, shared, &budget)));
    // Another connection may run the detection, with its own budget.
    let dialect = budget.within(DETECT, async { detecting.await.map(Arc::clone) });
    let mut detected = ConnectOptions::clone(options);
    detected.dialect = dialect.await?;
    detected.check()?;
    open(&Arc::new(detected), shared, &budget).await
}

/// Opens a session again, with options whose dialect is known.
pub(super) async fn reopen(options: &Arc<ConnectOptions>, shared: &Arc<Shared>) -> Result<Session> {
    let budget = Budget::new("connect_timeout", options.timeouts.connect);
    open(options, shared, &budget).await
}

/// Attempts to open a session on channels that the server ends.
const ATTEMPTS: u32 = 5;

const DETECT: &str = "GetSqlInfo for `dialect=auto`";
const FIRST: &str = "the first statement of the connection";

async fn open(
    options: &Arc<ConnectOptions>,
    shared: &Arc<Shared>,
    budget: &Budget,
) -> Result<Session> {
    let channels = &shared.channels;
    // Another host takes the place of most attempts at one that ends its channels.
    let most = match options.has_several_hosts() {
        true => 2,
        false => ATTEMPTS,
    };
    let mut attempts = 0;
    // The hosts that were reached, and did not open a session.
    let (mut failed, mut failures) = (Vec::new(), Failures::default());
    loop {
        attempts += 1;
        let choice = match failed.is_empty() {
            true => Choice::Any,
            false => Choice::Except(&failed),
        };
        let place = match channels.get(options, choice, budget).await {
            Err(error) if attempts < most && shared.is_restarting(&error) => {
                budget.within("connect", pause(attempts)).await?;
                continue;
            }
            Err(error) => return Err(failures.before(error)),
            Ok(place) => place,
        };
        let channel = place.0.clone();
        let session = call::CallState::new(options)?;
        let left = options.get_hosts().len() - failed.len();
        let limit = budget.of_host(options.hosts.connect_timeout, left);
        let opening = open_session(options, place, Arc::clone(&session), shared, &limit);
        match opening.await {
            // The server ended the channel at this moment, and a new session has nothing to lose. An error that the server
            // reports, such as a wrong password, remains.
            Err(error) if attempts < most && error.server().is_none() && channel.has_ended() => {}
            Err(error) if attempts < most && shared.is_restarting(&error) => {
                budget.within("connect", pause(attempts)).await?;
            }
            Err(error) if left > 1 && hosts::is_of_login_at_host(&error) => {
                channels.hosts.avoid(channel.host());
                failed.push(channel.host());
                failures.push(&channel.server().to_string(), session.masked(error));
                attempts = 0;
            }
            Err(error) => return Err(failures.before(session.masked(error))),
            Ok(mut opened) => {
                opened.is_set_up = true;
                shared.has_worked.store(true, Ordering::Relaxed);
                return Ok(opened);
            }
        }
    }
}

/// Waits before another attempt to connect to a server that is restarting.
async fn pause(attempts: u32) -> Result<()> {
    tokio::time::sleep(Duration::from_millis(25) * attempts).await;
    Ok(())
}

async fn open_session(
    options: &Arc<ConnectOptions>,
    (channel, lease): (Channel, Lease),
    session: Arc<call::CallState>,
    shared: &Arc<Shared>,
    budget: &Budget,
) -> Result<Session> {
    let session_options = session_options(options);
    let first = first_statements(options);
    let has_session = !session_options.is_empty();
    let has_settings = has_session || !first.is_empty();
    let place = (channel.clone(), lease);
    let own = Arc::clone(&session);
    let rpc = Rpc::new(place, &shared.channels, own, options, has_settings);
    // Made before the login, so that dropping it closes a session that the server opened before it failed.
    let mut opened = Session::new(rpc, Arc::clone(shared), false);
    let tokens = shared.channels.tokens(options, &channel);
    let login = auth::login(options, &channel, &session, &tokens);
    let login = budget.within(auth::step(options), login).await;
    login.map_err(|error| proxy::named(error, || options.token_proxy_address()))?;
    opened.session_open = has_session;
    if has_session {
        let set = set_session(opened.rpc(), session_options);
        budget.within("DoAction(SetSessionOptions)", set).await?;
    }
    for sql in first {
        let run = opened.execute_script(&sql);
        budget.within(FIRST, run).await?;
    }
    opened.forget_changes();
    Ok(opened)
}

/// Sets the catalog, the schema and the session options again, and runs the first statements, after a reset.
pub(super) async fn set_up(opened: &mut Session) -> Result<()> {
    let options = session_options(opened.options());
    if !options.is_empty() {
        set_session(opened.rpc(), options).await?;
    }
    for sql in first_statements(opened.options()) {
        opened.run_internal(&sql).await?;
    }
    Ok(())
}

/// The session options of the connect options, with the catalog and schema if they are sent as such.
pub(super) fn session_options(options: &ConnectOptions) -> session::Settings {
    let options = options.wire_session().into_iter();
    options
        .map(|(name, value)| (name.to_owned(), Some(value.into())))
        .collect()
}

/// Detects the dialect, over a connection without dialect-specific settings.
async fn detect(
    options: &ConnectOptions,
    shared: &Arc<Shared>,
    budget: &Budget,
) -> Result<Arc<dyn Dialect>> {
    let mut plain = options.clone();
    (plain.catalog, plain.schema) = (None, None);
    let mut opened = open(&Arc::new(plain), shared, budget).await?;
    let asked = async {
        match Catalog::new(&mut opened).server_info().await {
            Ok(info) => Ok(dialect::detect(&info)),
            Err(error) if error.is_unsupported() => Ok(None),
            Err(error) => Err(error),
        }
    };
    let found = budget.within(DETECT, asked).await?;
    let found = found.unwrap_or_else(|| Arc::new(presets::ansi()));
    log::debug!("the server's dialect is taken to be `{}`", found.name());
    Ok(found)
}

/// Returns the first statements of a connection: the selection of the catalog, then those of the dialect.
fn first_statements(options: &ConnectOptions) -> Vec<String> {
    let dialect = &options.dialect;
    let (catalog, schema) = (options.catalog.as_deref(), options.schema.as_deref());
    let session = &dialect.profile().session;
    let goes =
        session.catalog == CatalogTarget::Statement && (catalog.is_some() || schema.is_some());
    let first = goes.then(|| dialect.use_statement(catalog, schema));
    let then = session.bootstrap.iter().cloned();
    first.into_iter().chain(then).collect()
}

async fn set_session(rpc: &Rpc, options: session::Settings) -> Result<()> {
    session::set(rpc, options).await.map_err(|error| {
        if error.is_unsupported() {
            return Error::configuration(
                "this server does not support session options; remove the catalog and schema from the path of the URL \
                 (and `session.*` from its query), or select the dialect of the server",
            );
        }
        error
    })
}
