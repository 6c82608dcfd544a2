fn main() {
    let _ = flightsql::query!("SELECT origin FROM flights WHERE id = ?", None);
}
