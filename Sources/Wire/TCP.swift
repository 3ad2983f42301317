import StrataBase

// Transmission Control Protocol (RFC 9293 §3.1; RFC 3168 §6.1 for ECE and CWR)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+-------------------------------+
// |          Source Port          |       Destination Port        |
// +-------------------------------+-------------------------------+
// |                        Sequence Number                        |
// +---------------------------------------------------------------+
// |                    Acknowledgment Number                      |
// +-------+-----+-+-+-+-+-+-+-+-+-+-------------------------------+
// | Data  |     |N|C|E|U|A|P|R|S|F|                               |
// |Offset |Rsrvd|S|W|C|R|C|S|S|Y|I|            Window             |
// |       |     | |R|E|G|K|H|T|N|N|                               |
// +-------+-----+-+-+-+-+-+-+-+-+-+-------------------------------+
// |           Checksum            |        Urgent Pointer         |
// +-------------------------------+-------------------------------+
// |            Options, padded to a multiple of 4 bytes           |
// +---------------------------------------------------------------+

/// The control bits of a segment.
@frozen public struct TCPFlags: OptionSet, Hashable, Sendable {
  public var rawValue: UInt16
  @inline(__always) @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 1) }
  @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 2) }
  @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 4) }
  @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 8) }
  @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 16) }
  @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 32) }
  @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 64) }
  @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 128) }
  /// Once ECN's nonce sum (RFC 3540); reserved now.
  @inlinable public static var ns: TCPFlags { TCPFlags(rawValue: 256) }
}

/// A segment that was read. Options are read apart, by `TCPOptions.parse`.
///
/// ```swift
/// let segment = try TCPView(packet.payload)
/// let pseudo = PseudoHeader.sum(
///   source: from, destination: to, protocol: .tcp, count: segment.raw.byteCount)
/// guard segment.checksumIsRight(pseudo: pseudo) else { return }
/// if segment.flags.contains(.syn) { ... }
/// ```
@frozen public struct TCPView: ~Escapable {
  public let raw: RawSpan
  /// Bytes of the header, options included: 20...60.
  public let headerCount: Int

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= TCPHeader.count else { throw .short }
    let headerCount = Int(raw.byte(at: TCPHeader.offsetAndFlags) >> 4) &* 4
    guard headerCount >= TCPHeader.count, headerCount <= raw.byteCount else { throw .dataOffset }
    self.raw = raw
    self.headerCount = headerCount
  }

  /// Both ports as they lie in memory: a key that needs no swapping.
  @inline(__always) @inlinable public var ports: UInt32 { raw.native32(at: 0) }
  @inline(__always) @inlinable public var sourcePort: UInt16 { raw.big16(at: TCPHeader.sourcePort) }
  @inline(__always) @inlinable public var destinationPort: UInt16 { raw.big16(at: TCPHeader.destinationPort) }
  /// SEG.SEQ
  @inline(__always) @inlinable public var sequence: SequenceNumber {
    SequenceNumber(raw.big32(at: TCPHeader.sequence))
  }
  /// SEG.ACK
  @inline(__always) @inlinable public var acknowledgment: SequenceNumber {
    SequenceNumber(raw.big32(at: TCPHeader.acknowledgment))
  }
  /// Data offset, reserved bits and flags in one number, for header prediction.
  @inline(__always) @inlinable public var offsetAndFlags: UInt16 { raw.big16(at: TCPHeader.offsetAndFlags) }
  @inline(__always) @inlinable public var flags: TCPFlags { TCPFlags(rawValue: offsetAndFlags & 0x1ff) }
  /// SEG.WND, not scaled.
  @inline(__always) @inlinable public var window: UInt16 { raw.big16(at: TCPHeader.window) }
  @inlinable public var urgentPointer: UInt16 { raw.big16(at: TCPHeader.urgentPointer) }
  @inlinable public var hasOptions: Bool { headerCount > TCPHeader.count }
  @inlinable public var optionsSpan: RawSpan {
    @_lifetime(copy self) get { raw.extracting(TCPHeader.count..<headerCount) }
  }
  @inline(__always) @inlinable public var payloadCount: Int { raw.byteCount &- headerCount }
  @inline(__always) @inlinable public var payload: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: headerCount) }
  }

  /// The partial sum of header and options, the checksum field among them.
  @inline(__always) @inlinable public var headerSum: UInt64 {
    var sum = UInt64(raw.native32(at: 0)) &+ UInt64(raw.native32(at: 4)) &+ UInt64(raw.native32(at: 8))
    sum &+= UInt64(raw.native32(at: 12)) &+ UInt64(raw.native32(at: 16))
    return hasOptions ? sum &+ optionsSum : sum
  }
  // Apart and not inlined: as one loop over the whole header the compiler makes vectors of it.
  @inline(never) @usableFromInline var optionsSum: UInt64 {
    var sum: UInt64 = 0
    for at in stride(from: TCPHeader.count, to: headerCount, by: 4) { sum &+= UInt64(raw.native32(at: at)) }
    return sum
  }

  /// Whether the checksum matches. `pseudo` counts `raw.byteCount` bytes.
  @inline(__always) @inlinable public func checksumIsRight(pseudo: UInt64) -> Bool {
    Checksum.fold(pseudo &+ headerSum &+ Checksum.sum(payload)) == 0xffff
  }
}

/// Writes TCP headers.
@frozen public enum TCPHeader {
  @inlinable public static var sourcePort: Int { 0 }
  @inlinable public static var destinationPort: Int { 2 }
  @inlinable public static var sequence: Int { 4 }
  @inlinable public static var acknowledgment: Int { 8 }
  @inlinable public static var offsetAndFlags: Int { 12 }
  @inlinable public static var window: Int { 14 }
  @inlinable public static var checksum: Int { 16 }
  @inlinable public static var urgentPointer: Int { 18 }
  /// Bytes of a header without options.
  @inlinable public static var count: Int { 20 }
  /// The most bytes of a header: what the data offset can say.
  @inlinable public static var mostCount: Int { 60 }

  /// Both ports as they go out: the argument `ports` of `emit`.
  @inline(__always) @inlinable public static func ports(source: UInt16, destination: UInt16) -> UInt32 {
    (UInt32(source) << 16 | UInt32(destination)).bigEndian
  }

  /// Writes the first 20 bytes with an empty checksum and gives their partial sum. `ports` is as it
  /// goes out; `headerCount` counts the options, a multiple of 4, that the caller writes behind.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, ports: UInt32, sequence seq: SequenceNumber,
    acknowledgment ack: SequenceNumber, flags: TCPFlags, window: UInt16, headerCount: Int = 20
  ) -> UInt64 {
    let offset = UInt32(truncatingIfNeeded: headerCount &>> 2) << 28
    let first = seq.rawValue.bigEndian, second = ack.rawValue.bigEndian
    let third = (offset | UInt32(flags.rawValue & 0x1ff) << 16 | UInt32(window)).bigEndian
    out.setNative32(ports, at: o)
    out.setNative32(first, at: o &+ sequence)
    out.setNative32(second, at: o &+ acknowledgment)
    out.setNative32(third, at: o &+ offsetAndFlags)
    out.setNative32(0, at: o &+ checksum)
    return UInt64(ports) &+ UInt64(first) &+ UInt64(second) &+ UInt64(third)
  }

  /// Fills the urgent pointer, which `emit` leaves zero, and gives what it adds to the sum.
  @_lifetime(out: copy out)
  @inlinable public static func setUrgentPointer(
    _ out: inout MutableRawSpan, at o: Int, _ pointer: UInt16
  ) -> UInt64 {
    out.setBig16(pointer, at: o &+ urgentPointer)
    return UInt64(pointer.bigEndian)
  }

  /// Closes a header at `o`: `sum` is that of pseudo header, header, options and payload together.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func setChecksum(_ out: inout MutableRawSpan, at o: Int, sum: UInt64) {
    out.setNative16(~Checksum.fold(sum), at: o &+ checksum)
  }
}

extension TCPFlags: CustomStringConvertible {
  /// tcpdump's letters: `S.` is SYN and ACK.
  public var description: String {
    let letters: [(TCPFlags, String)] = [
      (.fin, "F"), (.syn, "S"), (.rst, "R"), (.psh, "P"), (.ack, "."), (.urg, "U"), (.ece, "E"), (.cwr, "W"),
      (.ns, "e"),
    ]
    let text = letters.reduce("") { contains($1.0) ? $0 + $1.1 : $0 }
    return text.isEmpty ? "none" : text
  }
}

extension TCPView {
  /// As tcpdump prints it.
  public var description: String {
    var text = "TCP \(sourcePort) > \(destinationPort): Flags [\(flags)]"
    if payloadCount > 0 {
      text += ", seq \(sequence):\(sequence + payloadCount)"
    } else if !flags.isDisjoint(with: [.syn, .fin, .rst]) {
      text += ", seq \(sequence)"
    }
    if flags.contains(.ack) { text += ", ack \(acknowledgment)" }
    text += ", win \(window)"
    if flags.contains(.urg) { text += ", urg \(urgentPointer)" }
    let options = TCPOptions.parse(self).description
    if hasOptions { text += ", options [\(options)]" }
    return text + ", length \(payloadCount)"
  }
}
