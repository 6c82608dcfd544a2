//! Tokens of a provider: shared, refreshed ahead of the expiry, and requested again after a refusal.

use std::collections::HashSet;

use flightsql::StatusCode;
use futures_util::FutureExt as _;
use futures_util::future::{join_all, try_join_all};
use tokio::sync::Semaphore;

use super::*;
use crate::common::server_error;

#[tokio::test]
async fn requests_one_token_for_all_connections() {
    let server = server().await;
    let issuer = Issuer::new(&server, None);
    let options = trusting(&server, "", "").token_provider(issuer.clone());
    let connections = join_all((0..8).map(|_| connect(&options))).await;
    for mut connection in connections {
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
    }
    assert_eq!(issuer.count(), 1);
    assert_eq!(sent(&server), vec!["Bearer issued-1"; 8]);
    assert_eq!(server.count(Rpc::Handshake), 0);
}

/// The clock moves to shortly before each expiry. The server no longer accepts a token after its time.
#[tokio::test]
async fn refreshes_once_per_expiry_under_8_tasks() {
    const LIFE: Duration = Duration::from_secs(60);
    let server = server().await;
    let issuer = Issuer::new(&server, LIFE);
    let options = trusting(&server, "", "").token_provider(issuer.clone());
    let pool = pool(&options, 8).await;
    for expiry in 1..6 {
        for _ in 0..2 {
            let tasks = (0..8).map(|task| {
                let pool = pool.clone();
                tokio::spawn(async move {
                    for number in 0..10 {
                        let sql = AssertSqlSafe(format!("SELECT {number}"));
                        let got: i64 = query_scalar(sql).fetch_one(&pool).await.unwrap();
                        assert_eq!(got, number, "task {task}");
                    }
                })
            });
            try_join_all(tasks).await.unwrap();
        }
        assert_eq!(issuer.count(), expiry);
        // 6 s before the expiry, which is the tenth of the life in which tokens are refreshed.
        later(Duration::from_secs(55)).await;
    }
    let mut tokens = sent(&server);
    tokens.dedup();
    let issued: Vec<_> = (1..6)
        .map(|number| format!("Bearer issued-{number}"))
        .collect();
    assert_eq!(
        HashSet::from_iter(tokens.iter()),
        HashSet::<_>::from_iter(&issued)
    );
    assert_eq!(tokens.last(), issued.last());
}

#[tokio::test]
async fn waits_for_a_token_after_the_expiry() {
    let server = server().await;
    let issuer = Issuer::new(&server, Duration::from_secs(60));
    let options = trusting(&server, "", "").token_provider(issuer.clone());
    let mut connection = connect(&options).await;
    later(Duration::from_secs(61)).await;
    assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
    assert_eq!(sent(&server), ["Bearer issued-2"]);
}

#[tokio::test]
async fn requests_a_token_again_after_a_refusal() {
    let server = server().await;
    let issuer = Issuer::new(&server, None);
    let options = trusting(&server, "", "").token_provider(issuer.clone());
    let mut connections = join_all((0..8).map(|_| connect(&options))).await;
    server.revoke_tokens();
    // The first connection reports the token. The others use the next one.
    let first = select(&mut connections[0], 1).await;
    for connection in &mut connections[1..] {
        assert_eq!(select(connection, 2).await.unwrap(), 2);
    }
    if let Err(error) = first {
        let status = server_error(&error).status();
        assert_eq!(status, StatusCode::Unauthenticated);
    }
    assert_eq!(issuer.count(), 2);
}

#[tokio::test]
async fn returns_the_error_of_a_provider() {
    struct Broken(AtomicUsize);

    #[async_trait::async_trait]
    impl TokenProvider for Broken {
        async fn token(&self) -> Result<Token, BoxError> {
            self.0.fetch_add(1, Ordering::SeqCst);
            Err("the vault is sealed".into())
        }
    }

    let server = server().await;
    let broken = Arc::new(Broken(AtomicUsize::new(0)));
    struct Shared(Arc<Broken>);
    #[async_trait::async_trait]
    impl TokenProvider for Shared {
        async fn token(&self) -> Result<Token, BoxError> {
            self.0.token().await
        }
    }
    let options = trusting(&server, "", "").token_provider(Shared(Arc::clone(&broken)));
    let errors = join_all((0..64).map(|_| refused(&options))).await;
    for error in errors {
        let Error::Io(error) = error else {
            panic!("{error:?}");
        };
        let text = "the token provider failed; check its service and its credentials";
        let inner = error.get_ref().unwrap();
        assert_eq!(inner.to_string(), text);
        let cause = inner.source().unwrap();
        assert_eq!(cause.to_string(), "the vault is sealed");
    }
    assert_eq!(broken.0.load(Ordering::SeqCst), 1);
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn masks_tokens_in_the_error_of_a_provider() {
    struct Repeats(AtomicUsize, ServerHandle);

    #[async_trait::async_trait]
    impl TokenProvider for Repeats {
        async fn token(&self) -> Result<Token, BoxError> {
            if self.0.fetch_add(1, Ordering::SeqCst) > 0 {
                return Err("cannot renew hunter2-s3cret".into());
            }
            self.1.add_token("hunter2-s3cret", None);
            Ok(Token::bearer("hunter2-s3cret").expires_in(Duration::from_secs(60)))
        }
    }

    let server = server().await;
    let provider = Repeats(AtomicUsize::new(0), server.handle());
    let options = trusting(&server, "", "").token_provider(provider);
    let mut connection = connect(&options).await;
    later(Duration::from_secs(61)).await;
    let error = select(&mut connection, 1).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("cannot renew ***"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    assert!(!format!("{options:?}").contains("s3cret"));
}

/// Options whose provider returns what this function returns.
fn providing<F>(server: &TestServer, token: F) -> FlightSqlConnectOptions
where
    F: Fn() -> Result<Token, BoxError> + Send + Sync + 'static,
{
    struct Function<F>(F);

    #[async_trait::async_trait]
    impl<F: Fn() -> Result<Token, BoxError> + Send + Sync + 'static> TokenProvider for Function<F> {
        async fn token(&self) -> Result<Token, BoxError> {
            (self.0)()
        }
    }

    trusting(server, "", "").token_provider(Function(token))
}

#[tokio::test]
async fn returns_errors_for_panics_and_unusable_tokens() {
    let server = server().await;
    for (options, expected) in [
        (
            providing(&server, || panic!("hunter2-s3cret")),
            "the token provider panicked; return an error from it instead",
        ),
        (
            providing(&server, || Ok(Token::bearer("hunter2\ns3cret"))),
            "the token is empty or not printable ASCII; return it without white space at its ends",
        ),
        (
            providing(&server, || {
                Ok(Token::bearer("hunter2-s3cret").expires_in(Duration::ZERO))
            }),
            "the token has expired already; check the token provider, and the clock of this machine",
        ),
    ] {
        let error = refused(&options).await;
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
    assert_eq!(server.count_all(), 0);
}

/// A provider that waits for permits.
struct Slow(Arc<Semaphore>, Issuer);

#[async_trait::async_trait]
impl TokenProvider for Slow {
    async fn token(&self) -> Result<Token, BoxError> {
        self.0.acquire().await?.forget();
        self.1.token().await
    }
}

#[tokio::test]
async fn bounds_a_slow_provider_by_connect_timeout() {
    let server = server().await;
    let slow = Slow(Arc::new(Semaphore::new(0)), Issuer::new(&server, None));
    let options = trusting(&server, "", "").token_provider(slow);
    let options = options.connect_timeout(Duration::from_millis(300));
    let text = refused(&options).await.to_string();
    assert!(
        text.contains(
            "the request for a token was not answered within 300ms; raise `connect_timeout`"
        ),
        "{text}"
    );
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn dropped_connect_leaves_the_token_to_others() {
    let server = server().await;
    let gate = Arc::new(Semaphore::new(0));
    let issuer = Issuer::new(&server, None);
    let slow = Slow(Arc::clone(&gate), issuer.clone());
    let options = trusting(&server, "", "").token_provider(slow);
    let first = {
        let options = options.clone();
        tokio::spawn(async move { connect(&options).await })
    };
    let mut second = Box::pin(connect(&options));
    assert!(second.as_mut().now_or_never().is_none());
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    gate.add_permits(1);
    assert_eq!(select(&mut second.await, 1).await.unwrap(), 1);
    assert_eq!(issuer.count(), 1);
}

/// The server accepts no token of this provider.
#[tokio::test]
async fn bounds_logins_to_a_server_that_always_refuses() {
    let server = server().await;
    let other = self::server().await;
    let issuer = Issuer::new(&other, None);
    let options = trusting(&server, "", "").token_provider(issuer.clone());
    let pool = pool(&options, 4).await;
    for statement in 1..=3 {
        let outcome = query_scalar::<_, i64>("SELECT 1").fetch_one(&pool).await;
        let error = outcome.unwrap_err();
        let status = server_error(&error).status();
        assert_eq!(status, StatusCode::Unauthenticated);
        let calls = server.count(Rpc::GetFlightInfo);
        assert!(calls <= 2 * statement, "{calls} calls");
        assert!(issuer.count() <= 2 * statement + 1);
    }
}
