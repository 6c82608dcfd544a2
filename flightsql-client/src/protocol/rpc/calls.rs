//! The RPCs of Flight, one method each.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_flight::{
    Action, FlightData, FlightDescriptor, FlightInfo, PutResult, SchemaResult, Ticket,
};
use futures_core::Stream;
use prost::bytes::Bytes;
use tonic::Status;
use tracing::Instrument as _;

use super::attempt::Call;
use super::{Operation, Rpc};
use crate::error::{Error, Result};
use crate::observe::RpcSpan;
use crate::protocol::frames;
use crate::transport::channel::Channel;
use crate::transport::download::{self, Download};
use crate::transport::method::Method;
use crate::transport::observe::{self, Hooked};
use crate::transport::plan;
use crate::transport::upload;

impl Rpc {
    /// Sends `GetFlightInfo` of a command. Some servers execute the command here.
    pub(crate) async fn info(
        &self,
        operation: Operation,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo> {
        let most = self.0.options.limits.max_endpoints;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let call = |channel: &Channel, hooked: Hooked| -> Call<'static, _> {
            let grpc = channel.grpc();
            let request =
                self.request(Method::GetFlightInfo, operation, descriptor.clone(), hooked);
            Box::pin(plan::get_flight_info(grpc, request, most))
        };
        let (answer, channel, span) = self.timed(Method::GetFlightInfo, operation, &call).await?;
        span.succeed();
        let info = self.accept(operation, answer, &channel);
        info.map_err(|oversized| Error::protocol(operation.name, oversized.to_string()))
    }

    /// Sends `GetSchema` of a command, which reports the columns of its result without running it.
    pub(crate) async fn schema(
        &self,
        operation: Operation,
        descriptor: FlightDescriptor,
    ) -> Result<SchemaResult> {
        let call = |channel: &Channel, hooked: Hooked| -> Call<'static, _> {
            let mut client = channel.client();
            let request = self.request(Method::GetSchema, operation, descriptor.clone(), hooked);
            Box::pin(async move { client.get_schema(request).await })
        };
        let (answer, channel, span) = self.timed(Method::GetSchema, operation, &call).await?;
        span.succeed();
        Ok(self.accept(operation, answer, &channel))
    }

    /// Sends `DoGet` of a ticket. The body has its own deadlines; see [`messages`](super::messages).
    /// Also returns the channel, to which a failure of the body belongs, and the span, which ends with the body.
    pub(crate) async fn get(
        &self,
        operation: Operation,
        ticket: Ticket,
    ) -> Result<(Download, Arc<Channel>, RpcSpan)> {
        let message = ticket_message(operation, &ticket)?;
        let call = |channel: &Channel, hooked: Hooked| -> Call<'static, _> {
            let (http2, origin) = channel.http2();
            // Without `grpc-timeout`, which would bound the complete stream and the time that the caller needs.
            let request = self.0.session.request(Method::DoGet, message.clone(), None);
            let request = hooked.apply(self.with_headers(request));
            Box::pin(async move { download::do_get(http2, &origin, request).await })
        };
        let ((headers, download), channel, span) =
            self.timed(Method::DoGet, operation, &call).await?;
        self.received(operation, &headers);
        self.answered(&channel);
        Ok((download, channel, span))
    }

    /// Sends `data` with `DoPut`, and returns the replies, read to the trailers.
    ///
    /// # Errors
    /// Returns an error if the server ends the RPC before the last message was sent.
    pub(crate) async fn put(
        &self,
        operation: Operation,
        data: Vec<FlightData>,
    ) -> Result<Vec<PutResult>> {
        let left = Arc::new(AtomicUsize::new(0));
        let call = |channel: &Channel, hooked: Hooked| -> Call<'static, _> {
            let mut client = channel.client();
            let leaving = Arc::clone(&left);
            leaving.store(data.len(), Ordering::Release);
            let data = data.clone().into_iter().inspect(move |_| {
                leaving.fetch_sub(1, Ordering::AcqRel);
            });
            let data = futures_util::stream::iter(data);
            let request = self.request(Method::DoPut, operation, data, hooked);
            Box::pin(async move { client.do_put(request).await })
        };
        let results = self.drained(Method::DoPut, operation, &call).await?;
        if left.load(Ordering::Acquire) > 0 {
            return Err(Error::protocol(
                operation.name,
                "the server ended the RPC before it had read all rows; check which rows it has applied",
            ));
        }
        Ok(results)
    }

    /// Sends data with `DoPut` that may be aborted by a `None`, and reads the replies to the trailers. Sets no deadline, and
    /// returns the bare status, because an abort does not break the connection.
    pub(crate) async fn upload(
        &self,
        operation: Operation,
        channel: &Channel,
        data: impl Stream<Item = Option<FlightData>> + Send + 'static,
    ) -> std::result::Result<Result<Vec<PutResult>>, Status> {
        let span = observe::span(Method::DoPut, self.options(), channel);
        let hooked = span
            .span()
            .in_scope(|| self.hooked(Method::DoPut, operation.timeout));
        let hooked = match hooked {
            Ok(hooked) => hooked,
            Err(error) => return Ok(Err(error)),
        };
        // Without `grpc-timeout`, after which tonic would drop the RPC instead of aborting it.
        let request = self.0.session.request(Method::DoPut, data, None);
        let request = hooked.apply(self.with_headers(request));
        let upload = async {
            let answer = upload::do_put(channel.grpc(), request).await?;
            self.drain(operation, answer, channel).await
        };
        let uploaded = upload.instrument(span.span().clone()).await;
        match &uploaded {
            Ok(Ok(_)) => span.succeed(),
            Ok(Err(_)) => drop(span),
            Err(status) => observe::failed(span, status),
        }
        uploaded
    }

    /// Sends `DoAction`, and returns the replies, read to the trailers.
    pub(crate) async fn action(
        &self,
        operation: Operation,
        action: Action,
    ) -> Result<Vec<arrow_flight::Result>> {
        let call = |channel: &Channel, hooked: Hooked| -> Call<'static, _> {
            let mut client = channel.client();
            let request = self.request(Method::DoAction, operation, action.clone(), hooked);
            Box::pin(async move { client.do_action(request).await })
        };
        self.drained(Method::DoAction, operation, &call).await
    }

    pub(crate) async fn action_reply(&self, operation: Operation, action: Action) -> Result<Bytes> {
        let replies = self.action(operation, action).await?;
        match replies.into_iter().next() {
            Some(reply) => Ok(reply.body),
            None => Err(Error::protocol(
                operation.name,
                "the server ended the RPC without a reply",
            )),
        }
    }
}

/// Returns a ticket as a gRPC message.
pub(super) fn ticket_message(operation: Operation, ticket: &Ticket) -> Result<Bytes> {
    frames::encode(ticket)
        .ok_or_else(|| Error::protocol(operation.name, "the ticket is too long for a gRPC message"))
}
