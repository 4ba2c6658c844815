//! Bytes for [`bodies::condition::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::condition::holds(data));
