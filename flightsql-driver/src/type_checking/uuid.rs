//! `uuid::Uuid` in the checked macros.

use sqlx_core::types::Uuid as Id;

use super::fits::{accepts, reads};
use super::kinds::*;

reads! {
    [Id] [Uuid, Binary16, Binary, Utf8, Json]
}

accepts! {
    [Id] [Uuid, Binary16]
}
