fn main() {
    let _ = flightsql::query!("SELECT id FROM flight");
}
