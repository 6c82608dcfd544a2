fn main() {
    let _ = flightsql::query!(
        "SELECT id,
                nme
         FROM flights"
    );
}
