//! The target `cookies` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flightsql_fuzz::cookies(data));
