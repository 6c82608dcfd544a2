fn main() {
    let _ = flightsql::query!("SELECT origin FROM flights WHERE id = ?", 1_u64);
    let _ = flightsql::query!("SELECT origin FROM flights WHERE id = ?", Some(1.5));
    let _ = flightsql::query!("SELECT id FROM flights WHERE origin = ?", 7);
}
