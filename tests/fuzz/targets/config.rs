//! Bytes for [`bodies::config::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::config::holds(data));
