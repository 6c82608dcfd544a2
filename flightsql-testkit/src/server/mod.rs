//! The embeddable server: start, inspect, disturb and stop it.
//!
//! The layers, top down: `builder`; `test_server` (the life of a server); `running` (the accept loop); `handle` (the
//! API for tests while the server runs); `harness`, `call` and `headers_first` (the
//! handling of an RPC); `fault`, `gate`, `io`.

mod backend;
mod builder;
mod call;
mod error;
mod fault;
mod gate;
mod handle;
mod harness;
mod headers_first;
mod io;
mod listen;
mod listen_address;
mod replay;
mod reply;
mod running;
mod settings;
mod state;
mod test_server;

pub use self::{
    builder::TestServerBuilder,
    error::TestServerError,
    fault::{Fault, FaultHandle},
    gate::Gate,
    handle::ServerHandle,
    test_server::TestServer,
};
pub(crate) use self::{
    call::merge,
    headers_first::send_first,
    io::{Link, link_of},
    reply::cut_when_written,
};

#[cfg(test)]
mod tests;
