//! [`Settings`]: the options of a URL while it is read, and the setters of its keys.

use std::path::PathBuf;
use std::sync::Arc;

use super::text::{ValueError, boolean};
use super::tls::{ClientIdentity, Pem, TlsVerify};
use super::{
    ConnectOptions, Credentials, OAuth, OptionsError, Secret, TokenSource, Transport, file,
};
use crate::dialect::find_file;
use crate::{dialect, dialect_file};

pub(super) type Setter = fn(&mut Settings, &str) -> Result<(), ValueError>;

pub(super) fn put<T>(place: &mut T, value: Result<T, ValueError>) -> Result<(), ValueError> {
    *place = value?;
    Ok(())
}

/// Options while their URL is read. Settings that can occur in several places wait next to them.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) options: ConnectOptions,
    /// The keys that occurred, in the query or in other places.
    pub(super) seen: Vec<&'static str>,
    /// The folders of a relative `dialect_file`; empty for the current folder.
    folders: Vec<PathBuf>,
    /// Whether the scheme of the URL specifies the dialect.
    pub(super) in_scheme: bool,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    /// The token, or its source.
    token: Option<Credentials>,
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

    /// Returns the options, once they are complete and checked.
    pub(super) fn finish(mut self) -> Result<ConnectOptions, OptionsError> {
        self.options.credentials = match (self.token, self.user, self.password) {
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
        self.options.tls.client_identity = match (self.client_cert, self.client_key) {
            (None, None) => None,
            (Some(cert), Some(key)) => Some(ClientIdentity { cert, key }),
            (Some(_), None) | (None, Some(_)) => {
                let text = "`tls_client_cert` and `tls_client_key` require each other";
                return Err(OptionsError::Conflict(text.into()));
            }
        };
        self.options.check()?;
        Ok(self.options)
    }

    pub(super) fn dialect(&mut self, name: &str) -> Result<(), ValueError> {
        if self.options.dialect_file.is_some() {
            return Err("contradicts `dialect_file`; remove one of them".into());
        }
        if name == dialect::AUTO {
            if self.in_scheme {
                return Err("contradicts the dialect in the URL's scheme".into());
            }
            self.options.detect_dialect = true;
            return Ok(());
        }
        let known = dialect::by_name(name)
            .ok_or_else(|| format!("must be auto or one of {}", dialect::names().join(", ")))?;
        if self.in_scheme && self.options.dialect.name() != known.name() {
            return Err("contradicts the dialect in the URL's scheme".into());
        }
        self.options.dialect = known;
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
        self.options.dialect = Arc::new(profile);
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

const TWO_PASSWORDS: &str = "the password is specified more than once";
const TWO_TOKENS: &str = "the token is specified more than once";
const TWO_VERIFY: &str = "and `tls_verify` are the same setting; keep one of them";
const TWO_FORMS: &str = "is specified as a file and as text; keep one of them";

pub(super) fn text(place: &mut Option<String>, value: &str) -> Result<(), ValueError> {
    *place = Some(value.to_owned());
    Ok(())
}

fn once<T>(place: &mut Option<T>, value: T, twice: &'static str) -> Result<(), ValueError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(twice.into()),
    }
}
