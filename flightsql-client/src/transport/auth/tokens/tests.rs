//! The shared token with paused time: one request for all waiting callers, in every order of events.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::advance;

use super::super::source::held;
use super::*;
use crate::error::BoxError;
use crate::options::Token;

const LIMIT: Duration = Duration::from_secs(10);

/// A source whose requests wait for a permit. Its tokens are `t1`, `t2`, … with this life.
struct Source {
    requests: AtomicUsize,
    gate: Semaphore,
    life: Option<Duration>,
    waits: bool,
    fails: std::sync::atomic::AtomicBool,
}

impl Source {
    fn new(life: Option<Duration>) -> Arc<Self> {
        Arc::new(Self {
            requests: AtomicUsize::new(0),
            gate: Semaphore::new(0),
            life,
            waits: false,
            fails: false.into(),
        })
    }

    /// A source that responds at once.
    fn open(life: Option<Duration>) -> Arc<Self> {
        let source = Self::new(life);
        source.gate.add_permits(1000);
        source
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn fail(&self, on: bool) {
        self.fails.store(on, Ordering::SeqCst);
    }

    fn fetch(self: &Arc<Self>) -> Fetch {
        let source = Arc::clone(self);
        Box::pin(async move {
            let number = source.requests.fetch_add(1, Ordering::SeqCst) + 1;
            source.gate.acquire().await.unwrap().forget();
            if source.fails.load(Ordering::SeqCst) {
                return Err(failure(number));
            }
            let mut token = Token::bearer(format!("t{number}"));
            if let Some(life) = source.life {
                token = token.expires_at(SystemTime::UNIX_EPOCH + life);
            }
            let mut held = held(&token, SystemTime::UNIX_EPOCH)?;
            held.waits = source.waits;
            Ok(held)
        })
    }
}

fn failure(number: usize) -> Error {
    let source: Arc<dyn std::error::Error + Send + Sync> =
        Arc::from(BoxError::from(format!("cause {number}")));
    Error::io(
        std::io::ErrorKind::Other,
        "the provider failed",
        Some(Box::new(source)),
    )
}

async fn get(tokens: &Arc<Tokens>, source: &Arc<Source>) -> Result<Arc<Held>> {
    tokens
        .current(Origin::Source, LIMIT, || source.fetch())
        .await
}

async fn name(tokens: &Arc<Tokens>, source: &Arc<Source>) -> String {
    text(&get(tokens, source).await.unwrap())
}

fn text(held: &Held) -> String {
    let value = held.credential.authorization.as_ref().unwrap();
    value.to_str().unwrap().replace("Bearer ", "")
}

/// Runs the tasks that are ready.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn requests_once_for_all_callers() {
    let (tokens, source) = (Arc::new(Tokens::default()), Source::new(None));
    let waiting = join_all((0..64).map(|_| name(&tokens, &source)));
    let (names, ()) = tokio::join!(waiting, async {
        settle().await;
        source.gate.add_permits(1);
    });
    assert_eq!(names, vec!["t1"; 64]);
    assert_eq!(source.requests(), 1);
    assert_eq!(name(&tokens, &source).await, "t1");
    assert_eq!(source.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn dropped_caller_leaves_the_request_to_others() {
    let (tokens, source) = (Arc::new(Tokens::default()), Source::new(None));
    let mut first = Box::pin(get(&tokens, &source));
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(name(&tokens, &source));
    assert!(second.as_mut().now_or_never().is_none());
    settle().await;
    drop(first);
    source.gate.add_permits(1);
    assert_eq!(second.await, "t1");
    assert_eq!(source.requests(), 1);
}

#[tokio::test(start_paused = true)]
async fn replaces_a_request_whose_runtime_is_gone() {
    let (tokens, source) = (Arc::new(Tokens::default()), Source::new(None));
    let (other, own) = (Arc::clone(&tokens), Arc::clone(&source));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_all().build().unwrap();
        let never = async { tokio::time::timeout(Duration::ZERO, get(&other, &own)).await };
        assert!(runtime.block_on(never).is_err());
    })
    .join()
    .unwrap();
    // The request that was dropped may not have begun.
    source.gate.add_permits(1);
    let name = name(&tokens, &source).await;
    assert_eq!(name, format!("t{}", source.requests()));
}

#[tokio::test(start_paused = true)]
async fn callers_share_a_failure_for_a_second() {
    let (tokens, source) = (Arc::new(Tokens::default()), Source::new(None));
    source.fail(true);
    let waiting = join_all((0..64).map(|_| get(&tokens, &source)));
    let (outcomes, ()) = tokio::join!(waiting, async {
        settle().await;
        source.gate.add_permits(1000);
    });
    for outcome in outcomes {
        let error = outcome.err().unwrap();
        assert_eq!(error.to_string(), "the provider failed");
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "cause 1");
    }
    advance(Duration::from_millis(999)).await;
    assert!(get(&tokens, &source).await.is_err());
    assert_eq!(source.requests(), 1);
    advance(Duration::from_millis(1)).await;
    source.fail(false);
    assert_eq!(name(&tokens, &source).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn bounds_a_slow_request() {
    let (tokens, source) = (Arc::new(Tokens::default()), Source::new(None));
    let error = get(&tokens, &source).await.err().unwrap();
    assert_eq!(
        error.to_string(),
        "the request for a token was not answered within 10s; raise `connect_timeout` if the server needs longer"
    );
}

#[tokio::test(start_paused = true)]
async fn returns_a_panic_as_an_error() {
    let tokens = Arc::new(Tokens::default());
    let panics = || -> Fetch { Box::pin(async { panic!("hunter2") }) };
    let outcome = tokens.current(Origin::Source, LIMIT, panics).await;
    assert_eq!(
        outcome.err().unwrap().to_string(),
        "the token provider panicked; return an error from it instead"
    );
}

#[tokio::test(start_paused = true)]
async fn refreshes_ahead_of_the_expiry() {
    let life = Duration::from_secs(100);
    let (tokens, source) = (Arc::new(Tokens::default()), Source::open(Some(life)));
    let first = get(&tokens, &source).await.unwrap();
    advance(Duration::from_millis(89_999)).await;
    assert!(tokens.is_current(&first));
    assert_eq!(name(&tokens, &source).await, "t1");
    settle().await;
    assert_eq!(source.requests(), 1);
    // A tenth of its life is left. The token is returned while the next one is on its way.
    advance(Duration::from_millis(1)).await;
    assert!(!tokens.is_current(&first));
    assert_eq!(name(&tokens, &source).await, "t1");
    settle().await;
    assert_eq!(name(&tokens, &source).await, "t2");
    assert_eq!(source.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn keeps_a_valid_token_while_the_refresh_fails() {
    let life = Duration::from_secs(1000);
    let (tokens, source) = (Arc::new(Tokens::default()), Source::open(Some(life)));
    assert_eq!(name(&tokens, &source).await, "t1");
    source.fail(true);
    // 30 s are left, and attempts wait for a quarter of the rest.
    advance(Duration::from_secs(970)).await;
    for _ in 0..100 {
        assert_eq!(name(&tokens, &source).await, "t1");
        settle().await;
    }
    assert_eq!(source.requests(), 2);
    advance(Duration::from_millis(7500)).await;
    assert_eq!(name(&tokens, &source).await, "t1");
    settle().await;
    assert_eq!(source.requests(), 3);
    // The token has expired.
    advance(Duration::from_millis(22_500)).await;
    assert!(get(&tokens, &source).await.is_err());
    assert_eq!(source.requests(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_requested_again_once() {
    let (tokens, source) = (Arc::new(Tokens::default()), Source::open(None));
    let first = get(&tokens, &source).await.unwrap();
    for _ in 0..64 {
        tokens.refused(&first);
        assert_eq!(name(&tokens, &source).await, "t2");
    }
    assert_eq!(source.requests(), 2);
}

#[tokio::test(start_paused = true)]
async fn waits_for_a_fast_refresh() {
    let mut source = Source::open(Some(Duration::from_secs(100)));
    Arc::get_mut(&mut source).unwrap().waits = true;
    let tokens = Arc::new(Tokens::default());
    assert_eq!(name(&tokens, &source).await, "t1");
    advance(Duration::from_secs(95)).await;
    assert_eq!(name(&tokens, &source).await, "t2");
}

#[tokio::test(start_paused = true)]
async fn a_rotated_token_replaces_the_latest_only() {
    let (tokens, source) = (Arc::new(Tokens::default()), Source::open(None));
    let first = get(&tokens, &source).await.unwrap();
    let rotated = held(&Token::bearer("r"), SystemTime::UNIX_EPOCH).unwrap();
    let second = tokens.rotated(&first, &rotated.credential).unwrap();
    assert_eq!(name(&tokens, &source).await, "r");
    assert!(tokens.rotated(&first, &rotated.credential).is_none());
    assert!(tokens.is_current(&second) && !tokens.is_current(&first));
}

#[test]
fn refuses_unusable_tokens() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
    let refused = |token: &Token| held(token, now).err().unwrap().to_string();
    for token in ["", "hunter2\n", "hunter\u{e4}", "hunter2 "] {
        let text = refused(&Token::bearer(token));
        assert!(text.contains("is empty or not printable ASCII"), "{text}");
        assert!(!text.contains("hunter"), "{text}");
    }
    assert!(refused(&Token::authorization("")).contains("is empty"));
    for expired in [now, now - Duration::from_secs(60)] {
        let text = refused(&Token::bearer("hunter2").expires_at(expired));
        assert!(text.contains("has expired already"), "{text}");
    }
    assert!(held(&Token::authorization("Digest a=b"), now).is_ok());
}

#[test]
fn debug_prints_no_token() {
    let tokens = Tokens::default();
    lock(&tokens.0).held = Some(Arc::new(
        held(&Token::bearer("hunter2"), SystemTime::UNIX_EPOCH).unwrap(),
    ));
    let text = format!("{tokens:?}");
    assert_eq!(text, "Tokens { has_token: true, is_requesting: false }");
}

#[test]
fn refuses_a_token_that_is_too_long() {
    let now = SystemTime::UNIX_EPOCH;
    let sized = |size: usize| Token::authorization("a".repeat(size));
    assert!(held(&sized(64 << 10), now).is_ok());
    let error = held(&sized((64 << 10) + 1), now).err().unwrap();
    let text = error.to_string();
    assert!(text.contains("longer than 65536 bytes"), "{text}");
}
