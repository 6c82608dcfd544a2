use flightsql::types::chrono::{DateTime, Utc};

fn main() {
    let _ = flightsql::query!(r#"SELECT departs AS "x: DateTime<Utc>" FROM flights"#);
}
