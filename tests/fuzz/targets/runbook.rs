//! Bytes for [`bodies::runbook::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::runbook::holds(data));
