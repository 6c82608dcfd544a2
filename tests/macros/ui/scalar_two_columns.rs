fn main() {
    let _ = flightsql::query_scalar!("SELECT id, origin FROM flights");
}
