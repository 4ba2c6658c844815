//! Bytes for [`bodies::sentry_push::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::sentry_push::holds(data));
