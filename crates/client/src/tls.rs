//! Whom to believe over TLS: the certificates of a PEM file, and HTTP/1.1 only.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::Error;

pub fn trusting(file: &Path, pem: &str) -> Result<Arc<ClientConfig>, Error> {
    let wrong = |why: String| Error::Settings(format!("certificates in {}: {why}", file.display()));
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    // Bundles hold the odd certificate that is not understood; the others are still good.
    let (added, _) = roots.add_parsable_certificates(certificates);
    if added == 0 {
        return Err(wrong("there are none".into()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_named() {
        let error = trusting(Path::new("/x.pem"), "nothing").unwrap_err().to_string();
        assert_eq!(error, "certificates in /x.pem: there are none");
    }
}
