//! Bytes for [`bodies::stripe_push::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::stripe_push::holds(data));
