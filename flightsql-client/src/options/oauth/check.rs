//! Checks of a token request: its parameters, their combinations, and the address of the token server.

use url::Url;

use super::super::check::{Checked, PRINTABLE, is_value};
use super::super::{OptionsError, Secret, TlsOptions, TlsVerify};
use super::{OAuth, OAuthFlow, is_loopback};

impl OAuth {
    /// Rejects a request that is incomplete, or has parameters of another flow.
    pub(crate) fn check(&self, tls: &TlsOptions) -> Checked {
        if !cfg!(feature = "oauth") {
            let text =
                "`oauth.…` options require the cargo feature `oauth`; enable it, or use `token`";
            return Err(OptionsError::Conflict(text.into()));
        }
        let flow = self.flow.ok_or_else(|| {
            let problem = "is missing; set it to `client_credentials` or `token_exchange`";
            OptionsError::value("oauth.flow", problem)
        })?;
        self.uri()?;
        if tls.verify == TlsVerify::None {
            let text = "`tls_verify=none` would send the secrets of `oauth.…` to any server; trust the CA with `tls_ca`";
            return Err(OptionsError::Conflict(text.into()));
        }
        self.check_texts()?;
        match flow {
            OAuthFlow::ClientCredentials => self.check_client_credentials(),
            OAuthFlow::TokenExchange => self.check_exchange(),
        }
    }

    /// Returns the address of the token server.
    pub(crate) fn uri(&self) -> Result<Url, OptionsError> {
        let bad = |problem: &'static str| OptionsError::value("oauth.token_uri", problem);
        let text = self.token_uri.as_deref().ok_or_else(|| {
            bad("is missing; set it to the address of the token server, such as `https://login.example.com/token`")
        })?;
        let uri = Url::parse(text)
            .map_err(|_| bad("is not a URI, such as `https://login.example.com/token`"))?;
        match uri.scheme() {
            "https" => {}
            "http" if is_loopback(&uri) => {}
            "http" => {
                return Err(bad(
                    "must begin with `https://`, because the request contains secrets; `http://` is accepted for localhost only",
                ));
            }
            _ => return Err(bad("must begin with `https://`")),
        }
        if !uri.username().is_empty() || uri.password().is_some() {
            return Err(bad(
                "must not contain a user or password; use `oauth.client_id` and `oauth.client_secret`",
            ));
        }
        if uri.fragment().is_some() {
            return Err(bad("must not contain `#`"));
        }
        Ok(uri)
    }

    fn check_texts(&self) -> Checked {
        // Any other character is valid, since the request encodes ids and secrets.
        let secret = self.client_secret.as_ref().map(Secret::expose);
        for (key, text) in [
            ("oauth.client_id", self.client_id.as_deref()),
            ("oauth.client_secret", secret),
        ] {
            if text == Some("") {
                return Err(OptionsError::value(key, "must not be empty"));
            }
        }
        let scope = ("oauth.scope", self.scope.as_deref());
        let exchange = self.exchange.parameters();
        for (key, text) in exchange
            .map(|(key, _, text)| (key, text))
            .into_iter()
            .chain([scope])
        {
            if text.is_some_and(|text| text.is_empty() || !is_value(text)) {
                return Err(OptionsError::value(key, PRINTABLE));
            }
        }
        Ok(())
    }

    fn check_client_credentials(&self) -> Checked {
        let mut exchange = self.exchange.parameters().into_iter();
        if let Some((key, ..)) = exchange.find(|(.., text)| text.is_some()) {
            let problem = "requires `oauth.flow=token_exchange`; remove it, or set that flow";
            return Err(OptionsError::value(key, problem));
        }
        needed("oauth.client_id", self.client_id.is_some())?;
        needed("oauth.client_secret", self.client_secret.is_some())
    }

    fn check_exchange(&self) -> Checked {
        let exchange = &self.exchange;
        needed(
            "oauth.exchange.subject_token",
            exchange.subject_token.is_some(),
        )?;
        needed(
            "oauth.exchange.subject_token_type",
            exchange.subject_token_type.is_some(),
        )?;
        if self.client_secret.is_some() {
            needed("oauth.client_id", self.client_id.is_some())?;
        }
        if exchange.actor_token.is_some() != exchange.actor_token_type.is_some() {
            let text = "`oauth.exchange.actor_token` and `oauth.exchange.actor_token_type` require each other";
            return Err(OptionsError::Conflict(text.into()));
        }
        if exchange.scope.is_some() && self.scope.is_some() {
            let text =
                "`oauth.scope` and `oauth.exchange.scope` are the same setting; keep one of them";
            return Err(OptionsError::Conflict(text.into()));
        }
        Ok(())
    }
}

fn needed(key: &str, is_present: bool) -> Checked {
    match is_present {
        true => Ok(()),
        false => Err(OptionsError::value(
            key,
            "is missing; this flow requires it",
        )),
    }
}
