//! Values of URL keys for each choice.

use crate::dialect::{AuthMode, LocationPolicy};
use crate::options::tls::TlsVerify;
use crate::options::{Binds, DatetimePrecision, Login, Placeholders};

pub(super) const AUTH: &[(&str, AuthMode)] = &[
    ("handshake", AuthMode::Handshake),
    ("basic", AuthMode::Basic),
];
pub(super) const LOGIN: &[(&str, Login)] = &[
    ("connection", Login::PerConnection),
    ("shared", Login::Shared),
];
pub(super) const VERIFY: &[(&str, TlsVerify)] =
    &[("full", TlsVerify::Full), ("none", TlsVerify::None)];
pub(super) const LOCATIONS: &[(&str, LocationPolicy)] = &[
    ("same_origin", LocationPolicy::SameOrigin),
    ("ignore", LocationPolicy::Ignore),
];
pub(super) const PLACEHOLDERS: &[(&str, Placeholders)] = &[
    ("as_written", Placeholders::AsWritten),
    ("rewrite", Placeholders::Rewrite),
];
pub(super) const DATETIME_PRECISION: &[(&str, DatetimePrecision)] = &[
    ("exact", DatetimePrecision::Exact),
    ("truncate", DatetimePrecision::Truncate),
];
pub(super) const BINDS: &[(&str, Binds)] =
    &[("server", Binds::Server), ("literal", Binds::Literal)];
