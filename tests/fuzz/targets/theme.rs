//! Bytes for [`bodies::theme::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::theme::holds(data));
