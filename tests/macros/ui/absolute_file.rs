fn main() {
    let _ = flightsql::query_file!("/queries/flights.sql");
}
