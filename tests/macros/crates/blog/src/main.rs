//! A blog as a service for a pool of SQLx: migrations, checked queries, and one transaction per request. The program sends
//! itself a list of requests and prints the responses, because it needs no HTTP.

mod comments;
mod failure;
mod posts;
mod router;
#[cfg(test)]
mod tests;
mod users;

use sqlx::migrate::Migrator;
use sqlx::pool::PoolOptions;
use sqlx::{Sqlite, SqlitePool};

use router::Request;

static MIGRATOR: Migrator = sqlx::migrate!();

const REQUESTS: [&str; 22] = [
    "POST /users name=ann&bio=writes",
    "POST /users name=bob",
    "POST /users name=ann",
    "GET /users/ann",
    "GET /users/bob",
    "GET /users/eve",
    "POST /posts author=1&title=First&body=Hello",
    "POST /posts author=1&title=Second&body=World",
    "POST /posts author=7&title=Third&body=Nobody",
    "POST /posts author=2&title=&body=Untitled",
    "POST /posts/1/publish at=2026-02-28 12:30:00",
    "POST /posts/9/publish at=2026-02-28 12:30:00",
    "POST /posts/2/publish at=yesterday",
    "POST /posts/1/comments author=2&body=Nice",
    "POST /posts/1/comments author=1&body=Thanks",
    "GET /posts",
    "GET /posts status=published",
    "GET /posts author=2",
    "GET /posts/1/comments",
    // The user that the first statement inserts is rolled back with the post.
    "POST /guests name=eve&title=&body=x",
    "GET /users/eve",
    "DELETE /posts/1",
];

#[tokio::main]
async fn main() -> sqlx::Result<()> {
    let url = std::env::args().nth(1).expect("a URL");
    let pool: SqlitePool = PoolOptions::<Sqlite>::new()
        .max_connections(4)
        .connect(&url)
        .await?;
    MIGRATOR.run(&pool).await?;
    for line in REQUESTS {
        println!(
            "{line} -> {}",
            router::respond(&pool, &Request::parse(line)).await
        );
    }
    let left = sqlx::query!(
        r#"SELECT (SELECT count(*) FROM posts) AS "posts!: i64", (SELECT count(*) FROM comments) AS "comments!: i64""#
    )
    .fetch_one(&pool)
    .await?;
    println!("left: {} {}", left.posts, left.comments);
    pool.close().await;
    Ok(())
}
