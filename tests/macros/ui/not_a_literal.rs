fn main() {
    let sql = "SELECT id FROM flights";
    let _ = flightsql::query!(sql);
}
