//! The certificates that are trusted: those of the options, and public ones.

use std::sync::{Arc, Mutex};

use tokio_rustls::rustls::RootCertStore;

use super::enabled::certificates;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::options::{TlsOptions, TlsRoots};

/// The system's certificates, which a process reads once.
static SYSTEM: Mutex<Option<Arc<RootCertStore>>> = Mutex::new(None);

/// Returns the trusted certificates. Reads files, so it must not run on an async thread.
pub(super) fn roots(tls: &TlsOptions) -> Result<Arc<RootCertStore>> {
    let public = match (tls.system_roots, tls.roots) {
        (false, _) => Arc::new(RootCertStore::empty()),
        (true, TlsRoots::System) => once(&SYSTEM, system_roots),
        (true, TlsRoots::Webpki) => webpki_roots()?,
    };
    if tls.ca.is_empty() && !public.is_empty() {
        return Ok(public);
    }
    let mut store = Arc::unwrap_or_clone(public);
    for pem in &tls.ca {
        for certificate in certificates("tls_ca", pem)? {
            store.add(certificate).map_err(|error| {
                Error::configuration(format!("`tls_ca` holds a bad certificate: {error}"))
            })?;
        }
    }
    if store.is_empty() {
        return Err(Error::configuration(
            "no root certificate was found on this system; install the CA certificates, set `tls_roots=webpki` with the cargo \
             feature `webpki-roots`, or name the server's CA with `tls_ca`",
        ));
    }
    Ok(Arc::new(store))
}

/// Returns the value of `read`, which runs once. An empty value is read again. Callers at the same time wait for one read.
pub(super) fn once(
    place: &Mutex<Option<Arc<RootCertStore>>>,
    read: impl FnOnce() -> RootCertStore,
) -> Arc<RootCertStore> {
    let mut known = lock(place);
    if let Some(roots) = &*known {
        return Arc::clone(roots);
    }
    let roots = Arc::new(read());
    if !roots.is_empty() {
        *known = Some(Arc::clone(&roots));
    }
    roots
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

#[cfg(feature = "webpki-roots")]
fn webpki_roots() -> Result<Arc<RootCertStore>> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    Ok(Arc::new(roots.collect()))
}

#[cfg(not(feature = "webpki-roots"))]
fn webpki_roots() -> Result<Arc<RootCertStore>> {
    Err(Error::configuration(
        "`tls_roots=webpki` requires the cargo feature `webpki-roots`; enable it, or name the server's CA with `tls_ca`",
    ))
}
