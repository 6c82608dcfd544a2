//! Backend of a server: SQLite, a script, or a custom service of the test.
//!
//! Job: create the service of one run. Layer: harness.

use std::{fmt, sync::Arc};

use arrow_flight::flight_service_server::FlightService;
use tonic::service::Routes;

use super::{error::TestServerError, handle::ServerHandle, harness::routes, state::State};
use crate::{
    scripted::{Script, ScriptedService},
    service::{SqliteConfig, SqliteService},
};

pub(crate) enum Backend {
    Sqlite(SqliteConfig),
    Scripted(Script),
    Own(Box<dyn Fn(Arc<State>) -> Routes + Send + Sync>),
}

impl Backend {
    pub(crate) fn own<S: FlightService>(service: Arc<S>) -> Self {
        Self::Own(Box::new(move |state| routes(service.clone(), state)))
    }

    /// Creates a service, or returns the custom service of the test.
    pub(crate) fn routes(&self, handle: &ServerHandle) -> Result<Routes, TestServerError> {
        let state = handle.state().clone();
        match self {
            Self::Sqlite(config) => {
                let service = SqliteService::new(config.clone())
                    .map_err(|e| TestServerError::new("could not open the SQLite database", e))?;
                handle.set_sqlite(service.clone());
                Ok(routes(Arc::new(service), state))
            }
            Self::Scripted(script) => Ok(routes(
                Arc::new(ScriptedService::new(script.clone())),
                state,
            )),
            Self::Own(routes) => Ok(routes(state)),
        }
    }
}

impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Sqlite",
            Self::Scripted(_) => "Scripted",
            Self::Own(_) => "Own",
        })
    }
}
