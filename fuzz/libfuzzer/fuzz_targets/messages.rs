//! The target `messages` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flightsql_fuzz::messages(data));
