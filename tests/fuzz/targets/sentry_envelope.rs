//! Bytes for [`bodies::sentry_envelope::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::sentry_envelope::holds(data));
