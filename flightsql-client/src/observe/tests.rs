//! Tests of the values of spans and metrics.
