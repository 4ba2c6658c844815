//! Bytes for [`bodies::alertmanager_push::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::alertmanager_push::holds(data));
