//! Posts, whose list a filter selects.

use sqlx::types::chrono::NaiveDateTime;
use sqlx::{FromRow, QueryBuilder, Sqlite};

use crate::failure::Failure;
use crate::router::{Request, Tx};

/// A type for one column, which implements SQLx's traits for every database, as macros of other crates do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PostId(pub(crate) i64);

impl<DB: ::sqlx::Database> ::sqlx::Type<DB> for PostId
where
    i64: ::sqlx::Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as ::sqlx::Type<DB>>::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        <i64 as ::sqlx::Type<DB>>::compatible(info)
    }
}

impl<'q, DB: ::sqlx::Database> ::sqlx::Encode<'q, DB> for PostId
where
    i64: ::sqlx::Encode<'q, DB>,
{
    fn encode_by_ref(
        &self,
        buffer: &mut <DB as ::sqlx::Database>::ArgumentBuffer,
    ) -> Result<::sqlx::encode::IsNull, ::sqlx::error::BoxDynError> {
        ::sqlx::Encode::<DB>::encode_by_ref(&self.0, buffer)
    }
}

impl<'r, DB: ::sqlx::Database> ::sqlx::Decode<'r, DB> for PostId
where
    i64: ::sqlx::Decode<'r, DB>,
{
    fn decode(
        value: <DB as ::sqlx::Database>::ValueRef<'r>,
    ) -> Result<Self, ::sqlx::error::BoxDynError> {
        ::sqlx::Decode::<DB>::decode(value).map(Self)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, sqlx::Type)]
#[sqlx(rename_all = "lowercase")]
pub(crate) enum Status {
    Draft,
    Published,
}

/// A row of the list, which is read without a macro, since its SQL depends on the filter.
#[derive(Debug, FromRow)]
#[expect(dead_code, reason = "printed")]
struct Summary {
    id: PostId,
    title: String,
    #[sqlx(rename = "name")]
    author: String,
    status: Status,
    published_at: Option<NaiveDateTime>,
    comments: i64,
}

pub(crate) async fn create(
    tx: &mut Tx<'_>,
    author: i64,
    request: &Request,
) -> Result<String, Failure> {
    let (title, body) = (request.text("title")?, request.text("body")?);
    let post = sqlx::query!(
        r#"INSERT INTO posts (author_id, title, body) VALUES (?, ?, ?) RETURNING id AS "id!: PostId", status AS "status!: Status""#,
        author,
        title,
        body
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(format!("{:?} {:?}", post.id, post.status))
}

pub(crate) async fn publish(
    tx: &mut Tx<'_>,
    id: PostId,
    request: &Request,
) -> Result<String, Failure> {
    let at = NaiveDateTime::parse_from_str(request.text("at")?, "%Y-%m-%d %H:%M:%S");
    let at = at.map_err(|_| Failure::Invalid("at"))?;
    let changed = sqlx::query!(
        "UPDATE posts SET status = ?, published_at = ? WHERE id = ?",
        Status::Published as Status,
        at,
        id as PostId
    )
    .execute(&mut **tx)
    .await?;
    if changed.rows_affected() == 0 {
        return Err(Failure::NotFound);
    }
    let post = sqlx::query!(
        "SELECT title, published_at FROM posts WHERE id = ?",
        id as PostId
    )
    .fetch_one(&mut **tx)
    .await?;
    let at: Option<NaiveDateTime> = post.published_at;
    Ok(format!("{} {at:?}", post.title))
}

pub(crate) async fn list(tx: &mut Tx<'_>, request: &Request) -> Result<String, Failure> {
    let mut sql = QueryBuilder::<Sqlite>::new(
        "SELECT p.id, p.title, u.name, p.status, p.published_at, \
         (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS comments \
         FROM posts p JOIN users u ON u.id = p.author_id WHERE 1 = 1",
    );
    if let Some(status) = request.find("status") {
        sql.push(" AND p.status = ").push_bind(status.to_owned());
    }
    if request.find("author").is_some() {
        sql.push(" AND p.author_id = ")
            .push_bind(request.number("author")?);
    }
    sql.push(" ORDER BY p.id");
    let posts: Vec<Summary> = sql.build_query_as().fetch_all(&mut **tx).await?;
    Ok(format!("{posts:?}"))
}

pub(crate) async fn delete(tx: &mut Tx<'_>, id: PostId) -> Result<String, Failure> {
    let deleted = sqlx::query("DELETE FROM posts WHERE id = ?")
        .bind(id)
        .execute(&mut **tx)
        .await?;
    Ok(format!("{} deleted", deleted.rows_affected()))
}
