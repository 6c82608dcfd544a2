fn main() {
    let _ = flightsql::query!(r#"SELECT id AS "id! i64" FROM flights"#);
}
