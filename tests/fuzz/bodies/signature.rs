//! What a delivery proves itself with: a scheme on the first line, then the header, then the body.

use std::sync::OnceLock;

use futures_util::FutureExt as _;
use midwatch::domain::io::{SecretSource, SignatureScheme};
use midwatch::io::{Io, IoOptions};

use super::{AT, line, shown};

/// A text that every process has, taken for the secret.
const SECRET: &str = "PATH";

/// Nobody who does not know the secret gets in, and a refusal tells nothing of it.
pub fn holds(data: &[u8]) {
    let (scheme, rest) = line(data);
    let (presented, body) = line(rest);
    let Some(scheme) = named(scheme) else { return };
    let secret = SecretSource::Env(SECRET.into());
    let proven = io().verify(scheme, &secret, Some(presented), body, AT).now_or_never();
    let why = proven.expect("a secret that is known is not waited for").expect_err("nobody knows the secret");
    shown::line(&why, "refusal");
    let known = std::env::var(SECRET).expect("there is a PATH");
    assert!(!why.contains(known.trim()), "a refusal tells the secret");
}

/// A scheme as records name it.
fn named(word: &[u8]) -> Option<SignatureScheme> {
    serde_json::from_slice(word).ok()
}

fn io() -> &'static Io {
    static IO: OnceLock<Io> = OnceLock::new();
    IO.get_or_init(|| Io::new(IoOptions::default()).expect("clients without options"))
}
