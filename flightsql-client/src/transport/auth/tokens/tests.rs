//! Tests of the shared token.
