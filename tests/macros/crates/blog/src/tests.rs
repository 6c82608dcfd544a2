//! Tests with a migrated database each, which fixtures fill.

use sqlx::SqlitePool;

use crate::router::{Request, respond};
use crate::users::{User, find};

#[sqlx::test(fixtures("users"))]
async fn user_has_optional_columns(pool: SqlitePool) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    let ann = User {
        id: 1,
        name: "ann".to_owned(),
        bio: Some("writes; a lot".to_owned()),
        is_admin: true,
    };
    assert_eq!(find(&mut tx, "ann").await?, Some(ann));
    let bob = find(&mut tx, "bob").await?.expect("bob exists");
    assert_eq!((bob.bio, bob.is_admin), (None, false));
    Ok(())
}

#[sqlx::test(fixtures("users", "posts"))]
async fn deleted_post_deletes_its_comments(pool: SqlitePool) -> sqlx::Result<()> {
    // Only this test uses this statement.
    let count = || {
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!: i64" FROM comments"#).fetch_one(&pool)
    };
    assert_eq!(count().await?, 2);
    let request = Request::parse("DELETE /posts/1");
    assert_eq!(respond(&pool, &request).await, "200 1 deleted");
    assert_eq!(count().await?, 0);
    Ok(())
}
