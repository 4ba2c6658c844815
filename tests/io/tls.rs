//! TLS: what is refused, in which words, and how long a certificate lasts.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use midwatch::domain::io::{Delivery, Reason};
use midwatch::io::{Io, IoError, IoOptions};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::servers::*;

/// A server with a certificate of its own making for `name`; its address and the certificate.
async fn secured(name: &str, change: impl FnOnce(&mut CertificateParams)) -> (SocketAddr, String) {
    // The one provider, whichever test comes first.
    drop(io());
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.self_signed(&key).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (address, _) = server(move |stream, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let mut buffer = [0; 4096];
            while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                stream.write_all(&response("200 OK", "", "secure")).await.unwrap();
            }
        }
    })
    .await;
    (address, certificate.pem())
}

fn trusting(pem: &str, directory: &tempfile::TempDir) -> Io {
    let path = directory.path().join("ca.pem");
    midwatch::io::files::write_whole(&path, pem.as_bytes()).unwrap();
    Io::new(IoOptions { ca_file: Some(path), ..IoOptions::default() }).unwrap()
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_refused() {
    let (address, _) = secured("localhost", |_| {}).await;
    let failure = failed(&io(), get(format!("https://localhost:{}/", address.port()))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
    assert_eq!(failure.detail, "certificate from an unknown issuer");
}

#[tokio::test]
async fn a_certificate_of_the_ca_file_is_accepted_and_its_days_counted() {
    let directory = tempfile::tempdir().unwrap();
    let (year, month, day) = (2093, 5, 6);
    let (address, pem) =
        secured("localhost", |params| params.not_after = date_time_ymd(year, month, day)).await;
    let io = trusting(&pem, &directory);
    let end = chrono::NaiveDate::from_ymd_opt(year, month.into(), day.into()).unwrap();
    #[expect(clippy::disallowed_methods, reason = "a certificate ends by the wall clock")]
    let today = chrono::Utc::now().date_naive();
    let before = end.signed_duration_since(today).num_days();
    // Twice: a kept connection knows its certificate, too.
    for _ in 0..2 {
        let reply = fetched(&io, get(format!("https://localhost:{}/", address.port()))).await;
        assert_eq!(reply.body, b"secure");
        // Part of today is over, so the last whole day is one less.
        assert!([before - 1, before].contains(&reply.certificate_days.unwrap()), "{reply:?}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let (address, pem) = secured("localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    })
    .await;
    let io = trusting(&pem, &directory);
    let failure = failed(&io, get(format!("https://localhost:{}/", address.port()))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
    assert!(failure.detail.starts_with("certificate expired "), "{failure:?}");
    assert!(failure.detail.ends_with(" days ago"), "{failure:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let (address, pem) = secured("other.example.com", |_| {}).await;
    let io = trusting(&pem, &directory);
    let failure = failed(&io, get(format!("https://localhost:{}/", address.port()))).await;
    assert_eq!(failure.reason, Reason::Tls, "{failure:?}");
    assert!(failure.detail.contains("another name than localhost"), "{failure:?}");
}

#[tokio::test]
async fn a_server_without_tls_is_said() {
    let (talks, _) = server(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap_or_default();
    })
    .await;
    let failure = failed(&io(), get(format!("https://{talks}/"))).await;
    assert_eq!((failure.reason, failure.detail.as_str()), (Reason::Tls, "the answer is not TLS"));
    assert_eq!(failure.delivery, Delivery::NotSent);
}

#[tokio::test]
async fn a_server_that_hangs_up_on_tls_is_said() {
    let (address, _) = server(|mut stream, _| async move {
        // Reads the greeting, so that closing is no reset.
        let mut buffer = [0; 4096];
        stream.read(&mut buffer).await.unwrap_or_default();
    })
    .await;
    let failure = failed(&io(), get(format!("https://{address}/"))).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent), "{failure:?}");
}

#[test]
fn a_ca_file_that_is_none_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("ca.pem");
    midwatch::io::files::write_whole(&path, b"no certificate").unwrap();
    for (path, words) in [
        (path, "holds no PEM certificate"),
        (directory.path().to_owned(), "is a directory"),
        (PathBuf::from("/nonexistent.pem"), "no such file"),
    ] {
        let error = Io::new(IoOptions { ca_file: Some(path.clone()), ..IoOptions::default() }).err().unwrap();
        assert!(matches!(error, IoError::CaFile { .. }));
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.to_string().contains(path.to_str().unwrap()), "{error}");
    }
}

/// A machine without certificates, made by running this test again in a poorer environment.
#[tokio::test]
async fn a_machine_without_certificates_still_speaks_plain_http() {
    if std::env::var_os("MIDWATCH_TEST_NO_CA").is_none() {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "tls::a_machine_without_certificates_still_speaks_plain_http"])
            .env("MIDWATCH_TEST_NO_CA", "1")
            .env("SSL_CERT_FILE", "/nonexistent/ca.pem")
            .env("SSL_CERT_DIR", "/nonexistent")
            .status();
        assert!(status.unwrap().success());
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let address = answering(|_| response("200 OK", "", "plain")).await;
    assert_eq!(fetched(&io(), get(format!("http://{address}/"))).await.body, b"plain");
    let (secure, pem) = secured("localhost", |_| {}).await;
    let url = format!("https://localhost:{}/", secure.port());
    let failure = failed(&io(), get(url.as_str())).await;
    assert_eq!((failure.reason, failure.delivery), (Reason::Tls, Delivery::NotSent));
    assert!(failure.detail.contains("no CA certificates"), "{failure:?}");
    assert_eq!(fetched(&trusting(&pem, &directory), get(url.as_str())).await.body, b"secure");
}
