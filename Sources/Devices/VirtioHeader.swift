import CDevices
import StrataBase
import StrataWire

// What goes with a frame between the kernel and us (virtio 1.2 §5.1.6), in the machine's byte order:
//
//  0        1        2                 4                 6                 8               10
// +--------+--------+-----------------+-----------------+-----------------+-----------------+
// | flags  | type   | bytes of headers| payload a piece | sum begins at   | its field, from |
// |        |        |                 |                 |                 | where it begins |
// +--------+--------+-----------------+-----------------+-----------------+-----------------+

/// The virtio-net header: what is still to be done to a frame, or was done already.
///
/// ```swift
/// var header = VirtioHeader(for: frame, hasEthernet: true)   // before it is sent
/// ```
struct VirtioHeader: Equatable {
  /// What the frame is a super-frame of.
  enum Kind: UInt8 {
    case whole = 0
    case tcpIPv4 = 1
    case tcpIPv6 = 4
    /// Many datagrams behind one header.
    case udp = 5
  }

  /// The checksum's field holds the pseudo header's sum only.
  var needsChecksum = false
  /// The kernel vouches for the checksum.
  var isVerified = false
  var kind = Kind.whole
  /// Bytes of all headers together.
  var headerCount: UInt16 = 0
  /// Payload bytes of each piece but the last.
  var segmentSize: UInt16 = 0
  /// Where the checksum begins, and where behind that its field lies.
  var checksumStart: UInt16 = 0
  var checksumOffset: UInt16 = 0

  /// Bytes of it. A TAP takes one of twelve as well, whose last two mean nothing there; packet sockets
  /// know only this one.
  static var count: Int { 10 }

  init() {}

  /// Reads the header at the beginning of what a device gave; nil for a kind that nobody asked for.
  @inline(__always)
  init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.count else { return nil }
    let flags = Int(bytes.byte(at: 0))
    needsChecksum = flags & Int(STRATA_VIRTIO_NEEDS_CHECKSUM) != 0
    isVerified = flags & Int(STRATA_VIRTIO_DATA_VALID) != 0
    guard let kind = Kind(rawValue: bytes.byte(at: 1) & ~UInt8(STRATA_VIRTIO_ECN)) else { return nil }
    self.kind = kind
    headerCount = bytes.native16(at: 2)
    segmentSize = bytes.native16(at: 4)
    checksumStart = bytes.native16(at: 6)
    checksumOffset = bytes.native16(at: 8)
  }

  @_lifetime(out: copy out) @inline(__always)
  func emit(_ out: inout MutableRawSpan) {
    let flags = needsChecksum ? UInt8(STRATA_VIRTIO_NEEDS_CHECKSUM) : 0
    out.setByte(flags, at: 0)
    out.setByte(kind.rawValue, at: 1)
    out.setNative16(headerCount, at: 2)
    out.setNative16(segmentSize, at: 4)
    out.setNative16(checksumStart, at: 6)
    out.setNative16(checksumOffset, at: 8)
  }

  /// What a device has to do to a frame of ours: its checksum, where that is pending, and its pieces,
  /// where it is a super-frame.
  @inline(__always)
  init(for frame: borrowing Frame, hasEthernet: Bool) {
    guard frame.notes.checksumIsPending else { return }
    setWork(frame.bytes, segmentSize: frame.notes.segmentSize, hasEthernet: hasEthernet)
  }

  @inline(__always)
  private mutating func setWork(_ bytes: RawSpan, segmentSize: UInt16, hasEthernet: Bool) {
    var ip = hasEthernet ? EthernetHeader.count : 0
    if hasEthernet, bytes.byteCount > ip,
      bytes.big16(at: EthernetHeader.type) == EtherType.vlan.rawValue
    {
      ip += VLANHeader.count
    }
    guard bytes.byteCount >= ip + IPv4Header.count else { return }
    let first = bytes.byte(at: ip), isV4 = first >> 4 == 4
    let transport = ip + (isV4 ? Int(first & 15) * 4 : IPv6Header.count)
    guard bytes.byteCount >= transport + TCPHeader.count else { return }
    needsChecksum = true
    checksumStart = UInt16(truncatingIfNeeded: transport)
    checksumOffset = UInt16(truncatingIfNeeded: TCPHeader.checksum)
    guard segmentSize > 0 else { return }
    kind = isV4 ? .tcpIPv4 : .tcpIPv6
    self.segmentSize = segmentSize
    headerCount =
      checksumStart + UInt16(bytes.byte(at: transport + TCPHeader.offsetAndFlags) >> 4) * 4
  }
}
