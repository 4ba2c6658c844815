//! Bytes for [`bodies::journal_fact::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::journal_fact::holds(data));
