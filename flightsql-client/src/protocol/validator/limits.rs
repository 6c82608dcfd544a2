//! [`ValidatorLimits`]: the limits of one stream.

/// The limits of what a server may send, set by options of the connection.
#[derive(Debug, Clone)]
pub(crate) struct ValidatorLimits {
    /// Rows of one batch, also of nested columns that cost no bytes per row.
    pub(crate) max_batch_rows: u64,
    /// Fields of the schema, nested ones included.
    pub(crate) max_schema_fields: usize,
    /// Nesting of fields; a flat column has depth 1.
    pub(crate) max_nesting: usize,
    /// Bytes one message unpacks to when its body is compressed.
    pub(crate) max_decompressed_size: u64,
    /// Bytes kept for all dictionaries of a stream. Not an option of its own: errors name
    /// `max_decompressed_size`, which sets it.
    pub(crate) max_dictionary_size: u64,
}
