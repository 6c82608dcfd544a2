fn main() {
    let _ = flightsql::query!("SELECT 1 AS a, 2 AS b, 3 AS a");
}
