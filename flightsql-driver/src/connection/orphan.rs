//! Server-side things whose maker was dropped (layer 4).
//!
//! A future that is dropped while the server makes a handle or a transaction would never learn its id, and
//! the server would keep it. So the call runs in a task of its own, and a result that nobody takes is
//! given back.

use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// Runs `call` to its end whatever happens to this future; `give_back` gets a result that nobody took.
/// Cancel-safe.
pub(crate) async fn adopt<T, F, G>(call: F, give_back: G) -> Result<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
    G: FnOnce(T) + Send + 'static,
{
    let (send, receive) = oneshot::channel();
    tokio::spawn(async move {
        let result = call.await.map(|value| Held {
            value: Some((value, give_back)),
        });
        // A receiver that is gone drops the value here, one that goes later drops it there.
        let _ = send.send(result);
    });
    match receive.await {
        Ok(held) => held?.take(),
        Err(_) => Err(shut_down()),
    }
}

fn shut_down() -> Error {
    Error::wire(
        std::io::ErrorKind::Interrupted,
        "the runtime shut down in the middle of a call",
        None,
    )
}

/// A value that is given back when it is dropped untaken.
struct Held<T, G: FnOnce(T)> {
    value: Option<(T, G)>,
}

impl<T, G: FnOnce(T)> Held<T, G> {
    fn take(mut self) -> Result<T> {
        self.value
            .take()
            .map(|(value, _)| value)
            .ok_or_else(shut_down)
    }
}

impl<T, G: FnOnce(T)> Drop for Held<T, G> {
    fn drop(&mut self) {
        if let Some((value, give_back)) = self.value.take() {
            give_back(value);
        }
    }
}
