//! [`Method`]: the RPCs of the Flight service.

/// An RPC of [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto) that the driver sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Handshake,
    GetFlightInfo,
    GetSchema,
    DoGet,
    DoPut,
    DoAction,
}

/// The path of the service, which the path of each RPC extends by `/` and its name.
pub(super) const SERVICE: &str = "/arrow.flight.protocol.FlightService";

impl Method {
    /// Returns the full name of the RPC, such as `arrow.flight.protocol.FlightService/DoGet`.
    pub(crate) fn name(self) -> &'static str {
        self.path().trim_start_matches('/')
    }

    /// Returns the path of the RPC, as HTTP/2 sends it.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Handshake => "/arrow.flight.protocol.FlightService/Handshake",
            Self::GetFlightInfo => "/arrow.flight.protocol.FlightService/GetFlightInfo",
            Self::GetSchema => "/arrow.flight.protocol.FlightService/GetSchema",
            Self::DoGet => "/arrow.flight.protocol.FlightService/DoGet",
            Self::DoPut => "/arrow.flight.protocol.FlightService/DoPut",
            Self::DoAction => "/arrow.flight.protocol.FlightService/DoAction",
        }
    }
}
