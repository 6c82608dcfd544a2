struct Flight {
    id: i64,
}

fn main() {
    let _ = flightsql::query_as!(Flight, "SELECT id, origin FROM flights");
}
