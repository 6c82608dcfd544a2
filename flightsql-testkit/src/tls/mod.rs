//! TLS with certificates that are generated when the test runs.
//!
//! Job: a certificate authority, a server and a client certificate, all generated in memory. Layer: harness,
//! below [`crate::server`].

use std::{error::Error, fmt, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tonic::transport::{Certificate, Identity, ServerTlsConfig};

use crate::engine::random;

/// The certificates and keys of one server, as PEM text.
///
/// Two generated values trust different authorities: use a second one for "unknown authority" tests.
/// The cryptography is rustls' process default. A program that has installed none gets `ring`, also if it compiles in another
/// provider.
#[derive(Clone)]
pub struct Tls(Arc<Material>);

struct Material {
    ca: Option<String>,
    server: Pair,
    client: Option<Pair>,
}

struct Pair {
    certificate: String,
    key: String,
}

impl Tls {
    /// Generates an authority, a server certificate for `localhost`, `127.0.0.1` and `::1`, and a client certificate.
    pub fn generated() -> Self {
        Self::generated_for(["localhost", "127.0.0.1", "::1"])
    }

    /// Generates certificates like [`generated`](Self::generated), with a server certificate only for these host names and
    /// addresses, for "wrong host" tests.
    ///
    /// # Panics
    /// Panics if a name is not ASCII.
    pub fn generated_for<'a>(hosts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::generate(hosts.into_iter().map(str::to_owned).collect(), false)
            .expect("host names are ASCII, and the system gives random bytes")
    }

    /// Generates certificates like [`generated`](Self::generated), with an expired server certificate.
    pub fn expired() -> Self {
        Self::generate(vec!["localhost".to_owned(), "127.0.0.1".to_owned()], true)
            .expect("host names are ASCII, and the system gives random bytes")
    }

    /// Uses custom certificates: the server's chain and key, and the authority that clients trust.
    ///
    /// The start of the server checks them. There is no client certificate for them.
    pub fn from_pem(
        certificate: impl Into<String>,
        key: impl Into<String>,
        ca: Option<String>,
    ) -> Self {
        Self(Arc::new(Material {
            ca,
            server: Pair {
                certificate: certificate.into(),
                key: key.into(),
            },
            client: None,
        }))
    }

    /// Returns the authority's certificate for the client's trust store, or `None` if it was not specified.
    pub fn ca_pem(&self) -> Option<&str> {
        self.0.ca.as_deref()
    }

    /// Returns the server's certificate.
    pub fn server_pem(&self) -> &str {
        &self.0.server.certificate
    }

    /// Returns the server's private key.
    pub fn server_key_pem(&self) -> &str {
        &self.0.server.key
    }

    /// Returns a client certificate signed by the authority, or `None` if the certificates were not generated.
    pub fn client_pem(&self) -> Option<&str> {
        self.0.client.as_ref().map(|pair| pair.certificate.as_str())
    }

    /// Returns the client's private key, or `None` if the certificates were not generated.
    pub fn client_key_pem(&self) -> Option<&str> {
        self.0.client.as_ref().map(|pair| pair.key.as_str())
    }

    /// Returns the configuration of the server, which requires client certificates if `mutual`.
    pub(crate) fn server_config(&self, mutual: bool) -> Result<ServerTlsConfig, String> {
        // tonic takes the process default, and rustls panics if two providers are compiled in and none is installed. An
        // error means that another thread has just installed one.
        if CryptoProvider::get_default().is_none() {
            _ = ring::default_provider().install_default();
        }
        let identity = Identity::from_pem(self.server_pem(), self.server_key_pem());
        let config = ServerTlsConfig::new().identity(identity);
        if !mutual {
            return Ok(config);
        }
        let ca = self
            .ca_pem()
            .ok_or("mutual TLS needs the authority's certificate: give `Tls::from_pem` a `ca`")?;
        Ok(config.client_ca_root(Certificate::from_pem(ca)))
    }

    /// Returns the acceptor of a server that speaks HTTP/1.1.
    pub(crate) fn http1_acceptor(&self) -> Result<TlsAcceptor, Box<dyn Error + Send + Sync>> {
        let chain = CertificateDer::pem_slice_iter(self.server_pem().as_bytes());
        let chain = chain.collect::<Result<Vec<_>, _>>()?;
        let key = PrivateKeyDer::from_pem_slice(self.server_key_pem().as_bytes())?;
        let provider = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    fn generate(hosts: Vec<String>, expired: bool) -> Result<Self, rcgen::Error> {
        // Use a unique name. With equal names, clients would report the signature of another authority as forged, not unknown.
        let authority = format!("flightsql-testkit authority {:032x}", random());
        let mut params = named(&authority, Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;

        let mut server = named("flightsql-testkit server", hosts)?;
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if expired {
            server.not_before = rcgen::date_time_ymd(2000, 1, 1);
            server.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        let mut client = named("flightsql-testkit client", Vec::new())?;
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Ok(Self(Arc::new(Material {
            server: Pair::signed(server, &ca)?,
            client: Some(Pair::signed(client, &ca)?),
            ca: Some(ca.pem()),
        })))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("ca", &self.0.ca.is_some())
            .field("client", &self.0.client.is_some())
            .finish_non_exhaustive()
    }
}

impl Pair {
    fn signed(
        params: CertificateParams,
        ca: &CertifiedIssuer<'_, KeyPair>,
    ) -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        Ok(Self {
            certificate: params.signed_by(&key, ca)?.pem(),
            key: key.serialize_pem(),
        })
    }
}

fn named(name: &str, hosts: Vec<String>) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use arrow_flight::flight_service_client::FlightServiceClient;
    use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

    use super::Tls;
    use crate::{Reply, Script, TestServer, TestServerBuilder, testing::action};

    fn builder() -> TestServerBuilder {
        let script = Script::new().do_action("a", Reply::action_bytes("done").always());
        TestServer::builder().scripted(script)
    }

    fn trusting(tls: &Tls) -> ClientTlsConfig {
        ClientTlsConfig::new().ca_certificate(Certificate::from_pem(tls.ca_pem().unwrap()))
    }

    fn showing(config: ClientTlsConfig, tls: &Tls) -> ClientTlsConfig {
        let (certificate, key) = (tls.client_pem().unwrap(), tls.client_key_pem().unwrap());
        config.identity(Identity::from_pem(certificate, key))
    }

    /// Runs one RPC, because TLS 1.3 reports a rejected client certificate only then.
    async fn call(server: &TestServer, config: ClientTlsConfig) -> Result<(), Box<dyn Error>> {
        let url = server.url().replace("flightsql://", "https://");
        let channel = Endpoint::from_shared(url)?
            .tls_config(config)?
            .connect()
            .await?;
        let mut client = FlightServiceClient::new(channel);
        client.do_action(action("a")).await?;
        Ok(())
    }

    fn text(mut error: &(dyn Error + 'static)) -> String {
        let mut text = error.to_string();
        while let Some(source) = error.source() {
            text = format!("{text}: {source}");
            error = source;
        }
        text
    }

    #[tokio::test]
    async fn clients_that_trust_the_authority_get_through() {
        let tls = Tls::generated();
        let server = builder().tls(tls.clone()).start().await.unwrap();
        assert_eq!(server.ca_pem(), tls.ca_pem());
        call(&server, trusting(&tls)).await.unwrap();
        server.kill().await;
        server.restart().await.unwrap();
        call(&server, trusting(&tls)).await.unwrap();
    }

    #[tokio::test]
    async fn unknown_authority_wrong_host_and_expiry_are_told_apart() {
        let unknown = Tls::generated();
        for (tls, trusted, expected) in [
            (Tls::generated(), Some(&unknown), "UnknownIssuer"),
            (
                Tls::generated_for(["other.example"]),
                None,
                "not valid for name",
            ),
            (Tls::expired(), None, "expired"),
        ] {
            let server = builder().tls(tls.clone()).start().await.unwrap();
            let error = call(&server, trusting(trusted.unwrap_or(&tls)))
                .await
                .unwrap_err();
            let text = text(&*error);
            assert!(text.contains(expected), "{text}");
        }
    }

    #[tokio::test]
    async fn mutual_tls_wants_a_certificate_of_its_authority() {
        let tls = Tls::generated();
        let server = builder().mutual_tls(tls.clone()).start().await.unwrap();
        call(&server, showing(trusting(&tls), &tls)).await.unwrap();
        call(&server, trusting(&tls)).await.unwrap_err();
        call(&server, showing(trusting(&tls), &Tls::generated()))
            .await
            .unwrap_err();
    }

    #[tokio::test]
    async fn plaintext_clients_get_no_answer() {
        let server = builder().tls(Tls::generated()).start().await.unwrap();
        let url = format!("http://{}", server.address());
        let channel = Endpoint::from_shared(url).unwrap().connect_lazy();
        FlightServiceClient::new(channel)
            .do_action(action("a"))
            .await
            .unwrap_err();
    }

    #[tokio::test]
    async fn certificates_that_cannot_be_used_are_an_error_at_start() {
        let bad = Tls::from_pem("no certificate", "no key", None);
        let error = builder().tls(bad.clone()).start().await.unwrap_err();
        assert_eq!(error.to_string(), "test server: could not set up TLS");
        let error = builder().mutual_tls(bad).start().await.unwrap_err();
        assert!(text(&error).contains("give `Tls::from_pem` a `ca`"));
        let both = builder().tls(Tls::generated()).unix_socket(true);
        let error = both.start().await.unwrap_err();
        assert!(text(&error).contains("choose one of `tls` and `unix_socket`"));
    }

    #[test]
    fn debug_shows_no_key() {
        let tls = Tls::generated();
        assert!(!format!("{tls:?}").contains("PRIVATE"));
        assert!(tls.server_key_pem().contains("PRIVATE KEY"));
    }
}
