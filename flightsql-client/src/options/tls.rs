//! TLS options: roots, names and client certificate. Files are read when a channel is opened.
//!
//! `transport/tls` applies them. PEM: [RFC 7468](https://www.rfc-editor.org/rfc/rfc7468).

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::error::OptionsError;
use super::file;
use super::secret::Secret;

/// The verification of the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsVerify {
    /// Verifies the chain and the host name. The default.
    #[default]
    Full,
    /// Verifies the chain, and not the host name: any certificate of the CA passes. Requires `tls_ca` without public
    /// certificates, since anyone can get a public certificate for some name.
    ///
    /// Every holder of a certificate from that CA can read and modify all traffic. Prefer `tls_server_name`, which names the
    /// host in the certificate. Token servers and proxies are verified with their host name.
    Ca,
    /// Accepts any certificate: anyone on the network path can read and modify all traffic. Logs a warning.
    None,
}

/// The public certificates that are trusted, unless `tls_ca` replaces them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TlsRoots {
    /// The certificates of the operating system, which a process reads once. The default. As for OpenSSL and curl, the
    /// variables `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them; use `tls_ca` to depend on no variable.
    #[default]
    System,
    /// Mozilla's certificates in the crate `webpki-roots`, for containers without certificates. They are as old as the
    /// program. Requires the cargo feature `webpki-roots`.
    Webpki,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsOptions {
    /// Certificates trusted in addition to, or instead of, the system's.
    pub(crate) ca: Vec<Pem>,
    /// Whether the certificates of `roots` are trusted: as set, otherwise if `ca` is empty.
    pub(crate) system_roots: bool,
    pub(crate) roots: TlsRoots,
    pub(crate) server_name: Option<String>,
    pub(crate) client_identity: Option<ClientIdentity>,
    pub(crate) verify: TlsVerify,
    /// The value of `system_roots`, if it was set.
    pub(super) chosen_system_roots: Option<bool>,
}

impl Default for TlsOptions {
    fn default() -> Self {
        TlsOptions {
            ca: Vec::new(),
            system_roots: true,
            roots: TlsRoots::System,
            server_name: None,
            client_identity: None,
            verify: TlsVerify::Full,
            chosen_system_roots: None,
        }
    }
}

impl TlsOptions {
    /// Adds a certificate. Custom certificates replace the system's unless both are requested, since a private authority
    /// rarely means to trust the public ones too.
    pub(super) fn add_ca(&mut self, pem: Pem) {
        self.ca.push(pem);
        self.system_roots = self.chosen_system_roots.unwrap_or(false);
    }

    pub(super) fn set_identity(&mut self, cert: Pem, key: Pem) {
        self.client_identity = Some(ClientIdentity { cert, key });
    }

    /// Returns the options for a server with its own name that gets no client certificate, such as a proxy.
    pub(crate) fn of_proxy(&self) -> Self {
        Self {
            server_name: None,
            client_identity: None,
            ..self.verified()
        }
    }

    /// Returns the options with complete verification.
    pub(crate) fn verified(&self) -> Self {
        Self {
            verify: TlsVerify::Full,
            ..self.clone()
        }
    }

    pub(super) fn check_roots(&self) -> Result<(), OptionsError> {
        let conflict = |text: &'static str| Err(OptionsError::Conflict(text.into()));
        if self.verify == TlsVerify::None {
            return Ok(());
        }
        if !self.system_roots && self.ca.is_empty() {
            return conflict(
                "no certificate is trusted, since `tls_system_roots` is off; set `tls_ca`",
            );
        }
        if self.verify == TlsVerify::Ca && self.system_roots {
            return conflict(
                "`tls_verify=ca` would accept every public certificate; set `tls_ca`, without `tls_system_roots=true`",
            );
        }
        if self.roots != TlsRoots::System && !self.system_roots {
            return conflict(
                "`tls_roots` has no effect, since `tls_ca` replaces the public certificates; set `tls_system_roots=true` to \
                 trust both, or remove one of them",
            );
        }
        Ok(())
    }

    pub(super) fn choose_system_roots(&mut self, on: bool) {
        self.chosen_system_roots = Some(on);
        self.system_roots = on;
    }
}

/// A client certificate with its chain, and the private key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientIdentity {
    pub(crate) cert: Pem,
    pub(crate) key: Pem,
}

/// PEM text, or the path of a file that is read when a channel is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pem {
    Inline(Secret),
    File(PathBuf),
}

/// The maximum size of a file. A system bundle with all root certificates has about 230 KiB.
const MAX_PEM_BYTES: u64 = 4 << 20;

impl Pem {
    pub(super) fn inline(text: &str) -> Self {
        Self::Inline(Secret::new(text))
    }

    /// Returns the text if `inline`, otherwise the path.
    pub(super) fn show(&self, inline: bool) -> Option<String> {
        match self {
            Self::Inline(text) if inline => Some(text.expose().to_owned()),
            Self::File(path) if !inline => Some(path.to_string_lossy().into_owned()),
            Self::Inline(_) | Self::File(_) => None,
        }
    }

    /// Returns the text. `key` is the option in an error. Returns an error if the file cannot be read or is larger than 4 MiB.
    pub(crate) fn load(&self, key: &str) -> Result<Zeroizing<Vec<u8>>, OptionsError> {
        match self {
            Pem::Inline(text) => Ok(Zeroizing::new(text.expose().as_bytes().to_vec())),
            Pem::File(path) => {
                file::read(path, MAX_PEM_BYTES).map_err(|problem| OptionsError::value(key, problem))
            }
        }
    }
}
