fn main() {
    let _ = flightsql::query!("SELECT count(*) FROM flights");
}
