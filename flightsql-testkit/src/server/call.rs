//! An RPC through the harness: record, authentication, gate, fault, service, reply.
//!
//! Job: the common steps of every method, in order. Layer: harness, above [`super::fault`], below [`super::harness`].

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use prost::Message;
use tonic::{
    Request, Response, Status,
    metadata::{KeyAndValueRef, MetadataMap},
};

use super::{
    fault::{After, Before, Plan},
    io::{Cut, Link, link_of},
    reply::{ReplyStream, cut_when_written},
    state::{Count, State},
};
use crate::{
    record::{Call, Description, Rpc},
    stream::BoxStream,
};

/// An admitted RPC, which also handles the service's reply.
#[derive(Debug)]
pub(crate) struct Entered {
    state: Arc<State>,
    plan: Plan,
    link: Option<Arc<Link>>,
    /// Headers of the harness: cookies and replaced tokens.
    reply_headers: MetadataMap,
    running: Count,
}

impl Entered {
    /// Runs the steps before the service. An error is the reply to the RPC.
    pub(crate) async fn enter<T>(
        state: &Arc<State>,
        rpc: Rpc,
        request: &Request<T>,
        description: Description,
    ) -> Result<Self, Status> {
        let link = link_of(request);
        let id = link.as_ref().map_or(0, |link| link.id());
        let command = description.name.clone();
        let running = state.running.one();
        state.recorder.count_one(rpc);
        if state.recorder.keeps_calls() {
            let call = Call::new(rpc, description, request.metadata(), id);
            state.recorder.keep(call);
        }
        let plan = state.faults.plan(rpc, command.as_deref());
        state.gates.pass(rpc, command.as_deref()).await;
        if let Some(delay) = plan.delay {
            tokio::time::sleep(delay).await;
        }
        before(plan.before.clone(), link.as_deref()).await?;
        let reply_headers = state.auth.admit(rpc, request.metadata())?;
        Ok(Self {
            state: state.clone(),
            plan,
            link,
            reply_headers,
            running,
        })
    }

    /// Handles a reply of one message.
    pub(crate) async fn one<T>(
        self,
        service: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<Response<T>, Status> {
        let reply = self.run(service).await?;
        match self.plan.after {
            None => Ok(reply),
            Some((_, After::Skip)) => Err(Status::ok("")),
            Some((_, After::Fail(status))) => Err(status),
            Some((_, After::Hang)) => std::future::pending().await,
            Some((_, After::Cut)) => {
                cut_when_written(self.link, 0).await;
                std::future::pending().await
            }
        }
    }

    /// Handles a stream reply.
    pub(crate) async fn stream<T, S>(
        self,
        service: impl Future<Output = Result<Response<S>, Status>>,
    ) -> Result<Response<BoxStream<T>>, Status>
    where
        T: Message + 'static,
        S: futures_core::Stream<Item = Result<T, Status>> + Send + 'static,
    {
        let reply = self.run(service).await?;
        Ok(reply.map(|inner| -> BoxStream<T> {
            Box::pin(ReplyStream::new(
                Box::pin(inner),
                self.plan.after,
                self.link,
                self.state,
                self.running,
            ))
        }))
    }

    /// Runs the service's handler, and adds the headers of the harness to its reply or error.
    async fn run<R>(
        &self,
        service: impl Future<Output = Result<Response<R>, Status>>,
    ) -> Result<Response<R>, Status> {
        let result = AssertUnwindSafe(service).catch_unwind().await;
        match result.unwrap_or_else(|panic| Err(self.state.panicked(panic))) {
            Ok(mut reply) => {
                merge(reply.metadata_mut(), &self.reply_headers);
                Ok(reply)
            }
            Err(mut status) => {
                merge(status.metadata_mut(), &self.reply_headers);
                Err(status)
            }
        }
    }
}

/// Applies the part of a fault that precedes the service.
async fn before(fault: Option<Before>, link: Option<&Link>) -> Result<(), Status> {
    match fault {
        None => Ok(()),
        Some(Before::Answer(status)) => Err(status),
        Some(Before::Hang) => std::future::pending().await,
        Some(Before::Drop) => {
            if let Some(link) = link {
                link.cut(Cut::Close);
            }
            std::future::pending().await
        }
    }
}

/// Appends all entries of `from`, including names that `into` already has.
pub(crate) fn merge(into: &mut MetadataMap, from: &MetadataMap) {
    for entry in from.iter() {
        match entry {
            KeyAndValueRef::Ascii(key, value) => {
                into.append(key.clone(), value.clone());
            }
            KeyAndValueRef::Binary(key, value) => {
                into.append_bin(key.clone(), value.clone());
            }
        }
    }
}
