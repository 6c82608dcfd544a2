fn main() {
    let _ = flightsql::query!("SELECT id FORM flights WHERE id = 1");
}
