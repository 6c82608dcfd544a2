fn main() {
    let _ = flightsql::query!("SELECT id FROM flights -- other_database");
}
