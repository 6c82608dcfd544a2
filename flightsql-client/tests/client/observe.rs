//! Spans as OpenTelemetry exports them, headers of the hook, and events of the observer.

#[path = "observe/events.rs"]
mod events;
#[path = "observe/export.rs"]
mod export;
#[path = "observe/headers.rs"]
mod headers;
#[path = "observe/recipe.rs"]
mod recipe;
#[path = "observe/spans.rs"]
mod spans;
