//! Bytes for [`bodies::keymap::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::keymap::holds(data));
