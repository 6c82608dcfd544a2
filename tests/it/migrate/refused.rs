//! Features that some engines lack: migrations, schemas, databases.

use flightsql::migrate::{Migrate, MigrateDatabase, MigrateError};
use flightsql::{ConnectOptions, FlightSql, is_unsupported};

use super::three;
use crate::common::{connect, options, server};

#[tokio::test]
async fn an_engine_without_migrations_is_named_before_anything_is_sent() {
    let server = server().await;
    for dialect in ["datafusion", "influxdb", "ballista", "deephaven"] {
        let options = options(&server.url()).dialect_name(dialect).unwrap();
        let mut connection = options.connect().await.unwrap();
        server.clear_calls();
        let error = three()
            .run_direct(None, &mut connection, false)
            .await
            .unwrap_err();
        let MigrateError::Execute(inner) = &error else {
            panic!("{error:?}");
        };
        assert!(is_unsupported(inner));
        assert!(
            error.to_string().contains(&format!("`{dialect}`")),
            "{error}"
        );
        assert_eq!(server.count_all(), 0, "{dialect}");
        let mut unlocked = three();
        unlocked.set_locking(false);
        assert!(
            unlocked
                .run_direct(None, &mut connection, false)
                .await
                .is_err()
        );
        assert_eq!(server.count_all(), 0, "{dialect}");
    }
}

#[tokio::test]
async fn sqlite_makes_no_schemas() {
    let server = server().await;
    let mut connection = options(&server.url())
        .dialect_name("sqlite")
        .unwrap()
        .connect()
        .await
        .unwrap();
    let mut migrator = three();
    migrator.create_schema("other");
    let error = migrator
        .run_direct(None, &mut connection, false)
        .await
        .unwrap_err();
    assert!(
        matches!(error, MigrateError::CreateSchemasNotSupported(_)),
        "{error:?}"
    );
    assert!(error.to_string().contains("`sqlite`"), "{error}");
    // The lock went with the error.
    let mut other = connect(&server).await;
    other.lock().await.unwrap();
}

#[tokio::test]
async fn a_url_without_a_name_exists_and_cannot_be_made() {
    let server = server().await;
    let sqlite = server
        .url()
        .replace("flightsql+tcp", "sqlite+flightsql+tcp");
    assert!(FlightSql::database_exists(&sqlite).await.unwrap());
    assert!(FlightSql::database_exists(&server.url()).await.unwrap());
    for error in [
        FlightSql::create_database(&sqlite).await.unwrap_err(),
        FlightSql::drop_database(&sqlite).await.unwrap_err(),
    ] {
        assert!(is_unsupported(&error), "{error}");
        assert!(error.to_string().contains("`sqlite`"), "{error}");
    }
    let unnamed = FlightSql::create_database(&server.url()).await.unwrap_err();
    assert!(unnamed.to_string().contains("names no schema"), "{unnamed}");
    let forced = FlightSql::force_drop_database(&server.url())
        .await
        .unwrap_err();
    assert!(forced.to_string().contains("force"), "{forced}");
    assert!(FlightSql::database_exists("nonsense").await.is_err());
}
