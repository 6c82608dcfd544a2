//! [`Key`]: one row of the table of options.

use super::ConnectOptions;
use super::settings::Setter;

/// One option that a URL can hold.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) aliases: &'static [&'static str],
    /// The effect of the option, as one table cell.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "compared with keys.md by a test")
    )]
    pub(super) doc: &'static str,
    /// The default, as it would be written.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "compared with keys.md by a test")
    )]
    pub(super) default: &'static str,
    /// Left out of printed URLs.
    pub(super) secret: bool,
    /// May be given several times.
    pub(super) list: bool,
    /// Reads a value.
    pub(super) set: Setter,
    /// The current values as text; empty when there is none or another key prints it.
    pub(super) get: fn(&ConnectOptions) -> Vec<String>,
}

impl Key {
    pub(super) const fn new(
        name: &'static str,
        default: &'static str,
        doc: &'static str,
        set: Setter,
        get: fn(&ConnectOptions) -> Vec<String>,
    ) -> Self {
        Key {
            name,
            aliases: &[],
            doc,
            default,
            secret: false,
            list: false,
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

    pub(super) const fn list(mut self) -> Self {
        self.list = true;
        self
    }
}
