//! The keys of URLs, and their lookup by name.
//!
//! Parsing, printing and the documentation (`keys.md`) use the table in `keys/table.rs`.

mod table;

use super::settings::Setter;
use super::tls::{TlsRoots, TlsVerify};
use super::{
    Binds, ClientAuth, ConnectOptions, DatetimePrecision, HostOrder, LocationCredentials, Login,
    OAuthFlow, Placeholders, oauth,
};
use crate::dialect::{AuthMode, LocationPolicy};

#[cfg(test)]
pub(super) mod tests;

/// A key of a URL: one row of the table.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    /// The effect of the option, as one table cell.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "compared with keys.md by a test")
    )]
    pub(super) doc: &'static str,
    /// The default, as a URL writes it.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "compared with keys.md by a test")
    )]
    pub(super) default: &'static str,
    /// Whether printed URLs omit it.
    pub(super) secret: bool,
    /// Returns the values that printed URLs show, if they omit a part of them.
    pub(super) lossy: Option<Get>,
    /// Whether it may be repeated.
    pub(super) list: bool,
    /// Whether [`LockedOptions`](super::LockedOptions) reject it, since it weakens security.
    pub(super) locked: bool,
    /// Parses and sets a value.
    pub(super) set: Setter,
    /// Returns the current values as text; empty if there is none or another key prints it.
    pub(super) get: Get,
}

/// Returns the values of a key.
pub(super) type Get = fn(&ConnectOptions) -> Vec<String>;

impl Key {
    pub(super) const fn new(
        name: &'static str,
        default: &'static str,
        doc: &'static str,
        set: Setter,
        get: Get,
    ) -> Self {
        Key {
            name,
            aliases: &[],
            doc,
            default,
            secret: false,
            lossy: None,
            list: false,
            locked: false,
            set,
            get,
        }
    }

    pub(super) const fn alias(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(super) const fn lossy(mut self, get: Get) -> Self {
        self.lossy = Some(get);
        self
    }

    pub(super) const fn list(mut self) -> Self {
        self.list = true;
        self
    }

    pub(super) const fn locked(mut self) -> Self {
        self.locked = true;
        self
    }
}

/// All keys, in the order in which they are documented and printed.
pub(super) fn all() -> &'static [Key] {
    table::KEYS
}

/// Returns the key of this name; `-` may replace `_`, as in the URLs of SQLx's own drivers.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    let name = name.replace('-', "_");
    all()
        .iter()
        .find(|key| key.name == name || key.aliases.contains(&name.as_str()))
}

/// The prefixes of `header.NAME` and `session.NAME`.
pub(super) const HEADER: &str = "header.";
pub(super) const SESSION: &str = "session.";

/// Returns the known name that is most similar to `name`, if one is similar enough.
pub(super) fn nearest(name: &str, dialect_keys: &[String]) -> Option<String> {
    if let Some(key) = oauth::of_other_drivers(name) {
        return Some(key);
    }
    let name = name.to_ascii_lowercase();
    // The names of libpq and pgjdbc.
    if matches!(&*name, "load_balance_hosts" | "loadbalancehosts") {
        return Some("host_order".to_owned());
    }
    // The names are short, so a long one is not a typing error.
    if name.len() > 64 {
        return None;
    }
    if dialect_header_anywhere(&name) {
        return Some(format!("{HEADER}{name}"));
    }
    let name = name.replace('-', "_");
    let keys = all()
        .iter()
        .flat_map(|key| key.aliases.iter().chain([&key.name]));
    let allowed = 1 + name.len() / 4;
    keys.copied()
        .chain(dialect_keys.iter().map(String::as_str))
        .map(|known| (distance(&name, known), known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known.to_owned())
}

/// Returns `true` if a dialect sends this key as a header.
fn dialect_header_anywhere(name: &str) -> bool {
    crate::dialect::names()
        .iter()
        .filter_map(|dialect| crate::dialect::by_name(dialect))
        .any(|dialect| {
            let mut keys = dialect.profile().session.header_keys.iter();
            keys.any(|key| key == name)
        })
}

/// Returns the Levenshtein distance: the number of characters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replace = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// A type whose values a URL writes as words.
pub(super) trait Choice: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

macro_rules! choices {
    ($($choice:ident { $($word:literal => $variant:ident),* })*) => {$(
        impl Choice for $choice {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),*];
        }
    )*};
}

choices! {
    AuthMode { "handshake" => Handshake, "basic" => Basic }
    HostOrder { "ordered" => Ordered, "random" => Random }
    Login { "connection" => PerConnection, "shared" => Shared }
    OAuthFlow { "client_credentials" => ClientCredentials, "token_exchange" => TokenExchange }
    ClientAuth { "basic" => Basic, "body" => Body }
    TlsRoots { "system" => System, "webpki" => Webpki }
    TlsVerify { "full" => Full, "ca" => Ca, "none" => None }
    LocationPolicy { "same_origin" => SameOrigin, "allow_list" => AllowList, "ignore" => Ignore }
    LocationCredentials { "none" => None, "allow_list" => AllowList }
    Placeholders { "as_written" => AsWritten, "rewrite" => Rewrite }
    DatetimePrecision { "exact" => Exact, "truncate" => Truncate }
    Binds { "server" => Server, "literal" => Literal }
}
