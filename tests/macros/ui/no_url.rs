fn main() {
    let _ = flightsql::query!("SELECT id FROM flights -- no_url");
}
