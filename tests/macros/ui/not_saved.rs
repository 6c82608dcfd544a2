fn main() {
    let _ = flightsql::query!("SELECT id FROM flights -- not_saved");
}
