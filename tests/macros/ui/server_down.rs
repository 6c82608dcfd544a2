fn main() {
    let _ = flightsql::query!("SELECT id FROM flights -- server_down");
}
