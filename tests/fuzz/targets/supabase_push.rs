//! Bytes for [`bodies::supabase_push::holds`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::supabase_push::holds(data));
