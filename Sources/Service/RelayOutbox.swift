import StrataBase

/// Messages that wait to be taken to the other half, one behind the other in one buffer, each behind its
/// length. Credit bounds what a flow may have here (`Relay.window`).
struct RelayOutbox: Sendable {
  private var bytes: [UInt8] = []
  /// The buffer of the turn before, empty.
  private var spare: [UInt8] = []

  var isEmpty: Bool { bytes.isEmpty }

  private mutating func begin(_ kind: RelayMessage.Kind, _ flow: UInt32, content: Int) {
    append(big32: UInt32(RelayMessage.headerLength + content))
    bytes.append(kind.rawValue)
    append(big32: flow)
  }
  private mutating func append(big32 value: UInt32) {
    withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func append(_ kind: RelayMessage.Kind, _ flow: UInt32) { begin(kind, flow, content: 0) }

  mutating func append(openedFrom port: UInt16, _ flow: UInt32) {
    begin(.opened, flow, content: 2)
    bytes.append(UInt8(port >> 8))
    bytes.append(UInt8(truncatingIfNeeded: port))
  }

  mutating func append(took count: Int, _ flow: UInt32) {
    begin(.took, flow, content: 4)
    append(big32: UInt32(count))
  }

  mutating func append(_ content: RawSpan, _ flow: UInt32) {
    begin(.bytes, flow, content: content.byteCount)
    content.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Hands each message over, in order, and forgets it.
  mutating func take(_ body: (RawSpan) -> Void) {
    if bytes.isEmpty { return }
    var taken = spare
    swap(&taken, &bytes)
    spare = []
    Self.split(taken.span.bytes, body)
    // A busy second does not make memory busy for ever.
    taken.removeAll(keepingCapacity: taken.capacity <= 1 << 20)
    spare = taken
  }

  private static func split(_ all: RawSpan, _ body: (RawSpan) -> Void) {
    var at = 0
    while at < all.byteCount {
      let end = at + 4 + Int(all.big32(at: at))
      body(all.extracting((at + 4)..<end))
      at = end
    }
  }
}
