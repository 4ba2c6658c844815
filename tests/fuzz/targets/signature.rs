//! Bytes for [`bodies::signature::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::signature::holds(data));
