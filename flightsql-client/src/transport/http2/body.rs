//! [`ResponseBody`]: the body of a response as it arrives.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use h2::RecvStream;
use http_body::{Body, Frame};

use super::send::Upload;
use super::{Open, status};

/// The data and trailers of one response. Dropping it before its end resets the stream.
pub(crate) struct ResponseBody {
    stream: RecvStream,
    data_ended: bool,
    /// Dropped with the response, after which the server does not read the upload.
    _upload: Option<Upload>,
    open: Open,
}

impl ResponseBody {
    pub(super) fn new(stream: RecvStream, upload: Option<Upload>, open: Open) -> Self {
        Self {
            stream,
            data_ended: false,
            _upload: upload,
            open,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        if !self.data_ended {
            match ready!(self.stream.poll_data(cx)) {
                Some(Ok(data)) => {
                    // The reader has the data, so the server may send as much again. After an error, the next poll
                    // returns the end of the stream.
                    let _ = self.stream.flow_control().release_capacity(data.len());
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Some(Err(error)) => {
                    self.data_ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => self.data_ended = true,
            }
        }
        Poll::Ready(match ready!(self.stream.poll_trailers(cx)) {
            Ok(Some(mut trailers)) => {
                status::mend(&mut trailers, self.open.shared.max_header_size);
                Some(Ok(Frame::trailers(trailers)))
            }
            Ok(None) => None,
            Err(error) => Some(Err(error)),
        })
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = h2::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, h2::Error>>> {
        let polled = self.poll_next(cx);
        match &polled {
            Poll::Pending => self.open.wait(),
            Poll::Ready(Some(Err(error))) => self.open.failed(error),
            Poll::Ready(Some(Ok(_)) | None) => self.open.answered(),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_end_stream()
    }
}

flightsql_dialect::debug_fields!(ResponseBody);
