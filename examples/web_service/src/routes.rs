//! The routes: parameters, JSON and bodies, with one span per request.

use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, Request, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower_http::trace::TraceLayer;
use tracing::{Span, field::Empty, info, info_span};

use crate::error::ApiError;
use crate::export::{self, Arrow, Format, NdJson};
use crate::queries::{self, Delay, Flight};
use crate::state::Service;

const PAGE: &str = include_str!("../static/index.html");

/// The default and the maximum number of flights on a page.
const LIMIT: i64 = 50;
const MOST: i64 = 500;

/// Returns the routes of `service`.
pub fn router(service: Service) -> Router {
    Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/api/flights", get(flights))
        .route("/api/flights/{id}", get(flight))
        .route("/api/delays", get(delays))
        .route("/export.ndjson", get(ndjson))
        .route("/export.arrow", get(arrow))
        .route("/healthz", get(async || Json(json!({ "status": "alive" }))))
        .route("/readyz", get(ready))
        .fallback(async || ApiError::NotFound)
        .with_state(service)
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(answered)
                .on_body_chunk(())
                .on_eos(())
                .on_failure(()),
        )
}

/// Omits the query of the URL, which is private to the caller.
fn span<B>(request: &Request<B>) -> Span {
    info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        status = Empty,
        latency_ms = Empty,
    )
}

fn answered<B>(response: &axum::http::Response<B>, latency: Duration, span: &Span) {
    span.record("status", response.status().as_u16());
    span.record("latency_ms", latency.as_secs_f64() * 1000.0);
    info!("answered");
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    origin: Option<String>,
    after: Option<i64>,
    limit: Option<i64>,
}

/// A page of flights, and the start of the next page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// The flights.
    pub items: Vec<Flight>,
    /// The value of `after` for the next page; `None` on the last page.
    pub next: Option<i64>,
}

async fn flights(
    State(service): State<Service>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Page>, ApiError> {
    let Query(wanted) = wanted.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let limit = wanted.limit.unwrap_or(LIMIT);
    if !(1..=MOST).contains(&limit) {
        return Err(ApiError::BadRequest(format!(
            "`limit` must be from 1 to {MOST}"
        )));
    }
    let origin = wanted.origin.as_deref();
    if origin.is_some_and(|code| code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase())) {
        return Err(ApiError::BadRequest(
            "`origin` must be an airport's code, such as JFK".to_owned(),
        ));
    }
    let after = wanted.after.unwrap_or(0);

    let mut connection = service.page_connection().await?;
    // Read one more flight to find out whether there is a next page.
    let mut items = queries::flights(&mut connection, origin, after, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > wanted;
    items.truncate(wanted);
    let next = items.last().map(|flight| flight.id).filter(|_| more);
    Ok(Json(Page { items, next }))
}

async fn flight(
    State(service): State<Service>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Flight>, ApiError> {
    let Path(id) = id.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    let mut connection = service.page_connection().await?;
    let flight = queries::flight(&mut connection, id).await?;
    flight.map(Json).ok_or(ApiError::NotFound)
}

async fn delays(State(service): State<Service>) -> Result<Json<Vec<Delay>>, ApiError> {
    let mut connection = service.page_connection().await?;
    Ok(Json(queries::delays(&mut connection).await?))
}

async fn ndjson(State(service): State<Service>) -> Result<Response, ApiError> {
    exported::<NdJson>(service, "application/x-ndjson", "flights.ndjson").await
}

async fn arrow(State(service): State<Service>) -> Result<Response, ApiError> {
    let kind = "application/vnd.apache.arrow.stream";
    exported::<Arrow>(service, kind, "flights.arrow").await
}

async fn exported<F: Format>(
    service: Service,
    kind: &'static str,
    file: &str,
) -> Result<Response, ApiError> {
    let body = export::body::<F>(service.export_connection().await?).await?;
    let headers: [(HeaderName, String); 2] = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
    ];
    Ok((headers, body).into_response())
}

async fn ready(State(service): State<Service>) -> Response {
    if service.is_ready().await {
        Json(json!({ "status": "ready" })).into_response()
    } else {
        let away = json!({ "status": "the database does not reply" });
        (StatusCode::SERVICE_UNAVAILABLE, Json(away)).into_response()
    }
}
