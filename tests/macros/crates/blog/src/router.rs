//! Requests as text, and the transaction of each.

use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::failure::Failure;
use crate::{comments, posts, users};

/// The transaction of one request.
pub(crate) type Tx<'a> = Transaction<'a, Sqlite>;

#[derive(Debug)]
pub(crate) struct Request {
    method: String,
    path: Vec<String>,
    form: Vec<(String, String)>,
}

impl Request {
    /// Reads `METHOD /path name=value&…`.
    pub(crate) fn parse(line: &str) -> Self {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (method, path, form) = (word(), word(), word());
        let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
        Self {
            method,
            path: path.split('/').skip(1).map(str::to_owned).collect(),
            form: pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<&str, Failure> {
        self.find(name).ok_or(Failure::Invalid(name))
    }

    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let pair = self.form.iter().find(|(known, _)| known == name);
        pair.map(|(_, value)| &**value)
    }

    pub(crate) fn number(&self, name: &'static str) -> Result<i64, Failure> {
        self.text(name)?.parse().map_err(|_| Failure::Invalid(name))
    }
}

/// Runs a request in a transaction, which only a success commits.
pub(crate) async fn respond(pool: &SqlitePool, request: &Request) -> String {
    let response = async {
        let mut tx = pool.begin().await?;
        let body = route(&mut tx, request).await?;
        tx.commit().await?;
        Ok::<_, Failure>(body)
    };
    match response.await {
        Ok(body) => format!("200 {body}"),
        Err(failure) => failure.to_string(),
    }
}

async fn route(tx: &mut Tx<'_>, request: &Request) -> Result<String, Failure> {
    let path: Vec<&str> = request.path.iter().map(|part| &**part).collect();
    let id = |text: &str| {
        text.parse()
            .map(posts::PostId)
            .map_err(|_| Failure::NotFound)
    };
    match (&*request.method, &*path) {
        ("POST", ["users"]) => users::create(tx, request).await,
        ("GET", ["users", name]) => users::show(tx, name).await,
        ("POST", ["guests"]) => users::create_with_post(tx, request).await,
        ("POST", ["posts"]) => posts::create(tx, request.number("author")?, request).await,
        ("GET", ["posts"]) => posts::list(tx, request).await,
        ("POST", ["posts", post, "publish"]) => posts::publish(tx, id(post)?, request).await,
        ("DELETE", ["posts", post]) => posts::delete(tx, id(post)?).await,
        ("POST", ["posts", post, "comments"]) => comments::create(tx, id(post)?, request).await,
        ("GET", ["posts", post, "comments"]) => comments::list(tx, id(post)?).await,
        _ => Err(Failure::NotFound),
    }
}
