//! A webhook of Alertmanager.

use midwatch::sources::prometheus::push::from_alertmanager;

use super::{AT, shown};

/// Clean entries, or why there are none.
pub fn holds(data: &[u8]) {
    shown::pushed(from_alertmanager(data, AT));
}
