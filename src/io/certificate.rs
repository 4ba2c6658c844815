//! A server's certificate: how long it lasts, and what is wrong with it, in words. Verifies
//! nothing: rustls has done that.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustls::{AlertDescription, CertificateError};

const DAY: i64 = 86_400;

/// Whole days until the certificate (DER) ends, negative once it has.
pub(super) fn days(der: &[u8]) -> Option<i64> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    Some((certificate.validity().not_after.timestamp() - now()).div_euclid(DAY))
}

#[expect(clippy::disallowed_methods, reason = "a certificate ends by the wall clock, and io may measure")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// What went wrong between two TLS ends, in words.
pub(super) fn words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(error) => certificate_words(error),
        rustls::Error::InvalidMessage(_) | rustls::Error::InappropriateMessage { .. } => {
            "the answer is not TLS".to_owned()
        }
        rustls::Error::PeerIncompatible(_)
        | rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion | AlertDescription::HandshakeFailure,
        ) => {
            format!("no TLS version or cipher in common: {error}")
        }
        rustls::Error::AlertReceived(alert) => format!("TLS refused by the server: {alert:?}"),
        other => format!("TLS failed: {other}"),
    }
}

fn certificate_words(error: &CertificateError) -> String {
    match error {
        CertificateError::Expired => "certificate expired".to_owned(),
        CertificateError::ExpiredContext { time, not_after } => {
            format!("certificate expired {} ago", days_between(not_after.as_secs(), time.as_secs()))
        }
        CertificateError::NotValidYet => "certificate not valid yet".to_owned(),
        CertificateError::NotValidYetContext { time, not_before } => {
            format!(
                "certificate not valid for another {}",
                days_between(time.as_secs(), not_before.as_secs())
            )
        }
        CertificateError::Revoked => "certificate revoked".to_owned(),
        CertificateError::UnknownIssuer => "certificate from an unknown issuer".to_owned(),
        CertificateError::BadSignature => "certificate with a bad signature".to_owned(),
        CertificateError::BadEncoding => "certificate that cannot be read".to_owned(),
        CertificateError::NotValidForName => "certificate for another name".to_owned(),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let presented: Vec<&str> = presented.iter().take(3).map(String::as_str).collect();
            format!("certificate for another name than {}: {}", expected.to_str(), presented.join(", "))
        }
        other => format!("certificate refused: {other}"),
    }
}

fn days_between(from: u64, to: u64) -> String {
    match to.saturating_sub(from) / DAY.unsigned_abs() {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}
