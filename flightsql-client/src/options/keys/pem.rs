//! Certificates and keys as values of options: inline text or a file.

use crate::options::Secret;
use crate::options::tls::Pem;

/// Inline PEM text if `inline`, otherwise the path.
pub(super) fn pem(pem: &Pem, inline: bool) -> Option<String> {
    match pem {
        Pem::Inline(text) if inline => Some(text.expose().to_owned()),
        Pem::File(path) if !inline => Some(path.to_string_lossy().into_owned()),
        Pem::Inline(_) | Pem::File(_) => None,
    }
}

pub(super) fn inline(text: &str) -> Pem {
    Pem::Inline(Secret::new(text))
}

pub(super) fn file(path: &str) -> Pem {
    Pem::File(path.into())
}
