//! TLS through rustls: roots, client identity, and errors with hints.
//!
//! The handshake does not use tonic, because its error must state the cause: an unknown CA, another name, or a server without
//! TLS.

use super::dial::Target;
use super::socket::{BoxSocket, Socket};
use crate::error::{Error, Result, TlsCause};
use crate::options::TlsOptions;

#[cfg(feature = "tls")]
mod roots;
#[cfg(feature = "tls")]
mod verifiers;

#[cfg(test)]
#[cfg(feature = "tls")]
mod tests;

#[cfg(feature = "tls")]
pub(crate) use enabled::{handshake, is_alert};

/// Returns an error, since this build has no TLS: a `flightsql://` URL never falls back to plaintext.
#[cfg(not(feature = "tls"))]
pub(crate) async fn handshake(_: &TlsOptions, _: &Target<'_>, _: impl Socket) -> Result<BoxSocket> {
    Err(Error::tls(
        TlsCause::Other,
        "this build has no TLS: enable the `tls` feature, or use flightsql+tcp:// for plaintext",
        None,
    ))
}

/// Returns `false`: alerts are part of TLS.
#[cfg(not(feature = "tls"))]
pub(crate) fn is_alert(_: &std::io::Error) -> bool {
    false
}

#[cfg(feature = "tls")]
mod enabled {
    use std::sync::Arc;

    use rustls_pki_types::pem::PemObject;
    use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::ClientConfig;
    use tokio_rustls::rustls::client::danger::ServerCertVerifier;
    use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
    use zeroize::Zeroizing;

    use super::super::dial::Protocol;
    use super::super::socket::socket_host;
    use super::roots::roots;
    use super::verifiers;
    use super::{BoxSocket, Error, Result, Socket, Target, TlsCause, TlsOptions};
    use crate::options::{Pem, TlsVerify};

    /// Speaks TLS over a socket, offering only the protocol of the target.
    pub(crate) async fn handshake(
        options: &TlsOptions,
        target: &Target<'_>,
        socket: impl Socket + 'static,
    ) -> Result<BoxSocket> {
        let mut config = config(options).await?;
        let alpn: &[u8] = match target.protocol {
            Protocol::Http2 => b"h2",
            Protocol::Http1 => b"http/1.1",
        };
        config.alpn_protocols = vec![alpn.to_vec()];
        let host = socket_host(target.host);
        let name = target.server_name.unwrap_or(host);
        let server_name = ServerName::try_from(name.to_owned()).map_err(|error| {
            Error::configuration(format!(
                "`{name}` is not a valid certificate name ({error}); set `tls_server_name`"
            ))
        })?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(server_name, socket)
            .await
            .map_err(|error| explain(target, error))?;
        match stream.get_ref().1.alpn_protocol() {
            // Some servers speak HTTP/2 by prior knowledge and offer no ALPN.
            None => Ok(Box::new(stream)),
            Some(chosen) if chosen == alpn => Ok(Box::new(stream)),
            Some(_) => Err(Error::tls(
                TlsCause::Other,
                format!(
                    "the server at {host}:{} does not offer HTTP/2 over TLS; it may not be a gRPC server, or a proxy may be in front of it",
                    target.port
                ),
                None,
            )),
        }
    }

    /// Reads the files for each channel, so that replaced ones apply to new channels, outside the async threads: files may be
    /// slow, and there are hundreds of system certificates.
    async fn config(tls: &TlsOptions) -> Result<ClientConfig> {
        let tls = tls.clone();
        let read = tokio::task::spawn_blocking(move || client_config(&tls));
        read.await.unwrap_or_else(|error| {
            let error = Some(Box::new(error) as _);
            Err(Error::tls(TlsCause::Other, "TLS is not usable", error))
        })
    }

    /// Returns the cryptography of rustls that the program has installed as its default, such as one with FIPS approval, and
    /// `ring` otherwise. rustls itself selects none if a program compiles in two, and panics.
    pub(super) fn provider() -> Arc<CryptoProvider> {
        let installed = CryptoProvider::get_default().map(Arc::clone);
        installed.unwrap_or_else(|| Arc::new(ring::default_provider()))
    }

    pub(super) fn client_config(tls: &TlsOptions) -> Result<ClientConfig> {
        let provider = provider();
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| {
                Error::tls(TlsCause::Other, "TLS is not usable", Some(Box::new(error)))
            })?;
        let builder = match tls.verify {
            TlsVerify::Full => builder.with_root_certificates(roots(tls)?),
            TlsVerify::Ca => builder
                .dangerous()
                .with_custom_certificate_verifier(verifiers::any_name(provider, roots(tls)?)),
            TlsVerify::None => builder
                .dangerous()
                .with_custom_certificate_verifier(unverified(provider)?),
        };
        Ok(match &tls.client_identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                let chain = certificates("tls_client_cert", &identity.cert)?;
                let key = PrivateKeyDer::from_pem_slice(&read("tls_client_key", &identity.key)?)
                    .map_err(|error| {
                        Error::configuration(format!(
                            "`tls_client_key` holds no private key: {error}"
                        ))
                    })?;
                builder.with_client_auth_cert(chain, key).map_err(|error| {
                    Error::configuration(format!(
                        "`tls_client_cert` and `tls_client_key` do not work together: {error}"
                    ))
                })?
            }
        })
    }

    #[cfg(not(feature = "tls-verify-none"))]
    fn unverified(_: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
        Err(Error::configuration(
            "`tls_verify=none` requires the cargo feature `tls-verify-none`; enable it, or trust the server's CA \
             with `tls_ca`",
        ))
    }

    #[cfg(feature = "tls-verify-none")]
    fn unverified(provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
        log::warn!(
            "the server's certificate is not verified (`tls_verify=none`): anyone can pose as it"
        );
        Ok(verifiers::unverified(provider))
    }

    pub(super) fn certificates(option: &str, pem: &Pem) -> Result<Vec<CertificateDer<'static>>> {
        let text = read(option, pem)?;
        let found: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
        match found {
            Ok(list) if !list.is_empty() => Ok(list),
            Ok(_) => Err(Error::configuration(format!(
                "`{option}` holds no PEM certificate"
            ))),
            Err(error) => Err(Error::configuration(format!(
                "`{option}` is not PEM: {error}"
            ))),
        }
    }

    fn read(option: &str, pem: &Pem) -> Result<Zeroizing<Vec<u8>>> {
        pem.load(option)
            .map_err(|error| Error::configuration(error.to_string()))
    }

    /// Returns `true` if the server ended the connection with a TLS alert.
    pub(crate) fn is_alert(error: &std::io::Error) -> bool {
        use tokio_rustls::rustls::Error as Tls;
        let cause = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Tls>());
        matches!(cause, Some(Tls::AlertReceived(_)))
    }

    /// Returns the error with a hint, and the error of rustls as its source.
    fn explain(target: &Target<'_>, error: std::io::Error) -> Error {
        use tokio_rustls::rustls::{CertificateError, Error as Tls};
        let (host, port) = (socket_host(target.host), target.port);
        let is_http1 = target.protocol == Protocol::Http1;
        let cause = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<Tls>());
        let (cause, advice) = match cause {
            Some(Tls::InvalidMessage(_)) if is_http1 => (
                TlsCause::NotTls,
                "the server does not speak TLS; check the address",
            ),
            None if is_http1 => (
                TlsCause::NotTls,
                "the server closed the connection during the TLS handshake; check the address",
            ),
            Some(Tls::InvalidCertificate(CertificateError::UnknownIssuer)) if is_http1 => (
                TlsCause::UnknownIssuer,
                "the server's certificate is from an unknown CA; add a PEM file with that CA's certificate as `tls_ca`, \
                 or set `tls_system_roots=true` for a public CA",
            ),
            Some(Tls::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if is_http1 => (
                TlsCause::WrongName,
                "its certificate is for another name; check the address",
            ),
            Some(Tls::InvalidMessage(_)) => (
                TlsCause::NotTls,
                "the server does not speak TLS; use flightsql+tcp:// if it is a plaintext server",
            ),
            Some(Tls::InvalidCertificate(CertificateError::UnknownIssuer)) => (
                TlsCause::UnknownIssuer,
                "the server's certificate is from an unknown CA; set `tls_ca` to a PEM file with that CA's certificate",
            ),
            Some(Tls::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => (
                TlsCause::WrongName,
                "its certificate is for another name; set `tls_server_name` if that name is right",
            ),
            Some(Tls::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. },
            )) => (TlsCause::Expired, "its certificate has expired"),
            Some(Tls::AlertReceived(_)) => (
                TlsCause::Refused,
                "the server refused the handshake; it may ask for a client certificate (`tls_client_cert`, `tls_client_key`)",
            ),
            Some(_) => (TlsCause::Other, "the TLS handshake failed"),
            None => (
                TlsCause::NotTls,
                "the server closed the connection during the TLS handshake; use flightsql+tcp:// if it is a plaintext server",
            ),
        };
        Error::tls(
            cause,
            format!("no TLS connection to {host}:{port}: {advice}"),
            Some(Box::new(error)),
        )
    }
}
