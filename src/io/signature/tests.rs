//! Signatures computed elsewhere, and everything that is nearly one.

use super::*;

/// Bytes that are not all ASCII: a signature is over bytes.
const BODY: &[u8] = "{\"action\":\"created\",\"data\":{\"text\":\"é\\u0000\"}}".as_bytes();
const SECRET: &[u8] = b"shared-secret-1";
const SIGNED: &str = "0269abe9c59badb30591f9761191ee6e0e29bbc6601d2456e9d43bbb22bb8429";
const STRIPE_SECRET: &[u8] = b"whsec_lanternfish";
const STRIPE: &str = "6310f2e58471ffbc19db78443365a67df3d348be47916cc9dbc30acfa780385c";
const STRIPE_BY_ANOTHER: &str = "f21e32ce00093b0bce5c4da35cdcea5f32d9fc90c626289ea410851286a61914";
const STRIPE_SCHEME: SignatureScheme = SignatureScheme::Stripe { tolerance: Duration::from_secs(300) };
const SENT: i64 = 1_750_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn hmac(secret: &[u8], header: &str, body: &[u8]) -> Result<(), String> {
    verify(SignatureScheme::HmacSha256, secret, Some(header.as_bytes()), body, at(0))
}

fn stripe_at(seconds: i64, header: &str) -> Result<(), String> {
    verify(STRIPE_SCHEME, STRIPE_SECRET, Some(header.as_bytes()), BODY, at(seconds))
}

fn refused(result: Result<(), String>, words: &str) {
    let why = result.unwrap_err();
    assert!(why.contains(words), "{why:?} does not say {words:?}");
}

#[test]
fn a_body_signed_with_the_secret_is_accepted() {
    assert_eq!(hmac(SECRET, SIGNED, BODY), Ok(()));
    assert_eq!(hmac(SECRET, &SIGNED.to_uppercase(), BODY), Ok(()));
    assert_eq!(hmac(SECRET, &format!(" {SIGNED}\r\n"), BODY), Ok(()));
    let empty = "e1892b51f2baad8f5ffd7dffe7bf61feb4dbd9151dc146ec6db46d048b87f6de";
    assert_eq!(hmac(SECRET, empty, b""), Ok(()));
    let no_text = "ac0b17a0067cfe59d792c6f1e909f868a4396072a5d9fe49393f3f4f91d6b9ba";
    assert_eq!(hmac(SECRET, no_text, b"\xff\x00\r\n"), Ok(()));
}

#[test]
fn a_body_signed_otherwise_is_refused() {
    refused(hmac(b"shared-secret-2", SIGNED, BODY), "does not fit");
    refused(hmac(SECRET, SIGNED, b"{}"), "does not fit");
    refused(hmac(SECRET, SIGNED, [BODY, b"\n"].concat().as_slice()), "does not fit");
    let last = format!("{}8", &SIGNED[..63]);
    refused(hmac(SECRET, &last, BODY), "does not fit");
    for broken in [&SIGNED[..63], &SIGNED[..62], "zz", &format!("{SIGNED}00"), &format!("sha256={SIGNED}")] {
        refused(hmac(SECRET, broken, BODY), "64 hexadecimal digits");
    }
    refused(hmac(b"", SIGNED, BODY), "secret is empty");
    refused(hmac(SECRET, &"a".repeat(5000), BODY), "longer");
}

#[test]
fn a_missing_signature_is_refused_by_every_scheme() {
    for scheme in
        [SignatureScheme::HmacSha256, STRIPE_SCHEME, SignatureScheme::Bearer, SignatureScheme::Token]
    {
        for missing in [None, Some(&b""[..]), Some(&b"  "[..])] {
            refused(verify(scheme, SECRET, missing, BODY, at(SENT)), "no signature");
        }
    }
}

#[test]
fn a_delivery_in_time_is_accepted_and_one_out_of_it_refused() {
    let header = format!("t={SENT},v1={STRIPE}");
    for near in [-300, -1, 0, 1, 300] {
        assert_eq!(stripe_at(SENT + near, &header), Ok(()), "{near}");
    }
    refused(stripe_at(SENT + 301, &header), "older");
    refused(stripe_at(SENT - 301, &header), "future");
    // A time that was changed is not what was signed.
    refused(stripe_at(SENT + 900, &format!("t={},v1={STRIPE}", SENT + 900)), "does not fit");
}

#[test]
fn one_of_several_signatures_is_enough_and_other_versions_count_for_nothing() {
    let (good, bad) = (STRIPE, STRIPE_BY_ANOTHER);
    for header in [
        format!("t={SENT},v1={bad},v1={good}"),
        format!("t={SENT},v1={good},v1={bad}"),
        format!("v1={good}, t={SENT}, v0={bad}"),
        format!("t={SENT},v1=nonsense,v1={good}"),
    ] {
        assert_eq!(stripe_at(SENT, &header), Ok(()), "{header}");
    }
    refused(stripe_at(SENT, &format!("t={SENT},v1={bad}")), "does not fit");
    refused(stripe_at(SENT, &format!("t={SENT},v0={good}")), "no v1");
    refused(stripe_at(SENT, &format!("t={SENT},v1={}", &good[..62])), "no v1");
}

#[test]
fn a_malformed_stripe_header_is_refused() {
    for header in [
        "nonsense".to_owned(),
        STRIPE.to_owned(),
        format!("v1={STRIPE}"),
        format!("t=,v1={STRIPE}"),
        format!("t=-{SENT},v1={STRIPE}"),
        format!("t=+{SENT},v1={STRIPE}"),
        format!("t={SENT}.0,v1={STRIPE}"),
        format!("t=99999999999999999999,v1={STRIPE}"),
        format!("t={SENT},t={SENT},v1={STRIPE}"),
        format!("t={SENT},v1={STRIPE},"),
    ] {
        refused(stripe_at(SENT, &header), "of the form");
    }
}

#[test]
fn a_token_is_the_secret_and_nothing_else() {
    let token = |scheme, header: &str| verify(scheme, SECRET, Some(header.as_bytes()), BODY, at(0));
    for header in ["Bearer shared-secret-1", "bearer  shared-secret-1 "] {
        assert_eq!(token(SignatureScheme::Bearer, header), Ok(()), "{header}");
    }
    for header in ["shared-secret-1", "Basic shared-secret-1", "Bearer", "Bearershared-secret-1"] {
        refused(token(SignatureScheme::Bearer, header), "no bearer token");
    }
    refused(token(SignatureScheme::Bearer, "Bearer shared-secret-"), "does not fit");
    assert_eq!(token(SignatureScheme::Token, "shared-secret-1"), Ok(()));
    for header in ["shared-secret", "shared-secret-11", "Bearer shared-secret-1", "SHARED-SECRET-1"] {
        refused(token(SignatureScheme::Token, header), "does not fit");
    }
}
