import StrataBase

// TCP options (RFC 9293 §3.2)                              kind  length
// +------+------+------+                                   ---------------
// | Kind |Length| Data ...                                  0  -  end of list
// +------+------+------+                                    1  -  no operation
//                                                           2  4  maximum segment size (RFC 9293 §3.7.1)
// What is sent, each row a multiple of 4:                   3  3  window scale (RFC 7323 §2)
// |  2   |  4   |     MSS     |                             4  2  SACK permitted (RFC 2018 §2)
// |  4   |  2   |  8   |  10  | value 4 | echo 4 | (SYN)    5  n  SACK (RFC 2018 §3)
// |  1   |  1   |  8   |  10  | value 4 | echo 4 |          8 10  timestamps (RFC 7323 §3)
// |  1   |  1   |  4   |  2   |                            28  4  user timeout (RFC 5482 §2)
// |  1   |  3   |  3   | shift|
// |  28  |  4   |   timeout   |
// |  1   |  1   |  5   |  n   | left 4 | right 4 | ...

/// The two numbers of the timestamps option (RFC 7323 §3).
@frozen public struct TCPTimestamps: Hashable, Sendable {
  /// TSval: the sender's clock.
  public var value: UInt32
  /// TSecr: the peer's clock, given back.
  public var echo: UInt32
  @inline(__always) @inlinable public init(value: UInt32, echo: UInt32) {
    self.value = value
    self.echo = echo
  }
}

/// A range of bytes that the receiver holds beyond the acknowledgment (RFC 2018 §3).
@frozen public struct SACKBlock: Hashable, Sendable {
  public var left: SequenceNumber
  /// The number behind the last byte.
  public var right: SequenceNumber
  @inline(__always) @inlinable public init(left: SequenceNumber, right: SequenceNumber) {
    self.left = left
    self.right = right
  }
}

/// Up to four SACK blocks in a segment, which is all that 40 bytes of options hold.
@frozen public struct SACKBlocks: Hashable, Sendable {
  @inlinable public static var capacity: Int { 4 }
  @usableFromInline var first = SACKBlock(left: SequenceNumber(0), right: SequenceNumber(0))
  @usableFromInline var second = SACKBlock(left: SequenceNumber(0), right: SequenceNumber(0))
  @usableFromInline var third = SACKBlock(left: SequenceNumber(0), right: SequenceNumber(0))
  @usableFromInline var fourth = SACKBlock(left: SequenceNumber(0), right: SequenceNumber(0))
  public private(set) var count = 0

  @inlinable public init() {}
  @inlinable public var isEmpty: Bool { count == 0 }

  /// False, and nothing is changed, when four are there.
  @discardableResult
  public mutating func append(_ block: SACKBlock) -> Bool {
    switch count {
    case 0: first = block
    case 1: second = block
    case 2: third = block
    case 3: fourth = block
    default: return false
    }
    count += 1
    return true
  }

  @inlinable public subscript(_ index: Int) -> SACKBlock {
    precondition(index >= 0 && index < count, "there is no such SACK block")
    return switch index {
    case 0: first
    case 1: second
    case 2: third
    default: fourth
    }
  }
}

/// The options of one segment, as values. What is not there is nil.
///
/// ```swift
/// var options = TCPOptions()
/// options.maximumSegmentSize = 1_460
/// options.sackPermitted = true
/// let sum = TCPHeader.emit(&out, at: o, ..., headerCount: 20 + options.encodedCount)
///   + options.emit(&out, at: o + 20)
/// ```
@frozen public struct TCPOptions: Hashable, Sendable {
  public var maximumSegmentSize: UInt16?
  /// 0...14
  public var windowScale: UInt8?
  public var sackPermitted = false
  /// Something does not fit: what stood in front of it was read, nothing behind it was.
  public var isMalformed = false
  public var timestamps: TCPTimestamps?
  /// The 16 bits of RFC 5482: minutes instead of seconds in the highest.
  public var userTimeout: UInt16?
  public var sackBlocks = SACKBlocks()

  @inlinable public init() {}

  /// The largest shift (RFC 7323 §2.3).
  @inlinable public static var mostWindowScale: UInt8 { 14 }
  /// The most bytes of options.
  @inlinable public static var mostCount: Int { TCPHeader.mostCount - TCPHeader.count }
  /// NOP, NOP, timestamps, ten bytes: how nearly every segment begins its options.
  @inlinable static var timestampsLayout: UInt32 { 0x0101_080a }
  /// Bytes of NOP, NOP and timestamps.
  @inlinable public static var timestampsCount: Int { 12 }

  /// The timestamps of a segment that has no other options, laid out as everybody does; else nil.
  @inline(__always) @inlinable public static func timestamps(of view: TCPView) -> TCPTimestamps? {
    guard view.headerCount == TCPHeader.count + timestampsCount,
      view.raw.native32(at: 20) == timestampsLayout.bigEndian
    else { return nil }
    return TCPTimestamps(value: view.raw.big32(at: 24), echo: view.raw.big32(at: 28))
  }

  /// Reads the options of a segment. It never fails: hostile bytes set `isMalformed`.
  @inline(__always) @inlinable public static func parse(_ view: TCPView) -> TCPOptions {
    var options = TCPOptions()
    if !view.hasOptions { return options }
    options.timestamps = timestamps(of: view)
    if options.timestamps == nil { options.read(view.optionsSpan) }
    return options
  }

  @inline(never) @usableFromInline mutating func read(_ raw: RawSpan) {
    var at = 0
    while at < raw.byteCount {
      let kind = raw.byte(at: at)
      if kind == Kind.end { return }
      if kind == Kind.noOperation {
        at += 1
        continue
      }
      // RFC 9293 §3.2: a length below 2 would never move on.
      guard at + 1 < raw.byteCount else { return isMalformed = true }
      let length = Int(raw.byte(at: at + 1))
      guard length >= 2, length <= raw.byteCount - at, readOne(kind, raw, at: at, length: length) else {
        return isMalformed = true
      }
      at += length
    }
  }

  /// One option with its length proven to lie in `raw`; false when it is not the length of its kind.
  private mutating func readOne(_ kind: UInt8, _ raw: RawSpan, at: Int, length: Int) -> Bool {
    switch kind {
    case Kind.maximumSegmentSize where length == 4: maximumSegmentSize = raw.big16(at: at + 2)
    case Kind.windowScale where length == 3:
      // RFC 7323 §2.3: "If a Window Scale option is received with a shift.cnt value larger than 14, the
      // TCP SHOULD log the error but MUST use 14 instead of the specified value."
      windowScale = min(raw.byte(at: at + 2), Self.mostWindowScale)
    case Kind.sackPermitted where length == 2: sackPermitted = true
    case Kind.timestamps where length == 10:
      timestamps = TCPTimestamps(value: raw.big32(at: at + 2), echo: raw.big32(at: at + 6))
    case Kind.userTimeout where length == 4: userTimeout = raw.big16(at: at + 2)
    case Kind.sack where length > 2 && length & 7 == 2:
      for block in stride(from: at + 2, to: at + length, by: 8) {
        let left = SequenceNumber(raw.big32(at: block)), right = SequenceNumber(raw.big32(at: block + 4))
        sackBlocks.append(SACKBlock(left: left, right: right))
      }
    default: return !Kind.isKnown(kind)
    }
    return true
  }

  enum Kind {
    static var end: UInt8 { 0 }
    static var noOperation: UInt8 { 1 }
    static var maximumSegmentSize: UInt8 { 2 }
    static var windowScale: UInt8 { 3 }
    static var sackPermitted: UInt8 { 4 }
    static var sack: UInt8 { 5 }
    static var timestamps: UInt8 { 8 }
    static var userTimeout: UInt8 { 28 }
    static func isKnown(_ kind: UInt8) -> Bool { kind <= 5 || kind == 8 || kind == 28 }
  }
}

// MARK: - Emit

extension TCPOptions {
  /// Bytes in front of the SACK blocks.
  private var fixedCount: Int {
    var count = 0
    if maximumSegmentSize != nil { count += 4 }
    if timestamps != nil { count += Self.timestampsCount } else if sackPermitted { count += 4 }
    if windowScale != nil { count += 4 }
    if userTimeout != nil { count += 4 }
    return count
  }
  /// SACK blocks that the 40 bytes have room for beside the other options; the first ones go out.
  private var sentBlockCount: Int {
    min(sackBlocks.count, max(0, (Self.mostCount - fixedCount - 4) / 8))
  }
  /// Bytes that `emit` writes: a multiple of 4, at most 40.
  public var encodedCount: Int {
    let blocks = sentBlockCount
    return fixedCount + (blocks > 0 ? 4 + 8 * blocks : 0)
  }

  /// Writes NOP, NOP, timestamps: 12 bytes, what a data segment has. Gives their partial sum.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func emitTimestamps(
    _ out: inout MutableRawSpan, at o: Int, _ timestamps: TCPTimestamps
  ) -> UInt64 {
    let layout = timestampsLayout.bigEndian
    let value = timestamps.value.bigEndian, echo = timestamps.echo.bigEndian
    out.setNative32(layout, at: o)
    out.setNative32(value, at: o &+ 4)
    out.setNative32(echo, at: o &+ 8)
    return UInt64(layout) &+ UInt64(value) &+ UInt64(echo)
  }

  /// Writes `encodedCount` bytes at `o` and gives their partial sum.
  @_lifetime(out: copy out) @discardableResult
  public func emit(_ out: inout MutableRawSpan, at o: Int) -> UInt64 {
    var at = o
    var sum: UInt64 = 0
    if let size = maximumSegmentSize { put(0x0204_0000 | UInt32(size), &out, &at, &sum) }
    if let timestamps {
      put(sackPermitted ? 0x0402_080a : Self.timestampsLayout, &out, &at, &sum)
      put(timestamps.value, &out, &at, &sum)
      put(timestamps.echo, &out, &at, &sum)
    } else if sackPermitted {
      put(0x0101_0402, &out, &at, &sum)
    }
    if let windowScale { put(0x0103_0300 | UInt32(min(windowScale, Self.mostWindowScale)), &out, &at, &sum) }
    if let userTimeout { put(0x1c04_0000 | UInt32(userTimeout), &out, &at, &sum) }
    let blocks = sentBlockCount
    if blocks > 0 { put(0x0101_0502 + UInt32(8 * blocks), &out, &at, &sum) }
    for index in 0..<blocks {
      put(sackBlocks[index].left.rawValue, &out, &at, &sum)
      put(sackBlocks[index].right.rawValue, &out, &at, &sum)
    }
    return sum
  }

  @_lifetime(out: copy out) @inline(__always)
  private func put(_ word: UInt32, _ out: inout MutableRawSpan, _ at: inout Int, _ sum: inout UInt64) {
    out.setBig32(word, at: at)
    at += 4
    sum &+= UInt64(word.bigEndian)
  }
}

extension TCPOptions: CustomStringConvertible {
  /// As tcpdump prints them.
  public var description: String {
    var parts: [String] = []
    if let maximumSegmentSize { parts.append("mss \(maximumSegmentSize)") }
    if sackPermitted { parts.append("sackOK") }
    if let timestamps { parts.append("TS val \(timestamps.value) ecr \(timestamps.echo)") }
    if let windowScale { parts.append("wscale \(windowScale)") }
    if let userTimeout {
      parts.append("uto \(userTimeout & 0x7fff) \(userTimeout >> 15 == 1 ? "min" : "s")")
    }
    if !sackBlocks.isEmpty {
      let blocks = (0..<sackBlocks.count).map { "{\(sackBlocks[$0].left):\(sackBlocks[$0].right)}" }
      parts.append("sack \(sackBlocks.count) \(blocks.joined())")
    }
    if isMalformed { parts.append("malformed") }
    return parts.joined(separator: ",")
  }
}
