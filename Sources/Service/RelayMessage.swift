import StrataBase

/// What the two halves of a relay say to each other: one message is one `RawSpan`, in this form.
///
///      0       1       2       3       4       5
///     +-------+-------+-------+-------+-------+- - - - - -+
///     | kind  |       flow, big-endian        |  content  |
///     +-------+-------+-------+-------+-------+- - - - - -+
///
/// `bytes` has 1 to 65,536 bytes of content, `took` a count of four bytes, `opened` nothing or the client's
/// port in two bytes, the others nothing.
public struct RelayMessage: ~Escapable {
  public enum Kind: UInt8, Sendable {
    /// A client connected: a flow begins. From the gateway only.
    case opened = 1
    /// Bytes of the stream follow.
    case bytes = 2
    /// The stream ended in this direction; the other may go on.
    case ended = 3
    /// The connection was reset: the flow is over.
    case reset = 4
    /// So many bytes were written to the other half's own connection: as many more may come.
    case took = 5
    /// The target could not be reached: the flow is over. From the forwarder only.
    case refused = 6
    /// The connection is to be reset once it has all that was sent before: the flow is over.
    case broken = 7
  }

  /// Bytes in front of the content.
  public static var headerLength: Int { 5 }
  /// The most content in one message.
  public static var mostContent: Int { 65_536 }

  public let kind: Kind
  /// Names the flow; a name comes again only after 2^22 others of its slot.
  public let flow: UInt32
  public let content: RawSpan
  /// Of `took`; 0 in others.
  public let count: Int
  /// The client's port, of an `opened` that says it; 0 in others.
  public let port: UInt16
  /// Which of the 1,024 places the flow has, from 0: no other flow has it at the time.
  public var slot: Int { Relay.slot(of: flow) }

  /// A message that has no content, as it stands.
  public static func bytes(_ kind: Kind, _ flow: UInt32) -> [UInt8] {
    [kind.rawValue] + withUnsafeBytes(of: flow.bigEndian) { Array($0) }
  }

  /// Nil when it is no message.
  @_lifetime(copy bytes)
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.headerLength, let kind = Kind(rawValue: bytes.byte(at: 0)) else {
      return nil
    }
    let content = bytes.extracting(Self.headerLength..<bytes.byteCount)
    switch kind {
    case .bytes: if content.byteCount == 0 || content.byteCount > Self.mostContent { return nil }
    case .took: if content.byteCount != 4 { return nil }
    case .opened: if content.byteCount != 0 && content.byteCount != 2 { return nil }
    case .ended, .reset, .refused, .broken: if content.byteCount != 0 { return nil }
    }
    self.kind = kind
    flow = bytes.big32(at: 1)
    count = kind == .took ? Int(content.big32(at: 0)) : 0
    port = kind == .opened && content.byteCount == 2 ? content.big16(at: 0) : 0
    self.content = content
  }
}
