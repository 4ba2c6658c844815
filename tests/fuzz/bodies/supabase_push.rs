//! A batch of Supabase's log drain.

use midwatch::sources::supabase::push::from_log_drain;

use super::{AT, shown};

/// Clean entries, or why there are none.
pub fn holds(data: &[u8]) {
    shown::pushed(from_log_drain(data, AT));
}
