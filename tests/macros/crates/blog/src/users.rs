//! Users.

use crate::failure::Failure;
use crate::posts;
use crate::router::{Request, Tx};

#[derive(Debug, PartialEq)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) bio: Option<String>,
    pub(crate) is_admin: bool,
}

pub(crate) async fn find(tx: &mut Tx<'_>, name: &str) -> sqlx::Result<Option<User>> {
    sqlx::query_as!(
        User,
        "SELECT id, name, bio, is_admin FROM users WHERE name = ?",
        name
    )
    .fetch_optional(&mut **tx)
    .await
}

async fn insert(tx: &mut Tx<'_>, name: &str, bio: Option<&str>) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"INSERT INTO users (name, bio) VALUES (?, ?) RETURNING id AS "id!""#,
        name,
        bio
    )
    .fetch_one(&mut **tx)
    .await
}

pub(crate) async fn create(tx: &mut Tx<'_>, request: &Request) -> Result<String, Failure> {
    let id = insert(tx, request.text("name")?, request.find("bio")).await?;
    Ok(id.to_string())
}

/// Creates a user and a first post, or neither.
pub(crate) async fn create_with_post(
    tx: &mut Tx<'_>,
    request: &Request,
) -> Result<String, Failure> {
    let author = insert(tx, request.text("name")?, None).await?;
    posts::create(tx, author, request).await
}

pub(crate) async fn show(tx: &mut Tx<'_>, name: &str) -> Result<String, Failure> {
    let user = find(tx, name).await?.ok_or(Failure::NotFound)?;
    Ok(format!("{user:?}"))
}
