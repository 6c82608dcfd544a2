fn main() {
    let _ = flightsql::query!("SELECT id FROM flights -- stale_cache");
}
