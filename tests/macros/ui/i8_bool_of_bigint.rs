fn main() {
    let _ = flightsql::query!(r#"SELECT (SELECT count(1) FROM flights) AS "e!: bool" FROM flights"#);
    let _ = flightsql::query_scalar!(r#"SELECT id AS "id!: Option<bool>" FROM flights"#);
}
