//! A webhook of Stripe.

use midwatch::sources::stripe::push::from_webhook;

use super::{AT, shown};

/// Clean entries, or why there are none.
pub fn holds(data: &[u8]) {
    shown::pushed(from_webhook(data, AT));
}
