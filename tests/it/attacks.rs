//! The attack suite: named cases of servers that lie, flood, stall or break the protocol. Each ends in a typed error within
//! its deadline, without a panic, and leaves the connection usable or recognized as broken.
//!
//! A case is one row of a table: the server, what the client does there, and how it must end. The cases marked with
//! [`Attack::memory`] run in a child process, whose peak memory over its idle memory has a limit.

mod actions;
mod catalogs;
mod compression;
mod frames;
mod http2;
mod http2_floods;
mod ipc;
mod memory;
mod peer;
mod perform;
mod plans;
mod puts;
mod responses;
mod schemas;
mod sockets;
mod statuses;
#[cfg(feature = "oauth")]
mod tokens;

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use flightsql_testkit::Script;
use futures_util::future::BoxFuture;

use self::peer::Peer;
use self::perform::Act;

/// The time that a case may take. A case that ends by a timeout of the client sets a much shorter one.
const DEADLINE: Duration = Duration::from_secs(8);

/// A peer that plays its part on one socket.
type Talk = Box<dyn Fn(Peer) -> BoxFuture<'static, io::Result<()>> + Send + Sync>;

/// The server of a case.
enum Target {
    /// A script, for which further queries have a valid result.
    Script(Box<dyn Fn() -> Script + Send + Sync>),
    /// A peer that writes HTTP/2 frames, or other bytes, by hand.
    Peer { tls: bool, talk: Talk },
    /// A token server, next to a valid server.
    #[cfg(feature = "oauth")]
    Tokens(flightsql_testkit::TokenReply),
}

/// One case.
struct Attack {
    name: &'static str,
    target: Target,
    act: Act,
    options: String,
    /// The kind of the error; see [`perform::kind`].
    kind: &'static str,
    /// A part of the error's text.
    text: &'static str,
    after: &'static str,
    in_child: bool,
    deadline: Duration,
}

/// A case on a scripted server, at which the client reads a query. The error is a violation of the protocol unless the case says
/// otherwise.
fn attack(name: &'static str, script: impl Fn() -> Script + Send + Sync + 'static) -> Attack {
    Attack::new(name, Target::Script(Box::new(script)))
}

/// A case on a peer that completes the HTTP/2 preface, and then does as `talk` says.
fn peer<F>(name: &'static str, talk: impl Fn(Peer) -> F + Send + Sync + 'static) -> Attack
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let talk = std::sync::Arc::new(talk);
    let talk: Talk = Box::new(move |mut peer| {
        let talk = std::sync::Arc::clone(&talk);
        Box::pin(async move {
            peer.preface().await?;
            talk(peer).await
        })
    });
    Attack::new(name, Target::Peer { tls: false, talk })
}

/// A case on a peer that is no HTTP/2 server.
fn socket<F>(
    name: &'static str,
    tls: bool,
    talk: impl Fn(Peer) -> F + Send + Sync + 'static,
) -> Attack
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let talk: Talk = Box::new(move |peer| Box::pin(talk(peer)));
    let attack = Attack::new(name, Target::Peer { tls, talk });
    attack.act(Act::Connect).after("unconnected")
}

impl Attack {
    fn new(name: &'static str, target: Target) -> Self {
        Self {
            name,
            target,
            act: Act::Query,
            options: String::new(),
            kind: "protocol",
            text: "",
            after: "usable",
            in_child: false,
            deadline: DEADLINE,
        }
    }

    fn act(mut self, act: Act) -> Self {
        self.act = act;
        self
    }

    fn options(mut self, options: impl Into<String>) -> Self {
        self.options = options.into();
        self
    }

    /// Sets the kind of the error and a part of its text.
    fn fails(mut self, kind: &'static str, text: &'static str) -> Self {
        (self.kind, self.text) = (kind, text);
        self
    }

    /// Sets a part of the text of the error.
    fn says(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }

    /// Expects that the attack has no effect at all.
    fn harmless(self) -> Self {
        self.fails("fine", "")
    }

    fn after(mut self, after: &'static str) -> Self {
        self.after = after;
        self
    }

    /// Expects a connection that knows that it is broken.
    fn broken(self) -> Self {
        self.after("broken")
    }

    /// Runs the client in a process of its own, whose memory is measured.
    fn memory(mut self) -> Self {
        self.in_child = true;
        self
    }
}

/// All cases of the suite.
fn all() -> Vec<Attack> {
    let mut all = Vec::new();
    for (_, attacks) in groups() {
        all.extend(attacks);
    }
    all
}

macro_rules! groups {
    ($($(#[$cfg:meta])* $group:ident,)*) => {
        fn groups() -> Vec<(&'static str, Vec<Attack>)> {
            vec![$($(#[$cfg])* (stringify!($group), $group::attacks()),)*]
        }

        $(
            $(#[$cfg])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $group() {
                perform::group($group::attacks()).await;
            }
        )*
    };
}

groups! {
    actions,
    catalogs,
    compression,
    frames,
    http2,
    http2_floods,
    ipc,
    plans,
    puts,
    responses,
    schemas,
    sockets,
    statuses,
    #[cfg(feature = "oauth")]
    tokens,
}

#[test]
fn has_enough_cases() {
    let all = all();
    let names: BTreeSet<_> = all.iter().map(|attack| attack.name).collect();
    assert_eq!(names.len(), all.len(), "two cases have one name");
    let measured = all.iter().filter(|attack| attack.in_child).count();
    for (group, attacks) in groups() {
        println!("{group}: {}", attacks.len());
    }
    println!(
        "{} cases, {measured} of them with a limit of memory",
        all.len()
    );
    // SECURITY.md states these numbers.
    assert!(all.len() > 300, "{} cases", all.len());
    assert!(measured > 80, "{measured} cases with a limit of memory");
}
