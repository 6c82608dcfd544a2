//! Plays one reply.
//!
//! Job: convert the steps of a [`Reply`] to a response. Layer: scripted service.

use std::{collections::VecDeque, sync::Arc};

use arrow_flight::FlightData;
use futures_util::{StreamExt as _, stream};
use tonic::{Code, Request, Response, Status, Streaming, metadata::MetadataMap};

use crate::{
    record::{Call, Description, Rpc},
    scripted::{
        Item, Script, ScriptRequest,
        item::FromItem,
        reply::{Kind, Reply, Step},
    },
    server::{Link, cut_when_written, link_of, merge, send_first},
    stream::BoxStream,
};

/// The reply to an RPC.
pub(super) struct Play {
    rpc: Rpc,
    reply: Reply,
    request: ScriptRequest,
    link: Option<Arc<Link>>,
    written_before: u64,
}

impl Play {
    pub(super) fn begin<T>(
        script: &Script,
        rpc: Rpc,
        request: &Request<T>,
        about: Description,
    ) -> Result<Self, Status> {
        let reply = script.take(rpc, about.name.as_deref()).ok_or_else(|| {
            let about = about.name.as_deref().unwrap_or("without a command");
            Status::unimplemented(format!(
                "unexpected call: the script has no reply left for {rpc} {about}"
            ))
        })?;
        let link = link_of(request);
        let connection = link.as_ref().map_or(0, |link| link.id());
        Ok(Self {
            rpc,
            reply,
            request: ScriptRequest {
                call: Call::new(rpc, about, request.metadata(), connection),
                data: Vec::new(),
            },
            written_before: link.as_ref().map_or(0, |link| link.written()),
            link,
        })
    }

    /// Reads the messages of the client, as a conforming server does before it replies.
    pub(super) async fn read(
        &mut self,
        first: Option<FlightData>,
        rest: &mut Streaming<FlightData>,
    ) -> Result<(), Status> {
        self.request.data.extend(first);
        while !self.reply.early
            && let Some(data) = rest.message().await?
        {
            self.request.data.push(data);
        }
        Ok(())
    }

    /// Plays a reply of one message.
    pub(super) async fn one<T: FromItem>(self) -> Result<Response<T>, Status> {
        let (rpc, link, written) = (self.rpc, self.link.clone(), self.written_before);
        let Opened {
            steps,
            headers,
            trailers,
        } = self.open().await?;
        if !trailers.is_empty() {
            return Err(Status::internal(format!(
                "the script gives {rpc} trailers, but a single message cannot have any"
            )));
        }
        for step in steps {
            match step {
                Step::Wait(pause) => tokio::time::sleep(pause).await,
                Step::Hang => std::future::pending().await,
                Step::Fail(mut status) => {
                    send_first(&mut status, &headers);
                    return Err(status);
                }
                Step::Cut => {
                    cut_when_written(link, written).await;
                    return std::future::pending().await;
                }
                Step::Send(item) => return respond(item.into_reply(rpc)?, &headers),
                Step::Repeat(items) => {
                    let mut items = items.into_iter();
                    if let Some(item) = items.next() {
                        return respond(item.into_reply(rpc)?, &headers);
                    }
                }
            }
        }
        let mut nothing = Status::ok("");
        merge(nothing.metadata_mut(), &headers);
        Err(nothing)
    }

    /// Plays a stream. `keep` lives as long as the stream.
    pub(super) async fn stream<T>(
        self,
        keep: impl Send + 'static,
    ) -> Result<Response<BoxStream<T>>, Status>
    where
        T: FromItem + prost::Message + 'static,
    {
        let rpc = self.rpc;
        let (link, written) = (self.link.clone(), self.written_before);
        let Opened {
            mut steps,
            headers,
            trailers,
        } = self.open().await?;
        if !trailers.is_empty() {
            steps.push_back(Step::Fail(Status::with_metadata(
                Code::Ok,
                "",
                trailers.clone(),
            )));
        }
        let playing = Playing {
            steps,
            repeat: VecDeque::new(),
            trailers,
            rpc,
            link,
            written,
            _keep: keep,
        };
        let messages = stream::unfold(playing, Playing::next).boxed();
        respond(messages, &headers)
    }

    /// Returns the remaining steps, after waits and errors that precede the headers.
    async fn open(self) -> Result<Opened, Status> {
        let mut reply = self.reply;
        loop {
            let (steps, refused) = match reply.kind {
                Kind::Refuse(steps, status) => (steps, Some(status)),
                Kind::Play(steps) => (steps, None),
                Kind::Ask(steps, make) => {
                    wait(&mut steps.into()).await;
                    let made = make(&self.request);
                    reply.kind = made.kind;
                    merge(&mut reply.headers, &made.headers);
                    merge(&mut reply.trailers, &made.trailers);
                    continue;
                }
            };
            let mut steps = steps.into();
            wait(&mut steps).await;
            if let Some(mut status) = refused {
                merge(status.metadata_mut(), &reply.headers);
                merge(status.metadata_mut(), &reply.trailers);
                return Err(status);
            }
            return Ok(Opened {
                steps,
                headers: reply.headers,
                trailers: reply.trailers,
            });
        }
    }
}

struct Opened {
    steps: VecDeque<Step>,
    headers: MetadataMap,
    trailers: MetadataMap,
}

/// Waits for the leading pauses.
async fn wait(steps: &mut VecDeque<Step>) {
    while let Some(Step::Wait(pause)) = steps.front() {
        let pause = *pause;
        steps.pop_front();
        tokio::time::sleep(pause).await;
    }
}

/// A stream reply in progress.
struct Playing<K> {
    steps: VecDeque<Step>,
    repeat: VecDeque<Item>,
    trailers: MetadataMap,
    rpc: Rpc,
    link: Option<Arc<Link>>,
    written: u64,
    _keep: K,
}

impl<K> Playing<K> {
    async fn next<T: FromItem + prost::Message>(mut self) -> Option<(Result<T, Status>, Self)> {
        loop {
            if let Some(item) = self.repeat.pop_front() {
                self.repeat.push_back(item.clone());
                // A stream that is always ready would block the client's task.
                tokio::task::coop::consume_budget().await;
                return Some(self.send(item));
            }
            match self.steps.pop_front()? {
                Step::Send(item) => return Some(self.send(item)),
                Step::Repeat(items) => self.repeat = items.into(),
                Step::Wait(pause) => tokio::time::sleep(pause).await,
                Step::Fail(mut status) => {
                    self.steps.clear();
                    if status.code() != Code::Ok {
                        merge(status.metadata_mut(), &self.trailers);
                    }
                    return Some((Err(status), self));
                }
                Step::Hang => std::future::pending().await,
                Step::Cut => {
                    cut_when_written(self.link.clone(), self.written).await;
                    std::future::pending().await
                }
            }
        }
    }

    fn send<T: FromItem + prost::Message>(mut self, item: Item) -> (Result<T, Status>, Self) {
        let message = item.into_reply::<T>(self.rpc);
        match &message {
            Ok(message) => {
                let len = u64::try_from(message.encoded_len()).unwrap_or(u64::MAX);
                self.written = self.written.saturating_add(len);
            }
            Err(_) => {
                self.steps.clear();
                self.repeat.clear();
            }
        }
        (message, self)
    }
}

fn respond<T>(message: T, headers: &MetadataMap) -> Result<Response<T>, Status> {
    let mut response = Response::new(message);
    merge(response.metadata_mut(), headers);
    Ok(response)
}
