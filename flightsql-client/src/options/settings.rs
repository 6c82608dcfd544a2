//! [`Settings`]: the options of a URL while it is read, and the setters of its keys.

use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::builder::replace;
use super::text::{ValueError, boolean};
use super::tls::{ClientIdentity, Pem, TlsVerify};
use super::{
    ConnectOptions, Credentials, LockedOptions, OAuth, OptionsError, Secret, SecretCommand,
    TokenSource, Transport, command, file, keys,
};
use crate::dialect::{find_file, presets};
use crate::{dialect, dialect_file};

pub(super) type Setter = fn(&mut Settings, &str) -> Result<(), ValueError>;

/// Returns `true` for the keys that select the dialect, which defines further keys.
pub(super) fn selects_dialect(name: &str) -> bool {
    matches!(name, "dialect" | "dialect_file" | "dialect-file")
}

pub(super) fn put<T>(place: &mut T, value: Result<T, ValueError>) -> Result<(), ValueError> {
    *place = value?;
    Ok(())
}

/// Options while their URL is read. Settings that can occur in several places wait next to them.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) options: ConnectOptions,
    /// The keys of the table that occurred, in the query or in other places.
    pub(super) seen: Vec<&'static str>,
    /// The keys `header.NAME` and `session.NAME` that occurred.
    pub(super) families: Vec<String>,
    /// The options of the program, if the keys come from a URL that must not weaken them.
    lock: Option<LockedOptions>,
    /// The folders of a relative `dialect_file`; empty for the current folder.
    folders: Vec<PathBuf>,
    /// Whether the scheme of the URL specifies the dialect.
    pub(super) in_scheme: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    /// A command of a profile.
    pub(super) password_command: Option<SecretCommand>,
    /// The token, or its source.
    pub(super) token: Option<Credentials>,
    oauth: Option<OAuth>,
    verify: Option<TlsVerify>,
    client_cert: Option<Pem>,
    client_key: Option<Pem>,
}

/// The settings that can occur in more than one place of a URL.
impl Settings {
    pub(super) fn new(folders: &[PathBuf]) -> Self {
        Self {
            folders: folders.to_vec(),
            ..Self::default()
        }
    }

    /// Returns settings over the options of a program, which reject the keys that these options lock.
    pub(super) fn over(lock: &LockedOptions) -> Self {
        Self {
            options: lock.base().clone(),
            lock: Some(lock.clone()),
            ..Self::default()
        }
    }

    /// Sets keys by name. The order of the keys has no meaning, except for lists.
    ///
    /// This is the way of every source of options that is text: URLs, profiles and the environment.
    pub(super) fn set_all(
        &mut self,
        mut pairs: Vec<(String, Zeroizing<String>)>,
    ) -> Result<(), OptionsError> {
        // The dialect defines further keys.
        pairs.sort_by_key(|(name, _)| !selects_dialect(name));
        pairs
            .iter()
            .try_for_each(|(name, value)| self.set(name, value))
    }

    /// Sets one key by name, or rejects an unknown, repeated or locked key before it reads the value.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), OptionsError> {
        if let Some((key, problem)) = command::refused(name) {
            return Err(OptionsError::value(key, problem));
        }
        if let Some(key) = keys::find(name) {
            if self.seen.contains(&key.name) && !key.list {
                return Err(OptionsError::Repeated(key.name.to_owned()));
            }
            if let Some(lock) = self.lock.as_ref().filter(|_| key.locked) {
                lock.permit(key.name)?;
            }
            self.seen.push(key.name);
            return (key.set)(self, value)
                .map_err(|problem| OptionsError::value(key.name, problem));
        }
        let of_dialect = self.is_header_of_dialect(name);
        let header = name
            .strip_prefix(keys::HEADER)
            .or_else(|| of_dialect.then_some(name));
        let entry = match (header, name.strip_prefix(keys::SESSION)) {
            (Some(header), _) => format!("{}{}", keys::HEADER, header.to_ascii_lowercase()),
            (None, Some(_)) => name.to_owned(),
            (None, None) => return Err(self.unknown(name)),
        };
        if self.families.contains(&entry) {
            return Err(OptionsError::Repeated(entry));
        }
        if let Some(header) = entry.strip_prefix(keys::HEADER) {
            self.permit_header(header, &entry)?;
            replace(
                &mut self.options.headers,
                header.to_owned(),
                Secret::new(value),
            );
        } else if let Some(option) = entry.strip_prefix(keys::SESSION) {
            if let Some(lock) = self.lock.as_ref().filter(|lock| lock.has_session(option)) {
                lock.permit(&entry)?;
            }
            replace(
                &mut self.options.session,
                option.to_owned(),
                value.to_owned(),
            );
        }
        self.families.push(entry);
        Ok(())
    }

    fn is_header_of_dialect(&self, name: &str) -> bool {
        let keys = &self.options.dialect.profile().session.header_keys;
        keys.iter().any(|key| key == name)
    }

    /// Rejects a header that may carry credentials, and one that the program sets.
    fn permit_header(&self, header: &str, entry: &str) -> Result<(), OptionsError> {
        match &self.lock {
            Some(lock) if lock.has_header(header) || !self.is_header_of_dialect(header) => {
                lock.permit(entry)
            }
            _ => Ok(()),
        }
    }

    fn unknown(&self, name: &str) -> OptionsError {
        let of_dialect = &self.options.dialect.profile().session.header_keys;
        OptionsError::UnknownKey {
            key: name.chars().take(64).collect(),
            nearest: keys::nearest(name, of_dialect),
        }
    }

    /// Sets the transport of a URL's scheme.
    pub(super) fn transport(&mut self, transport: Transport) -> Result<(), OptionsError> {
        if let Some(lock) = &self.lock {
            lock.permit_transport(&transport)?;
        }
        self.options.transport = transport;
        Ok(())
    }

    /// Returns `true` if the keys must not weaken the options of the program.
    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// Returns the options, once they are complete and checked.
    pub(super) fn finish(mut self) -> Result<ConnectOptions, OptionsError> {
        let base = match &self.lock {
            Some(lock) => lock.base().credentials.clone(),
            None => Credentials::Anonymous,
        };
        if let Some(command) = self.password_command {
            if self.token.is_some() || self.password.is_some() {
                let text =
                    "`password_command` and a password or token are specified; keep one of them";
                return Err(OptionsError::Conflict(text.into()));
            }
            let user = self.user.take().unwrap_or_default();
            self.token = Some(Credentials::PasswordCommand { user, command });
        }
        self.options.credentials = match (self.token, self.user, self.password) {
            (None, None, None) if self.oauth.is_none() => base,
            (None, None, None) => Credentials::Anonymous,
            (Some(token), None, None) => token,
            (Some(_), ..) => {
                let text = "a token and a user are specified; keep one of them";
                return Err(OptionsError::Conflict(text.into()));
            }
            (None, user, password) => Credentials::Basic {
                user: user.unwrap_or_default(),
                password: password.unwrap_or_else(|| Secret::new("")),
            },
        };
        if let Some(oauth) = self.oauth {
            if self.options.credentials != Credentials::Anonymous {
                let text = "`oauth.…` and a user or token are specified; keep one of them";
                return Err(OptionsError::Conflict(text.into()));
            }
            self.options.credentials = Credentials::Tokens(TokenSource::OAuth(Arc::new(oauth)));
        }
        match (self.client_cert, self.client_key) {
            (None, None) => {}
            (Some(cert), Some(key)) => {
                self.options.tls.client_identity = Some(ClientIdentity { cert, key });
            }
            (Some(_), None) | (None, Some(_)) => {
                let text = "`tls_client_cert` and `tls_client_key` require each other";
                return Err(OptionsError::Conflict(text.into()));
            }
        }
        if let Some(lock) = &self.lock {
            lock.permit_options(&self.seen, &self.options)?;
        }
        self.options.check()?;
        Ok(self.options)
    }

    pub(super) fn dialect(&mut self, name: &str) -> Result<(), ValueError> {
        if self.seen.contains(&"dialect_file") {
            return Err("contradicts `dialect_file`; remove one of them".into());
        }
        if name == dialect::AUTO {
            if self.in_scheme {
                return Err("contradicts the dialect in the URL's scheme".into());
            }
            self.options.set_dialect(Arc::new(presets::ansi()), true);
            return Ok(());
        }
        let known = dialect::by_name(name)
            .ok_or_else(|| format!("must be auto or one of {}", dialect::names().join(", ")))?;
        if self.in_scheme && self.options.dialect.name() != known.name() {
            return Err("contradicts the dialect in the URL's scheme".into());
        }
        self.options.set_dialect(known, false);
        Ok(())
    }

    pub(super) fn dialect_file(&mut self, path: &str) -> Result<(), ValueError> {
        if self.in_scheme {
            return Err("contradicts the dialect in the URL's scheme; remove one of them".into());
        }
        if self.seen.contains(&"dialect") {
            return Err("contradicts `dialect`; remove one of them".into());
        }
        let unusable = |error| ValueError::from(format!("cannot be used: {error}"));
        let path = find_file(path.as_ref(), &self.folders).map_err(unusable)?;
        let profile = dialect_file::load(&path).map_err(unusable)?;
        self.options.set_dialect(Arc::new(profile), false);
        self.options.dialect_file = Some(path);
        Ok(())
    }

    pub(super) fn insecure(&mut self, value: &str) -> Result<(), ValueError> {
        match (boolean(value)?, &self.options.transport) {
            (true, Transport::Tls) => {
                self.options.transport = Transport::Tcp;
                Ok(())
            }
            (false, Transport::Tcp | Transport::Unix(_)) => {
                Err("contradicts the plaintext scheme of the URL".into())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn password(&mut self, value: &str) -> Result<(), ValueError> {
        once(&mut self.password, Secret::new(value), TWO_PASSWORDS)
    }

    pub(super) fn password_file(&mut self, path: &str) -> Result<(), ValueError> {
        let text = file::read_secret(path.as_ref())?;
        once(&mut self.password, Secret::new(&**text), TWO_PASSWORDS)
    }

    pub(super) fn token(&mut self, value: &str) -> Result<(), ValueError> {
        let token = Credentials::Bearer(Secret::new(value));
        once(&mut self.token, token, TWO_TOKENS)
    }

    pub(super) fn authorization(&mut self, value: &str) -> Result<(), ValueError> {
        let text = Credentials::Authorization(Secret::new(value));
        once(&mut self.token, text, TWO_TOKENS)
    }

    pub(super) fn token_file(&mut self, path: &str) -> Result<(), ValueError> {
        // Connections read the file again. A URL that cannot work is an error when it is parsed.
        file::token(path.as_ref())?;
        let file = TokenSource::File(path.into());
        once(&mut self.token, Credentials::Tokens(file), TWO_TOKENS)
    }

    /// Returns the token server, which the first of its keys creates.
    pub(super) fn oauth(&mut self) -> &mut OAuth {
        self.oauth.get_or_insert_default()
    }

    pub(super) fn ca(&mut self, pem: Pem) -> Result<(), ValueError> {
        self.options.tls.add_ca(pem);
        Ok(())
    }

    pub(super) fn system_roots(&mut self, value: &str) -> Result<(), ValueError> {
        self.options.tls.choose_system_roots(boolean(value)?);
        Ok(())
    }

    pub(super) fn verify(&mut self, verify: TlsVerify) -> Result<(), ValueError> {
        self.options.tls.verify = verify;
        once(&mut self.verify, verify, TWO_VERIFY)
    }

    pub(super) fn client_cert(&mut self, pem: Pem) -> Result<(), ValueError> {
        once(&mut self.client_cert, pem, TWO_FORMS)
    }

    pub(super) fn client_key(&mut self, pem: Pem) -> Result<(), ValueError> {
        once(&mut self.client_key, pem, TWO_FORMS)
    }
}

pub(super) const TWO_PASSWORDS: &str = "is a second password; keep one of them";
pub(super) const TWO_TOKENS: &str = "is a second token; keep one of them";
const TWO_VERIFY: &str = "and `tls_verify` are the same setting; keep one of them";
const TWO_FORMS: &str = "is specified as a file and as text; keep one of them";

pub(super) fn text(place: &mut Option<String>, value: &str) -> Result<(), ValueError> {
    *place = Some(value.to_owned());
    Ok(())
}

pub(super) fn once<T>(
    place: &mut Option<T>,
    value: T,
    twice: &'static str,
) -> Result<(), ValueError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(twice.into()),
    }
}
