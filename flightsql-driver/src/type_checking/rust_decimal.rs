//! `rust_decimal::Decimal` in the checked macros.

use sqlx_core::types::Decimal as Number;

use super::fits::{accepts, reads};
use super::kinds::*;

reads! {
    [Number]
        [Bool8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, WholeDecimal, Decimal]
}

accepts! {
    [Number] [Decimal, WholeDecimal]
}
