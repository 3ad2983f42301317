/// The states of a connection (RFC 9293 §3.3.2). LISTEN is a listener's, not a connection's.
public enum TCPState: UInt8, Hashable, Sendable, CaseIterable {
  case closed, synSent, synReceived, established, finWait1, finWait2, closeWait, closing, lastAck, timeWait

  /// Both initial sequence numbers are known and acknowledged.
  public var isSynchronized: Bool { rawValue >= TCPState.established.rawValue }
  /// The user may put more bytes into the stream; before the handshake ends they wait.
  public var takesData: Bool {
    switch self {
    case .synSent, .synReceived, .established, .closeWait: true
    default: false
    }
  }
  /// The handshake has not ended yet.
  public var isConnecting: Bool { self == .synSent || self == .synReceived }
  /// The peer may put more bytes into its stream.
  public var expectsData: Bool {
    switch self {
    case .established, .finWait1, .finWait2: true
    default: false
    }
  }
  /// Bytes, or our FIN, may be sent or sent again.
  public var transmits: Bool {
    switch self {
    case .established, .finWait1, .closeWait, .closing, .lastAck: true
    default: false
    }
  }
  /// The peer's FIN came.
  public var hasPeerClosed: Bool {
    switch self {
    case .closeWait, .closing, .lastAck, .timeWait: true
    default: false
    }
  }
}

extension TCPState: CustomStringConvertible {
  /// As the RFC writes it: `FIN-WAIT-1`.
  public var description: String {
    switch self {
    case .closed: "CLOSED"
    case .synSent: "SYN-SENT"
    case .synReceived: "SYN-RECEIVED"
    case .established: "ESTABLISHED"
    case .finWait1: "FIN-WAIT-1"
    case .finWait2: "FIN-WAIT-2"
    case .closeWait: "CLOSE-WAIT"
    case .closing: "CLOSING"
    case .lastAck: "LAST-ACK"
    case .timeWait: "TIME-WAIT"
    }
  }
}
