//! The target `sql_text` under libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| flightsql_fuzz::sql_text(data));
