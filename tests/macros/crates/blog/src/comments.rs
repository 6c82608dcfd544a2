//! Comments on posts.

use crate::failure::Failure;
use crate::posts::PostId;
use crate::router::{Request, Tx};

pub(crate) async fn create(
    tx: &mut Tx<'_>,
    post: PostId,
    request: &Request,
) -> Result<String, Failure> {
    let (author, body) = (request.number("author")?, request.text("body")?);
    let id: i64 = sqlx::query_scalar!(
        r#"INSERT INTO comments (post_id, author_id, body) VALUES (?, ?, ?) RETURNING id AS "id!""#,
        post as PostId,
        author,
        body
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(id.to_string())
}

pub(crate) async fn list(tx: &mut Tx<'_>, post: PostId) -> Result<String, Failure> {
    let comments = sqlx::query!(
        r#"SELECT c.body, u.name AS author FROM comments c JOIN users u ON u.id = c.author_id
           WHERE c.post_id = ? ORDER BY c.id"#,
        post as PostId
    )
    .fetch_all(&mut **tx)
    .await?;
    let comments: Vec<String> = comments
        .into_iter()
        .map(|c| format!("{}: {}", c.author, c.body))
        .collect();
    Ok(comments.join(", "))
}
