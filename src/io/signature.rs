//! Whether a delivery is from who shares a secret with this console. Compares in constant time; asks no
//! clock; what it says holds nothing of the secret, the header or the body.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use crate::domain::io::SignatureScheme;
use crate::domain::time::{Timestamp, brief};

/// How long a header may be.
const HEADER: usize = 4096;

/// Whether `presented`, what the header held, fits `body` and `secret`; why not, in words.
pub(super) fn verify(
    scheme: SignatureScheme,
    secret: &[u8],
    presented: Option<&[u8]>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), String> {
    let presented = presented.map(<[u8]>::trim_ascii).filter(|presented| !presented.is_empty());
    let presented = presented.ok_or("the delivery has no signature")?;
    if presented.len() > HEADER {
        return Err("the signature is longer than any".to_owned());
    }
    if secret.is_empty() {
        return Err("the secret is empty".to_owned());
    }
    match scheme {
        SignatureScheme::HmacSha256 => {
            let given = digest(presented).ok_or("the signature is not 64 hexadecimal digits")?;
            fits(mac(secret, &[body])?.ct_eq(&given))
        }
        SignatureScheme::Stripe { tolerance } => stripe(secret, presented, body, now, tolerance),
        SignatureScheme::Bearer => {
            let (word, token) = presented.split_at_checked(7).ok_or("the header is no bearer token")?;
            if !word.eq_ignore_ascii_case(b"bearer ") {
                return Err("the header is no bearer token".to_owned());
            }
            fits(same(secret, token.trim_ascii()))
        }
        SignatureScheme::Token => fits(same(secret, presented)),
    }
}

fn stripe(
    secret: &[u8],
    presented: &[u8],
    body: &[u8],
    now: Timestamp,
    tolerance: Duration,
) -> Result<(), String> {
    let malformed = || "the signature is not of the form t=…,v1=…".to_owned();
    let (mut time, mut given) = (None, Vec::new());
    for part in presented.split(|byte| *byte == b',') {
        let part = part.trim_ascii();
        let equals = part.iter().position(|byte| *byte == b'=').ok_or_else(malformed)?;
        match (&part[..equals], &part[equals + 1..]) {
            (b"t", _) if time.is_some() => return Err(malformed()),
            (b"t", digits) => time = Some(digits),
            (b"v1", hexadecimal) => given.extend(digest(hexadecimal)),
            // Other versions are weaker, or not known yet.
            _ => {}
        }
    }
    let time = time.ok_or_else(malformed)?;
    if !time.iter().all(u8::is_ascii_digit) {
        return Err(malformed());
    }
    let sent: i64 =
        std::str::from_utf8(time).ok().and_then(|digits| digits.parse().ok()).ok_or_else(malformed)?;
    if given.is_empty() {
        return Err("the delivery has no v1 signature".to_owned());
    }
    let expected = mac(secret, &[time, b".", body])?;
    // Every one is compared, so that the time it takes does not say which fits.
    fits(given.iter().fold(Choice::from(0), |any, given| any | expected.ct_eq(given)))?;
    let age = now.millis().div_euclid(1000).saturating_sub(sent);
    if age.unsigned_abs() <= tolerance.as_secs() {
        return Ok(());
    }
    let most = brief(tolerance);
    Err(if age > 0 {
        format!("the delivery is older than {most}")
    } else {
        format!("the delivery is more than {most} in the future")
    })
}

fn fits(equal: Choice) -> Result<(), String> {
    if equal.into() { Ok(()) } else { Err("the signature does not fit".to_owned()) }
}

fn mac(secret: &[u8], parts: &[&[u8]]) -> Result<[u8; 32], String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| "the secret cannot sign".to_owned())?;
    parts.iter().for_each(|part| mac.update(part));
    Ok(mac.finalize().into_bytes().into())
}

/// 64 hexadecimal digits, and nothing else.
fn digest(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

/// Whether two texts are one, in a time that tells nothing of either, not even its length.
fn same(one: &[u8], other: &[u8]) -> Choice {
    Sha256::digest(one).ct_eq(&Sha256::digest(other))
}

#[cfg(test)]
mod tests;
