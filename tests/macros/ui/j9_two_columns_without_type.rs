fn main() {
    let _ = flightsql::query!("SELECT NULL AS a, 1 AS b, NULL AS c");
}
