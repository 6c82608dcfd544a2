//! The roots, and the provider of cryptography.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use flightsql_testkit::Tls;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio_rustls::rustls::RootCertStore;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};

use super::enabled::{client_config, provider};
use super::roots::{once, roots};
use crate::options::{ConnectOptions, TlsRoots};

fn store(tls: &Tls) -> RootCertStore {
    let mut store = RootCertStore::empty();
    let pem = tls.ca_pem().unwrap().as_bytes();
    store
        .add(CertificateDer::from_pem_slice(pem).unwrap())
        .unwrap();
    store
}

#[test]
fn the_system_is_read_once() {
    let (place, reads) = (Mutex::new(None), AtomicUsize::new(0));
    let tls = Tls::generated();
    let barrier = Barrier::new(8);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                barrier.wait();
                let found = once(&place, || {
                    reads.fetch_add(1, Ordering::SeqCst);
                    store(&tls)
                });
                assert_eq!(found.len(), 1);
            });
        }
    });
    assert_eq!(reads.load(Ordering::SeqCst), 1);
}

#[test]
fn a_system_without_certificates_is_read_again() {
    let (place, tls) = (Mutex::new(None), Tls::generated());
    assert!(once(&place, RootCertStore::empty).is_empty());
    assert_eq!(once(&place, || store(&tls)).len(), 1);
    assert_eq!(once(&place, RootCertStore::empty).len(), 1);
}

#[test]
fn tls_ca_replaces_public_certificates_or_joins_them() {
    let tls = Tls::generated();
    let own = ConnectOptions::new().tls_ca_pem(tls.ca_pem().unwrap());
    assert_eq!(roots(&own.tls).unwrap().len(), 1);
    let webpki = ConnectOptions::new().tls_roots(TlsRoots::Webpki);
    if !cfg!(feature = "webpki-roots") {
        let text = roots(&webpki.tls).unwrap_err().to_string();
        assert!(
            text.contains("requires the cargo feature `webpki-roots`"),
            "{text}"
        );
        return;
    }
    let count = roots(&webpki.tls).unwrap().len();
    assert!(count > 100, "{count}");
    let both = webpki
        .tls_ca_pem(tls.ca_pem().unwrap())
        .tls_system_roots(true);
    assert_eq!(roots(&both.tls).unwrap().len(), count + 1);
}

const CHILD: &str = "FLIGHTSQL_TEST_PROVIDER";

/// The default provider of a process cannot be removed, so each case has a process of its own.
#[test]
fn the_installed_provider_is_used_and_ring_otherwise() {
    for case in ["none", "installed"] {
        let program = std::env::current_exe().unwrap();
        let name = "transport::tls::tests::provider_of_a_process";
        let output = Command::new(program)
            .args([name, "--exact", "--ignored", "--nocapture"])
            .env(CHILD, case)
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{case}: {text}"
        );
    }
}

#[test]
#[ignore = "run by another test in a process of its own"]
fn provider_of_a_process() {
    assert!(CryptoProvider::get_default().is_none());
    let tls = Tls::generated();
    let own = ConnectOptions::new().tls_ca_pem(tls.ca_pem().unwrap());
    if std::env::var(CHILD).as_deref() == Ok("installed") {
        let mut other = ring::default_provider();
        other.cipher_suites.truncate(1);
        other.install_default().unwrap();
        let installed = CryptoProvider::get_default().unwrap();
        let config = client_config(&own.tls).unwrap();
        assert!(Arc::ptr_eq(config.crypto_provider(), installed));
        return;
    }
    let config = client_config(&own.tls).unwrap();
    let suites = ring::default_provider().cipher_suites.len();
    assert_eq!(config.crypto_provider().cipher_suites.len(), suites);
    assert_eq!(provider().cipher_suites.len(), suites);
    // The driver installs no default for the program.
    assert!(CryptoProvider::get_default().is_none());
}
