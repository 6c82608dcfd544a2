//! `migrate!` and `Migrator::new` read the same migrations.

use std::path::Path;

use flightsql::migrate::{MigrationType, Migrator};

use super::{TABLE, migration, migrator, tables, versions};
use crate::common::{count, pool, server};

static SIMPLE: Migrator = flightsql::migrate!("tests/it/migrate/simple");
static REVERSIBLE: Migrator = flightsql::migrate!("tests/it/migrate/reversible");

#[tokio::test]
async fn embedded_migrations_equal_folder() {
    for (embedded, folder, length) in [(&SIMPLE, "simple", 2), (&REVERSIBLE, "reversible", 2)] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/it/migrate")
            .join(folder);
        let read = Migrator::new(folder).await.unwrap();
        assert_eq!(embedded.iter().count(), length);
        assert_eq!(read.iter().count(), length);
        for (embedded, read) in embedded.iter().zip(read.iter()) {
            assert_eq!(embedded.version, read.version);
            assert_eq!(embedded.description, read.description);
            assert_eq!(embedded.migration_type, read.migration_type);
            assert_eq!(embedded.sql.as_str(), read.sql.as_str());
            assert_eq!(embedded.checksum, read.checksum);
            assert_eq!(embedded.no_tx, read.no_tx);
        }
    }
    let server = server().await;
    let pool = pool(&server, 1).await;
    SIMPLE.run_to(1, &pool).await.unwrap();
    assert_eq!(count(&pool, "users").await, 1);
    SIMPLE.run(&pool).await.unwrap();
    assert_eq!(count(&pool, "users").await, 0);
}

#[tokio::test]
async fn a_migration_outside_a_transaction_is_undone() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let both = migrator([
        migration(
            1,
            MigrationType::ReversibleUp,
            "CREATE TABLE a (n INTEGER); VACUUM",
            true,
        ),
        migration(
            1,
            MigrationType::ReversibleDown,
            "VACUUM; DROP TABLE a",
            true,
        ),
    ]);
    both.run(&pool).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true)]);
    assert_eq!(tables(&pool).await, ["a"]);
    both.undo(&pool, 0).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, []);
    assert_eq!(tables(&pool).await, Vec::<String>::new());
}
