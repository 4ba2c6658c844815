//! How a delivery proves whom it is from.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a delivery's header holds, given a secret that both sides know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureScheme {
    /// The HMAC-SHA256 of the body in hexadecimal, as in `Sentry-Hook-Signature`.
    HmacSha256,
    /// `t=…,v1=…`: a time in seconds and the HMAC-SHA256 of `{t}.{body}`, as in `Stripe-Signature`. One
    /// `v1` that fits is enough; a time further off than this is refused.
    Stripe {
        /// How far off the time may be, either way.
        tolerance: Duration,
    },
    /// `Bearer` and the secret itself.
    Bearer,
    /// The secret itself.
    Token,
}
