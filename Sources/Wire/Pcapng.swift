import StrataBase

// Captures as files: pcapng (draft-ietf-opsawg-pcapng §3.1, §4.1 to §4.3)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------------------------------------------------------+
// |    Block Type: 0x0a0d0d0a section, 1 interface, 6 packet      |
// +---------------------------------------------------------------+
// |           Block Total Length, a multiple of 4                 |
// +---------------------------------------------------------------+
// |    section:   magic 0x1a2b3c4d, version 1.0, length -1 (8)    |
// |    interface: link type (2), reserved (2), snap length        |
// |    packet:    interface, time (high 4, low 4), captured       |
// |               length, original length, bytes padded to 4      |
// +---------------------------------------------------------------+
// |    Options: code (2), length (2), value padded to 4           |
// +---------------------------------------------------------------+
// |           Block Total Length again                            |
// +---------------------------------------------------------------+

/// One block of a capture.
public enum PcapngBlock: Equatable, Sendable {
  /// A new section; what follows counts interfaces from 0 again.
  case section
  /// An interface and its link type (1 is Ethernet).
  case interface(linkType: UInt16, snapLength: UInt32)
  case packet(PcapngPacket)
  /// A block of a type that is not read here, such as statistics.
  case other(type: UInt32)
}

/// Which way a captured packet went, in the order of the format's flags word.
@frozen public enum PcapngDirection: UInt32, Sendable {
  case unknown = 0
  case inbound = 1
  case outbound = 2
}

/// A packet of a capture: where its bytes lie in the file, and what is said of it.
public struct PcapngPacket: Equatable, Sendable {
  /// The interface's number in its section.
  public var interface: UInt32
  /// Nanoseconds since 1970.
  public var time: UInt64
  /// Its bytes, as offsets in the file.
  public var bytes: Range<Int>
  /// Bytes that were on the wire; more than were kept, if the capture was cut.
  public var originalCount: Int
  public var direction: PcapngDirection
}

/// A capture file that is read block by block, in either byte order.
///
/// ```swift
/// var capture = try PcapngView(file)
/// while let block = try capture.next() {
///   if case .packet(let packet) = block { let frame = try EthernetView(capture.bytes(of: packet)) }
/// }
/// ```
public struct PcapngView: ~Escapable {
  public let raw: RawSpan
  private var at = 0
  private var isBigEndian = false
  /// Decimal digits of a second's fraction, for each interface of this section.
  private var resolutions: [UInt8] = []
  /// The most interfaces of a section.
  public static var mostInterfaces: Int { 1_024 }

  @_lifetime(copy raw)
  public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= Pcapng.sectionCount else { throw .short }
    guard raw.big32(at: 0) == Pcapng.section else { throw .version }
    self.raw = raw
  }

  /// The bytes of a packet that `next` gave.
  @_lifetime(copy self)
  public func bytes(of packet: PcapngPacket) -> RawSpan { raw.extracting(packet.bytes) }

  /// The next block; nil at the end of the file. After an error the rest of the file is of no use.
  @_lifetime(self: copy self)
  public mutating func next() throws(WireError) -> PcapngBlock? {
    if at == raw.byteCount { return nil }
    guard raw.byteCount - at >= Pcapng.emptyBlockCount else { throw .short }
    let isSection = raw.big32(at: at) == Pcapng.section
    if isSection {
      guard raw.byteCount - at >= Pcapng.sectionCount else { throw .short }
      switch raw.big32(at: at + 8) {
      case Pcapng.magic: isBigEndian = true
      case Pcapng.magic.byteSwapped: isBigEndian = false
      default: throw .version
      }
    }
    let count = Int(number32(at + 4))
    guard count >= Pcapng.emptyBlockCount, count & 3 == 0, count <= raw.byteCount - at,
      number32(at + count - 4) == UInt32(count)
    else { throw .totalLength }
    defer { at += count }
    if isSection {
      guard count >= Pcapng.sectionCount, number16(at + 12) == 1 else { throw .version }
      resolutions.removeAll()
      return .section
    }
    let body = (at + 8)..<(at + count - 4)
    switch number32(at) {
    case Pcapng.interface: return try interface(body)
    case Pcapng.packet: return try packet(body)
    case let type: return .other(type: type)
    }
  }

  @_lifetime(self: copy self)
  private mutating func interface(_ body: Range<Int>) throws(WireError) -> PcapngBlock {
    guard body.count >= 8 else { throw .short }
    guard resolutions.count < Self.mostInterfaces else { throw .unsupported }
    var resolution: UInt8 = 6
    let options = (body.lowerBound + 8)..<body.upperBound
    if let value = try option(Pcapng.timeResolution, in: options), value.count == 1 {
      resolution = raw.byte(at: value.lowerBound)
    }
    // The highest bit would mean a power of two; and nobody counts finer than nanoseconds.
    guard resolution <= 9 else { throw .unsupported }
    resolutions.append(resolution)
    return .interface(
      linkType: number16(body.lowerBound), snapLength: number32(body.lowerBound + 4))
  }

  private func packet(_ body: Range<Int>) throws(WireError) -> PcapngBlock {
    guard body.count >= 20 else { throw .short }
    let start = body.lowerBound
    let interface = number32(start), captured = Int(number32(start + 12))
    guard Int(interface) < resolutions.count else { throw .unsupported }
    guard captured <= body.count - 20 else { throw .totalLength }
    var time = UInt64(number32(start + 4)) << 32 | UInt64(number32(start + 8))
    for _ in resolutions[Int(interface)]..<9 { time = time &* 10 }
    let end = start + 20 + captured
    let options = min(end + Pcapng.padding(captured), body.upperBound)..<body.upperBound
    var direction = PcapngDirection.unknown
    if let value = try option(Pcapng.flags, in: options), value.count == 4 {
      direction = PcapngDirection(rawValue: number32(value.lowerBound) & 3) ?? .unknown
    }
    return .packet(
      PcapngPacket(
        interface: interface, time: time, bytes: (start + 20)..<end,
        originalCount: Int(number32(start + 16)), direction: direction))
  }

  /// Where the value of an option lies; nil where there is no such option.
  private func option(_ wanted: UInt16, in options: Range<Int>) throws(WireError) -> Range<Int>? {
    var at = options.lowerBound
    while options.upperBound - at >= 4 {
      let code = number16(at), count = Int(number16(at + 2))
      if code == 0 { return nil }
      guard count <= options.upperBound - at - 4 else { throw .option }
      if code == wanted { return (at + 4)..<(at + 4 + count) }
      at += 4 + count + Pcapng.padding(count)
    }
    return nil
  }

  private func number16(_ at: Int) -> UInt16 {
    isBigEndian ? raw.big16(at: at) : raw.big16(at: at).byteSwapped
  }
  private func number32(_ at: Int) -> UInt32 {
    isBigEndian ? raw.big32(at: at) : raw.big32(at: at).byteSwapped
  }
}

/// Writes captures: little-endian, Ethernet, nanoseconds. Blocks are appended to an array that the
/// caller writes to a file and empties whenever it likes.
///
/// ```swift
/// var out: [UInt8] = []
/// Pcapng.emitSection(&out, application: "strata")
/// Pcapng.emitInterface(&out, name: "cable0")
/// Pcapng.emitPacket(&out, interface: 0, time: nanoseconds, bytes: frame.bytes)
/// ```
public enum Pcapng {
  static var section: UInt32 { 0x0a0d_0d0a }
  static var interface: UInt32 { 1 }
  static var packet: UInt32 { 6 }
  static var magic: UInt32 { 0x1a2b_3c4d }
  /// Bytes of a section header without options, and of any block that is empty.
  static var sectionCount: Int { 28 }
  static var emptyBlockCount: Int { 12 }
  /// LINKTYPE_RAW: IPv4 or IPv6, as the first four bits say.
  static var barePackets: UInt16 { 101 }
  static var comment: UInt16 { 1 }
  static var flags: UInt16 { 2 }
  static var interfaceName: UInt16 { 2 }
  static var application: UInt16 { 4 }
  static var timeResolution: UInt16 { 9 }
  /// The most bytes of an option's text; longer text is cut.
  public static var mostText: Int { 4_096 }

  /// Begins a section: the first block of a file.
  public static func emitSection(_ out: inout [UInt8], application name: String) {
    emitBlock(&out, type: section) { out in
      put32(&out, magic)
      put16(&out, 1)
      put16(&out, 0)
      put32(&out, .max)
      put32(&out, .max)
      putText(&out, application, name)
      put32(&out, 0)
    }
  }

  /// Names the next interface; the first of a section has number 0. `snapLength` 0: nothing is cut.
  /// `hasEthernet`: its frames are no bare packets.
  public static func emitInterface(
    _ out: inout [UInt8], name: String, snapLength: UInt32 = 0, hasEthernet: Bool = true
  ) {
    emitBlock(&out, type: interface) { out in
      put16(&out, hasEthernet ? 1 : barePackets)
      put16(&out, 0)
      put32(&out, snapLength)
      putText(&out, interfaceName, name)
      putOption(&out, timeResolution, [9])
      put32(&out, 0)
    }
  }

  /// One frame. `time` is in nanoseconds since 1970; `originalCount` is given where `bytes` were cut.
  public static func emitPacket(
    _ out: inout [UInt8], interface number: UInt32, time: UInt64, bytes: RawSpan, originalCount: Int? = nil,
    direction: PcapngDirection = .unknown, comment text: String? = nil
  ) {
    let begin = beginBlock(&out, type: packet)
    put32(&out, number)
    put32(&out, UInt32(truncatingIfNeeded: time >> 32))
    put32(&out, UInt32(truncatingIfNeeded: time))
    put32(&out, UInt32(truncatingIfNeeded: bytes.byteCount))
    put32(&out, UInt32(truncatingIfNeeded: originalCount ?? bytes.byteCount))
    bytes.withUnsafeBytes { out.append(contentsOf: $0) }
    pad(&out, bytes.byteCount)
    if let text { putText(&out, comment, text) }
    if direction != .unknown {
      put16(&out, flags)
      put16(&out, 4)
      put32(&out, direction.rawValue)
    }
    if text != nil || direction != .unknown { put32(&out, 0) }
    endBlock(&out, begin)
  }

  private static func emitBlock(_ out: inout [UInt8], type: UInt32, _ body: (inout [UInt8]) -> Void) {
    let begin = beginBlock(&out, type: type)
    body(&out)
    endBlock(&out, begin)
  }

  private static func beginBlock(_ out: inout [UInt8], type: UInt32) -> Int {
    let begin = out.count
    put32(&out, type)
    put32(&out, 0)
    return begin
  }

  private static func endBlock(_ out: inout [UInt8], _ begin: Int) {
    let count = UInt32(truncatingIfNeeded: out.count - begin + 4)
    put32(&out, count)
    for byte in 0..<4 { out[begin + 4 + byte] = UInt8(truncatingIfNeeded: count >> UInt32(8 * byte)) }
  }

  private static func putText(_ out: inout [UInt8], _ code: UInt16, _ text: String) {
    putOption(&out, code, Array(text.utf8.prefix(mostText)))
  }

  private static func putOption(_ out: inout [UInt8], _ code: UInt16, _ value: [UInt8]) {
    put16(&out, code)
    put16(&out, UInt16(truncatingIfNeeded: value.count))
    out.append(contentsOf: value)
    pad(&out, value.count)
  }

  /// Zero bytes that a field of `count` bytes is followed by.
  static func padding(_ count: Int) -> Int { -count & 3 }
  private static func pad(_ out: inout [UInt8], _ count: Int) {
    for _ in 0..<padding(count) { out.append(0) }
  }
  private static func put16(_ out: inout [UInt8], _ value: UInt16) {
    out.append(UInt8(truncatingIfNeeded: value))
    out.append(UInt8(truncatingIfNeeded: value >> 8))
  }
  private static func put32(_ out: inout [UInt8], _ value: UInt32) {
    put16(&out, UInt16(truncatingIfNeeded: value))
    put16(&out, UInt16(truncatingIfNeeded: value >> 16))
  }
}

extension PcapngBlock: CustomStringConvertible {
  public var description: String {
    switch self {
    case .section: "section"
    case .interface(let linkType, let snapLength):
      "interface, link type \(linkType), snap length \(snapLength)"
    case .packet(let packet):
      "packet, \(packet.bytes.count) of \(packet.originalCount) bytes at \(packet.time) ns"
    case .other(let type): "block of type \(type)"
    }
  }
}
