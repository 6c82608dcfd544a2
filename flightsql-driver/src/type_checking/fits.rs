//! Pairs of Rust types and kinds of columns or parameters that the checked macros accept.
//!
//! `Reads` repeats `Type::compatible` for the compiler; a test compares the two. `Accepts` has the pairs of one family
//! (numbers, text, bytes, dates, lists) whose every value converts exactly. A value of another family, or a value that
//! fits only sometimes, needs `value as _`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration as StdDuration;

use arrow_buffer::i256;
use bytes::Bytes;
use sqlx_core::types::Text;

use super::kinds::*;
use crate::types::{FlightSqlHasArrayType, FlightSqlInterval};

/// A type that reads exactly the columns of its `Reads`.
pub trait Known {}

/// A type that reads columns of the kind `K`.
pub trait Reads<K>: Known {}

/// A type that binds to a parameter of the kind `K` without loss.
pub trait Accepts<K> {}

/// Implements `Reads` for each of the types and each of the kinds.
macro_rules! reads {
    ($([$($rust:ty),+] $kinds:tt)*) => {$($(
        impl $crate::type_checking::fits::Known for $rust {}
        $crate::type_checking::fits::each!(Reads, $rust, $kinds);
    )+)*};
}

/// Implements `Accepts` for each of the types and each of the kinds.
macro_rules! accepts {
    ($([$($rust:ty),+] $kinds:tt)*) => {$($(
        $crate::type_checking::fits::each!(Accepts, $rust, $kinds);
    )+)*};
}

macro_rules! each {
    ($trait:ident, $rust:ty, [$($kind:ty),+]) => {$(
        impl $crate::type_checking::fits::$trait<$kind> for $rust {}
    )+};
}

pub(super) use {accepts, each, reads};

self::reads! {
    [bool] [Boolean, Bool8]
    [i8, i16, i32, i64, u8, u16, u32, u64, i128, u128, i256]
        [Bool8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, WholeDecimal]
    [f32] [Float16, Float32, Bool8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64]
    [f64] [Float16, Float32, Float64, Bool8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64]
    [String, Box<str>, Arc<str>, Rc<str>, Cow<'_, str>] [Utf8, Json]
    [Bytes, Box<[u8]>, Arc<[u8]>, Rc<[u8]>, Cow<'_, [u8]>]
        [Utf8, Json, Binary, FixedSizeBinary, Binary16, Uuid]
    [Vec<u8>] [Utf8, Json, Binary, FixedSizeBinary, Binary16, Uuid, List<UInt8>]
    [StdDuration] [super::kinds::Duration]
    [FlightSqlInterval] [Interval]
}

self::accepts! {
    [bool] [Boolean, Bool8]
    [i8] [Int8, Int16, Int32, Int64, Float16, Float32, Float64, Decimal, WholeDecimal]
    [i16] [Int16, Int32, Int64, Float32, Float64, Decimal, WholeDecimal]
    [i32] [Int32, Int64, Float64, Decimal, WholeDecimal]
    [u8] [UInt8, UInt16, UInt32, UInt64, Int16, Int32, Int64, Float16, Float32, Float64, Decimal, WholeDecimal]
    [u16] [UInt16, UInt32, UInt64, Int32, Int64, Float32, Float64, Decimal, WholeDecimal]
    [u32] [UInt32, UInt64, Int64, Float64, Decimal, WholeDecimal]
    [i64] [Int64, Decimal, WholeDecimal]
    [u64] [UInt64, Decimal, WholeDecimal]
    [i128, u128, i256] [Decimal, WholeDecimal]
    [f32] [Float32, Float64]
    [f64] [Float64]
    [str, String, Box<str>, Arc<str>, Rc<str>, Cow<'_, str>] [Utf8]
    [[u8], Vec<u8>, Bytes, Box<[u8]>, Arc<[u8]>, Rc<[u8]>, Cow<'_, [u8]>]
        [Binary, FixedSizeBinary, Binary16, List<UInt8>]
    [StdDuration] [super::kinds::Duration]
    [FlightSqlInterval] [Interval]
}

#[cfg(feature = "bigdecimal")]
self::reads!([sqlx_core::types::BigDecimal] [
    Bool8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, WholeDecimal, Decimal
]);
#[cfg(feature = "bigdecimal")]
self::accepts!([sqlx_core::types::BigDecimal] [Decimal, WholeDecimal]);

#[cfg(feature = "rust_decimal")]
self::reads!([sqlx_core::types::Decimal] [
    Bool8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, WholeDecimal, Decimal
]);
#[cfg(feature = "rust_decimal")]
self::accepts!([sqlx_core::types::Decimal] [Decimal, WholeDecimal]);

#[cfg(feature = "half")]
self::reads!([half::f16][Float16]);
#[cfg(feature = "half")]
self::accepts!([half::f16] [Float16, Float32, Float64]);

#[cfg(feature = "uuid")]
self::reads!([sqlx_core::types::Uuid] [Uuid, Binary16, Binary, Utf8, Json]);
#[cfg(feature = "uuid")]
self::accepts!([sqlx_core::types::Uuid] [Uuid, Binary16]);

impl<T: Accepts<K> + ?Sized, K> Accepts<K> for &T {}
impl<T: Accepts<K>, K> Accepts<K> for Option<T> {}

impl<T> Known for Text<T> {}
impl<T, K> Reads<K> for Text<T> where String: Reads<K> {}
impl<T, K> Accepts<K> for Text<T> where String: Accepts<K> {}

impl<const N: usize> Known for [u8; N] {}
impl<const N: usize, K> Reads<K> for [u8; N] where Vec<u8>: Reads<K> {}
impl<const N: usize, K> Accepts<K> for [u8; N] where Vec<u8>: Accepts<K> {}

/// Implements the traits for lists of known types. A list of a user-defined type is not known.
macro_rules! lists {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        impl<T: Known + FlightSqlHasArrayType, $($generics)*> Known for $list {}
        impl<T: Reads<K> + FlightSqlHasArrayType, K, $($generics)*> Reads<List<K>> for $list {}
        impl<T: Accepts<K> + FlightSqlHasArrayType, K, $($generics)*> Accepts<List<K>> for $list {}
    )*};
}

lists! {
    [] Vec<T>;
    [] Box<[T]>;
    [const N: usize] [T; N];
}

impl<T: Accepts<K> + FlightSqlHasArrayType, K> Accepts<List<K>> for [T] {}
impl<T: Known> Known for Option<T> {}
impl<T: Reads<K>, K> Reads<K> for Option<T> {}

// The items of these types are compared when a value is read.
impl<K, V, S> Known for HashMap<K, V, S> {}
impl<K, V, S> Reads<Map> for HashMap<K, V, S> {}
impl<K, V> Known for BTreeMap<K, V> {}
impl<K, V> Reads<Map> for BTreeMap<K, V> {}

macro_rules! tuples {
    ($(($($field:ident $index:tt),+);)*) => {$(
        impl<$($field),+> Known for ($($field,)+) {}
        impl<$($field),+> Reads<Struct> for ($($field,)+) {}
    )*};
}

crate::types::for_tuples!(tuples);
