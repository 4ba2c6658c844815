//! A webhook of Sentry: its resource on the first line, then its body.

use midwatch::sources::sentry::push::from_webhook;

use super::{AT, line, shown};

/// Clean entries, or why there are none.
pub fn holds(data: &[u8]) {
    let (resource, body) = line(data);
    shown::pushed(from_webhook(&String::from_utf8_lossy(resource), body, AT));
}
