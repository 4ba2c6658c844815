//! An envelope, as SDKs of Sentry send it.

use midwatch::sources::sentry::push::from_envelope;

use super::{AT, shown};

/// Clean entries, or why there are none.
pub fn holds(data: &[u8]) {
    shown::pushed(from_envelope(data, AT));
}
