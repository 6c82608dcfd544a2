//! The target `url_options` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flightsql_fuzz::url_options(data));
