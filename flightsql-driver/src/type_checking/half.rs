//! `half::f16` in the checked macros.

use half::f16;

use super::fits::{accepts, reads};
use super::kinds::*;

reads! {
    [f16] [Float16]
}

accepts! {
    [f16] [Float16, Float32, Float64]
}
