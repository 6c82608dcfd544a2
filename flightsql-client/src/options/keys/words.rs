//! Values of URL keys for each choice.

use crate::dialect::{AuthMode, LocationPolicy};
use crate::options::tls::TlsVerify;
use crate::options::{Binds, DatetimePrecision, Login, Placeholders};

/// A type whose values a URL writes as words.
pub(in crate::options) trait Choice: Copy + PartialEq + 'static {
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
    Login { "connection" => PerConnection, "shared" => Shared }
    TlsVerify { "full" => Full, "none" => None }
    LocationPolicy { "same_origin" => SameOrigin, "ignore" => Ignore }
    Placeholders { "as_written" => AsWritten, "rewrite" => Rewrite }
    DatetimePrecision { "exact" => Exact, "truncate" => Truncate }
    Binds { "server" => Server, "literal" => Literal }
}
