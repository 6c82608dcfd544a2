//! The facade under another name, and passed on by a module of this crate: everything expands to where it is.

mod database {
    pub(crate) use fsql::{query, query_scalar};
}

#[derive(Debug, PartialEq, fsql::FromRow)]
struct Airport {
    code: String,
    #[sqlx(rename = "name")]
    title: String,
}

#[derive(Debug, PartialEq, fsql::Type)]
#[sqlx(transparent)]
struct Code(String);

static MIGRATOR: fsql::migrate::Migrator = fsql::migrate!();

#[tokio::main]
async fn main() -> fsql::Result<()> {
    let url = std::env::args().nth(1).expect("a URL");
    let mut connection = <fsql::FlightSqlConnection as fsql::Connection>::connect(&url).await?;
    let origin = database::query!("SELECT origin FROM flights WHERE id = ?", 1)
        .fetch_one(&mut connection)
        .await?
        .origin;
    let code = database::query_scalar!(r#"SELECT origin AS "origin: Code" FROM flights WHERE id = 2"#)
        .fetch_one(&mut connection)
        .await?;
    println!("{origin} {code:?} {}", MIGRATOR.iter().count());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Airport;

    #[fsql::test]
    async fn a_fresh_database_is_migrated(pool: fsql::FlightSqlPool) -> fsql::Result<()> {
        let airport: Airport = fsql::query_as("SELECT code, name FROM airports")
            .fetch_one(&pool)
            .await?;
        assert_eq!(airport.title, "Zurich; and more");
        Ok(())
    }
}
