import StrataBase
import StrataTransport
import StrataWire

/// A segment that the peer of a connection makes, as it likes.
struct ForgedSegment {
  var sequence: SequenceNumber
  var acknowledgment = SequenceNumber(0)
  var flags: TCPFlags
  var window: UInt16 = 0xffff
  var options = TCPOptions()
  var payloadCount = 0

  /// Header and payload. A byte of payload says which number it has, so that what arrives can be told
  /// from what should.
  func bytes(from name: ConnectionName) -> [UInt8] {
    let headerCount = TCPHeader.count + options.encodedCount
    var bytes = [UInt8](repeating: 0, count: headerCount + payloadCount)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    _ = TCPHeader.emit(
      &out, at: 0, ports: name.portsOut, sequence: sequence, acknowledgment: acknowledgment, flags: flags,
      window: window, headerCount: headerCount)
    options.emit(&out, at: TCPHeader.count)
    ForgedSegment.mark(&bytes)
    return bytes
  }

  /// The byte that always has this number in the peer's stream.
  static func byte(_ number: SequenceNumber) -> UInt8 {
    UInt8(truncatingIfNeeded: (number.rawValue &* 2_654_435_761) >> 23)
  }

  /// Where the payload of a segment begins in the peer's numbers.
  static func start(of view: borrowing TCPView) -> SequenceNumber {
    view.flags.contains(.syn) ? view.sequence + 1 : view.sequence
  }

  /// Writes the payload anew where a segment's header says that it lies.
  static func mark(_ bytes: inout [UInt8]) {
    guard let (start, headerCount) = place(bytes) else { return }
    for at in headerCount..<bytes.count { bytes[at] = byte(start + (at - headerCount)) }
  }

  private static func place(_ bytes: [UInt8]) -> (SequenceNumber, Int)? {
    guard let view = try? TCPView(bytes.span.bytes) else { return nil }
    return (start(of: view), view.headerCount)
  }
}
