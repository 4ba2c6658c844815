//! Bytes for [`bodies::source::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::source::holds(data));
