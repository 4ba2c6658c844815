//! What TLS trusts where no HTTP is spoken: the machine's certificates and those of the `ca_file`, the
//! same as the HTTP clients. Never less than verified; nothing is read before it is needed.

use std::path::Path;
use std::sync::OnceLock;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::files;

/// How large a file of certificates may be.
const FILE: usize = 4 << 20;
/// How many files of a directory of certificates are read.
const FILES: usize = 4096;

/// Where systems keep their certificates in one file.
const BUNDLES: [&str; 7] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
];
/// Where systems keep them in a file each.
const DIRECTORIES: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// The certificates, found when first needed.
pub(super) struct Trust {
    pem: Vec<u8>,
    made: OnceLock<Result<MakeRustlsConnect, String>>,
}

impl Trust {
    /// The machine's certificates, and those in `pem`.
    pub(super) fn new(pem: Vec<u8>) -> Self {
        Self { pem, made: OnceLock::new() }
    }

    /// What makes a verified TLS connection, or in words why nothing can.
    pub(super) fn connector(&self) -> Result<MakeRustlsConnect, String> {
        self.made.get_or_init(|| self.make()).clone()
    }

    fn make(&self) -> Result<MakeRustlsConnect, String> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(certificates(&self.pem));
        roots.add_parsable_certificates(machine());
        if roots.is_empty() {
            return Err(
                "this machine has no CA certificates to verify with: install them, or name a ca_file".into(),
            );
        }
        let provider = rustls::crypto::ring::default_provider().into();
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be set up: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

/// The machine's certificates, where `SSL_CERT_FILE` and `SSL_CERT_DIR` say, or where systems keep them.
fn machine() -> Vec<CertificateDer<'static>> {
    let (file, directories) = (std::env::var_os("SSL_CERT_FILE"), std::env::var_os("SSL_CERT_DIR"));
    if file.is_some() || directories.is_some() {
        let mut found = file.map(|path| in_file(Path::new(&path))).unwrap_or_default();
        let directories = directories.iter().flat_map(std::env::split_paths);
        found.extend(directories.flat_map(|path| in_directory(&path)));
        return found;
    }
    let bundle = BUNDLES.iter().map(|path| in_file(Path::new(path))).find(|found| !found.is_empty());
    bundle.unwrap_or_else(|| DIRECTORIES.iter().flat_map(|path| in_directory(Path::new(path))).collect())
}

fn in_file(path: &Path) -> Vec<CertificateDer<'static>> {
    files::read_bounded(path, FILE).map(|text| certificates(&text)).unwrap_or_default()
}

fn in_directory(path: &Path) -> Vec<CertificateDer<'static>> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().take(FILES);
    entries.flat_map(|entry| in_file(&entry.path())).collect()
}

/// What can be read of the certificates in `pem`; what cannot is left out, as the HTTP clients do.
fn certificates(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}
