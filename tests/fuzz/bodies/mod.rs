//! What must hold of every parser that reads the outside, whatever it is given. The fuzz targets run these bodies over
//! what a fuzzer makes up, `tests/fuzz_seeds.rs` over the committed seeds.

pub mod alertmanager_push;
pub mod condition;
pub mod config;
pub mod journal_fact;
pub mod keymap;
pub mod replies;
pub mod runbook;
pub mod sentry_envelope;
pub mod sentry_push;
pub mod shown;
pub mod signature;
pub mod source;
pub mod stripe_push;
pub mod supabase_push;
pub mod tables;
pub mod theme;

use midwatch::domain::time::Timestamp;

/// When everything is read: 2026-11-21T14:32:00Z, near the times in the seeds.
pub const AT: Timestamp = Timestamp::from_millis(1_795_271_520_000);

/// A body by the name of its target.
pub type Body = (&'static str, fn(&[u8]));

/// Every body.
pub const BODIES: &[Body] = &[
    ("alertmanager_push", alertmanager_push::holds),
    ("condition", condition::holds),
    ("config", config::holds),
    ("journal_fact", journal_fact::holds),
    ("keymap", keymap::holds),
    ("runbook", runbook::holds),
    ("sentry_envelope", sentry_envelope::holds),
    ("sentry_push", sentry_push::holds),
    ("signature", signature::holds),
    ("source", source::holds),
    ("stripe_push", stripe_push::holds),
    ("supabase_push", supabase_push::holds),
    ("theme", theme::holds),
];

/// Up to the first line end, and what comes after it.
pub fn line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}
