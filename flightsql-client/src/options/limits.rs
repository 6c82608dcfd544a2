//! Limits: sizes, counts and the HTTP/2 settings, each with its reason.
//!
//! Measured on two cores over loopback with 8192-row batches; HTTP/2 settings are
//! [RFC 9113, 6.5.2](https://www.rfc-editor.org/rfc/rfc9113#section-6.5.2).

use std::time::Duration;

use super::error::OptionsError;

const KIB: u32 = 1 << 10;
const MIB: u32 = 1 << 20;

/// Limits of what a server may send, and the settings of the channels. Sizes are in bytes; the setters document each field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub(crate) max_message_size: u32,
    pub(crate) max_batch_rows: u32,
    pub(crate) max_schema_fields: u32,
    pub(crate) max_nesting: u32,
    pub(crate) max_decompressed_size: u64,
    /// Bytes of an error message; see [`header_room`](Limits::header_room) for the headers that it is in.
    pub(crate) max_header_size: u32,
    pub(crate) max_endpoints: u32,
    /// Bytes that the result of one statement uses at once; `None` is no limit.
    pub(crate) max_query_memory: Option<u64>,
    pub(crate) statement_cache_capacity: usize,
    pub(crate) channels: usize,
    /// `SETTINGS_MAX_FRAME_SIZE`.
    pub(crate) http2_frame_size: u32,
    /// `SETTINGS_INITIAL_WINDOW_SIZE`: the flow-control window of one RPC; `None` depends on the round-trip time.
    pub(crate) http2_stream_window: Option<u32>,
    pub(crate) http2_connection_window: u32,
    pub(crate) keep_alive_interval: Option<Duration>,
    pub(crate) keep_alive_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            // gRPC's default of 4 MiB is less than one batch of 65536 rows, and some servers send messages of 6 MB. With
            // 64 MiB, a pool of 20 connections needs at most about 1 GiB.
            max_message_size: 64 * MIB,
            // Columns of nulls need no bytes, so a tiny message can claim any number of rows. Engines send up to 1 Mi rows
            // in a batch, and this is 16 times as many.
            max_batch_rows: 16 * MIB,
            // The widest tables of the known engines have a few thousand columns.
            max_schema_fields: 10_000,
            // Types are converted recursively; no known schema nests this deep.
            max_nesting: 64,
            // Four times a message of the maximum size: the compression ratio of lz4 and zstd on real columns.
            max_decompressed_size: 256 << 20,
            // hyper's 16 KiB is less than one server's error details. Messages of 66 kB were seen: a whole plan.
            max_header_size: 64 * KIB,
            // Ballista sends one per partition, up to a few hundred; each costs one RPC.
            max_endpoints: 10_000,
            // The caller decides how much it keeps; the driver itself needs only a few batches.
            max_query_memory: None,
            // As in SQLx's own drivers.
            statement_cache_capacity: 100,
            channels: default_channels(),
            // With frames of 16 KiB, half of the client's CPU time is system calls; 1 MiB is 1.74 times as fast. 16 MiB is
            // 1.95 times as fast, but one frame then blocks all other streams of its channel.
            http2_frame_size: MIB,
            http2_stream_window: None,
            // The maximum of HTTP/2. Connections share a channel, and a slow consumer keeps the data of its stream. With a
            // smaller window, a few slow consumers would stop every other RPC of the channel, and a program that queries
            // while it reads would deadlock. The windows of the streams bound the memory.
            http2_connection_window: i32::MAX.unsigned_abs(),
            // grpc-go, C-core and grpc-java end a connection whose pings are less than 5 minutes apart; 10% more, for
            // clock differences and network delays. TCP keep-alive serves NAT gateways (`transport/dial`).
            keep_alive_interval: Some(Duration::from_secs(330)),
            // A live peer replies within a round trip; this allows for two lost packets.
            keep_alive_timeout: Duration::from_secs(10),
        }
    }
}

/// Returns 2 for each core: at 256 tasks, twice the throughput of a channel per connection, and 1.3 times the throughput of
/// a single channel. More than 64 only burden the server.
fn default_channels() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    (2 * cores).min(64)
}

impl Limits {
    /// Returns the stream window for a round-trip time, unless the options set one: bandwidth times delay at 4 Gbit/s.
    ///
    /// A slow consumer holds the window in memory, so it is no larger than needed. Larger windows were slower on loopback;
    /// 8 MiB fill 1 Gbit/s at 64 ms.
    pub(crate) fn stream_window(&self, round_trip: Duration) -> u32 {
        const BYTES_PER_MICROSECOND: u128 = 512;
        self.http2_stream_window.unwrap_or_else(|| {
            let needed = round_trip.as_micros().saturating_mul(BYTES_PER_MICROSECOND);
            u32::try_from(needed)
                .unwrap_or(u32::MAX)
                .clamp(MIB, 8 * MIB)
        })
    }

    /// Bytes of the headers or trailers of one response. A message is percent-encoded, which triples it, and h2 drops the code
    /// of a response whose headers are larger.
    pub(crate) fn header_room(&self) -> u32 {
        self.max_header_size.saturating_mul(16)
    }

    /// Returns the limits with at least this number of schema fields.
    pub(crate) fn with_schema_fields(&self, fields: usize) -> Self {
        let fields = u32::try_from(fields).unwrap_or(u32::MAX);
        Self {
            max_schema_fields: self.max_schema_fields.max(fields),
            ..self.clone()
        }
    }

    pub(super) fn check(&self) -> Result<(), OptionsError> {
        // Arrow and gRPC count these in signed 32-bit integers.
        let signed = i32::MAX.unsigned_abs();
        let ranges = [
            ("max_message_size", self.max_message_size, KIB, signed),
            ("max_batch_rows", self.max_batch_rows, 1, u32::MAX),
            ("max_schema_fields", self.max_schema_fields, 1, MIB),
            // Types are converted recursively.
            ("max_nesting", self.max_nesting, 1, 256),
            // The minimum of HTTP/2 stacks, and the maximum of hyper.
            ("max_header_size", self.max_header_size, 4 * KIB, 16 * MIB),
            ("max_endpoints", self.max_endpoints, 1, u32::MAX),
            (
                "http2_frame_size",
                self.http2_frame_size,
                16 * KIB,
                16 * MIB - 1,
            ),
            (
                "http2_stream_window",
                self.http2_stream_window.unwrap_or(MIB),
                64 * KIB - 1,
                signed,
            ),
            (
                "http2_connection_window",
                self.http2_connection_window,
                64 * KIB - 1,
                signed,
            ),
        ];
        for (key, value, min, max) in ranges {
            if !(min..=max).contains(&value) {
                return Err(OptionsError::value(
                    key,
                    format!("must be from {min} to {max}"),
                ));
            }
        }
        if !(1..=1024).contains(&self.channels) {
            return Err(OptionsError::value("channels", "must be from 1 to 1024"));
        }
        if self.max_decompressed_size < u64::from(self.max_message_size) {
            let problem = "must be at least `max_message_size`";
            return Err(OptionsError::value("max_decompressed_size", problem));
        }
        let keep_alive = [
            (
                "keep_alive_interval",
                self.keep_alive_interval.unwrap_or_default(),
            ),
            ("keep_alive_timeout", self.keep_alive_timeout),
        ];
        for (key, value) in keep_alive {
            super::timeouts::check_max(key, value)?;
        }
        if self.keep_alive_timeout.is_zero() {
            return Err(OptionsError::value(
                "keep_alive_timeout",
                "must be more than 0",
            ));
        }
        Ok(())
    }
}
