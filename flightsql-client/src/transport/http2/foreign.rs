//! Responses that are not gRPC: the page of a proxy, or an HTTP status without a gRPC status.
//!
//! They become a gRPC status, so that the caller gets its code and the title of the page instead of an error about bytes that
//! are not a message. Mapping: [HTTP to gRPC status](https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).

use std::time::Duration;

use h2::RecvStream;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use tokio::time::{Instant, timeout_at};
use tonic::Code;

use super::status::{CODE, MESSAGE, encoded};

/// A title is near the start of a page.
const PAGE: usize = 16 * 1024;
/// The code is known without the page, so the page is not worth a long wait.
const PAGE_TIMEOUT: Duration = Duration::from_secs(1);
/// Characters of a page that an error shows.
const SHOWN: usize = 200;

/// Gives a response that is not gRPC the gRPC status that it amounts to.
pub(super) async fn explain(response: &mut Response<RecvStream>) {
    let (status, headers) = (response.status(), response.headers());
    let is_grpc = status == StatusCode::OK && is_grpc(headers);
    if is_grpc || headers.contains_key(CODE) {
        return;
    }
    let is_text = is_text(headers);
    let kind = shown(headers.get(CONTENT_TYPE).map_or(b"", HeaderValue::as_bytes));
    let mut text = format!("the server returned HTTP {status}");
    if !kind.is_empty() {
        text.push_str(&format!(" with `{kind}`"));
    }
    text.push_str(" instead of a gRPC response");
    if is_text {
        let page = page(response.body_mut()).await;
        let title = shown(title(&page));
        if !title.is_empty() {
            text.push_str(&format!(": {title}"));
        }
    }
    text.push_str("; check the address, and that a proxy in front of the server forwards gRPC");
    let headers = response.headers_mut();
    headers.insert(CODE, HeaderValue::from(code(status) as i32));
    headers.insert(MESSAGE, encoded(&text));
}

/// Returns `true` for `application/grpc`, alone or with a format or a parameter, and for a response without a content type.
fn is_grpc(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(CONTENT_TYPE) else {
        return true;
    };
    let rest = kind.as_bytes().strip_prefix(b"application/grpc");
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_text = kind.starts_with("text/") || kind.contains("json") || kind.contains("xml");
    is_text && !headers.contains_key(CONTENT_ENCODING)
}

/// The start of the body, as far as it arrives in time.
async fn page(stream: &mut RecvStream) -> Vec<u8> {
    let (end, mut page) = (Instant::now() + PAGE_TIMEOUT, Vec::new());
    while page.len() < PAGE {
        match timeout_at(end, stream.data()).await {
            Ok(Some(Ok(data))) => page.extend_from_slice(&data),
            _ => break,
        }
    }
    page
}

/// The title of an HTML page, otherwise the first line of a text.
fn title(page: &[u8]) -> &[u8] {
    let lower = page.to_ascii_lowercase();
    let find = |from: usize, what: &[u8]| {
        let rest = lower.get(from..)?;
        rest.windows(what.len())
            .position(|at| at == what)
            .map(|at| from + at)
    };
    let begin = find(0, b"<title").and_then(|tag| Some(find(tag, b">")? + 1));
    if let Some(begin) = begin {
        let end = find(begin, b"</title").unwrap_or(page.len());
        return page.get(begin..end).unwrap_or_default();
    }
    if find(0, b"<html").is_some() {
        return &[];
    }
    let page = page.trim_ascii();
    page.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// A short text on one line. It ends before a word or a JSON string that does not fit: the beginning of a token would not be
/// found as a secret.
fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    let Some((end, _)) = text.char_indices().nth(SHOWN) else {
        return text;
    };
    let fits = text.get(..end).unwrap_or_default();
    let fits = fits.rfind([' ', '"']).and_then(|end| text.get(..end));
    format!("{}…", fits.unwrap_or_default())
}

fn code(status: StatusCode) -> Code {
    match status.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unknown,
    }
}
