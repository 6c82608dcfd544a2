//! `Json<T>` and `serde_json::Value` in the checked macros.

use serde_json::Value;
use sqlx_core::types::Json as Shape;

use super::fits::{Accepts, Known, Reads, accepts, reads};
use super::kinds::*;

reads!([Value] [Json, Utf8, Struct, TimestampWithOffset, Map]);
accepts!([Value][Json]);

impl<K> Reads<List<K>> for Value {}

impl<T> Known for Shape<T> {}
impl<T, K> Reads<K> for Shape<T> where Value: Reads<K> {}
impl<T, K> Accepts<K> for Shape<T> where Value: Accepts<K> {}
