//! `Option<T>`: NULL.
//!
//! Decoding and the type of an `Option` are sqlx-core's. A `None` is bound as a NULL of `T`'s type.

use crate::marker::FlightSql;

sqlx_core::impl_encode_for_option!(FlightSql);
