//! Gauges of channels, as plain data.

/// The state of one channel (an HTTP/2 connection) at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChannelMetrics {
    /// Whether the channel is open.
    pub state: ChannelState,
    /// The sessions that use the channel.
    pub sessions: usize,
    /// The RPCs that run on the channel, including results that are being read.
    pub rpcs: usize,
    /// The RPCs that the server allows at once, as last reported; `None` if it reports no limit.
    pub max_rpcs: Option<usize>,
}

impl ChannelMetrics {
    /// A channel that is being opened or tested.
    pub(crate) fn opening(sessions: usize) -> Self {
        Self {
            state: ChannelState::Opening,
            sessions,
            rpcs: 0,
            max_rpcs: None,
        }
    }
}

/// The state of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelState {
    /// The channel is being opened or tested.
    Opening,
    /// The channel accepts RPCs.
    Open,
    /// The channel accepts no new RPCs, because it was closed, or ended by the server. The next session opens it again.
    Closed,
}
