import StrataBase
import StrataWire
import Testing

@testable import StrataDevices

struct VirtioHeaderTests {
  @Test func aHeaderIsReadAsTheKernelWroteIt() throws {
    // What a TAP gave in front of a TCP super-frame: pending sum, TSO over IPv4, 66 bytes of headers, pieces
    // of 1,448, sum from byte 34 on, its field 16 behind that.
    let bytes: [UInt8] = [1, 1, 66, 0, 0xa8, 5, 34, 0, 16, 0]
    let parsed = VirtioHeader(bytes.span.bytes)
    let header = try #require(parsed)
    #expect(header.needsChecksum && !header.isVerified && header.kind == .tcpIPv4)
    #expect(header.headerCount == 66 && header.segmentSize == 1_448)
    #expect(header.checksumStart == 34 && header.checksumOffset == 16)
  }

  /// The headers of a TCP segment behind Ethernet, where `hasEthernet`, and the work that a device has.
  private func work(
    isV4: Bool, hasEthernet: Bool, tag: Bool = false, segmentSize: UInt16
  ) -> VirtioHeader {
    let pool = FramePool(standard: 1)
    var frame = pool.take()!
    let ethernet = hasEthernet ? EthernetHeader.count + (tag ? VLANHeader.count : 0) : 0
    let ip = isV4 ? IPv4Header.count : IPv6Header.count
    frame.append(ethernet + ip + 32)
    var out = frame.mutableBytes
    for at in 0..<out.byteCount { out.setByte(0, at: at) }
    if hasEthernet {
      let type: EtherType = tag ? .vlan : isV4 ? .ipv4 : .ipv6
      out.setBig16(type.rawValue, at: EthernetHeader.type)
    }
    out.setByte(isV4 ? 0x45 : 0x60, at: ethernet)
    out.setByte(0x80, at: ethernet + ip + TCPHeader.offsetAndFlags)
    frame.notes.segmentSize = segmentSize
    frame.leaveChecksumPending()
    return VirtioHeader(for: frame, hasEthernet: hasEthernet)
  }

  @Test(arguments: [(true, true, 34), (true, false, 20), (false, true, 54), (false, false, 40)])
  func aDeviceIsToldWhereTheSumBegins(_ isV4: Bool, _ hasEthernet: Bool, _ start: UInt16) {
    let header = work(isV4: isV4, hasEthernet: hasEthernet, segmentSize: 0)
    #expect(header.needsChecksum && header.kind == .whole && header.segmentSize == 0)
    #expect(header.checksumStart == start && header.checksumOffset == 16)
    let tagged = work(isV4: isV4, hasEthernet: true, tag: true, segmentSize: 0)
    #expect(tagged.checksumStart == (isV4 ? 38 : 58))
  }

  @Test(arguments: [true, false]) func aSuperFrameIsToBeCut(_ isV4: Bool) {
    let header = work(isV4: isV4, hasEthernet: true, segmentSize: 1_448)
    #expect(header.kind == (isV4 ? .tcpIPv4 : .tcpIPv6))
    #expect(header.segmentSize == 1_448)
    #expect(header.headerCount == header.checksumStart + 32)
  }

  @Test func aHeaderIsWrittenAsItIsRead() throws {
    let header = work(isV4: true, hasEthernet: true, segmentSize: 1_448)
    var bytes = [UInt8](repeating: 0xff, count: 12)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    header.emit(&out)
    #expect(VirtioHeader(out.bytes) == header)
    // What lies behind it is the frame's.
    #expect(bytes[10...] == [0xff, 0xff])
  }

  @Test func aFrameWithItsSumNeedsNothing() {
    let pool = FramePool(standard: 1)
    var frame = pool.take()!
    frame.append(60)
    #expect(VirtioHeader(for: frame, hasEthernet: true) == VirtioHeader())
  }

  @Test func aKindThatNobodyAskedForIsRefused() {
    var bytes = [UInt8](repeating: 0, count: 10)
    bytes[1] = 3
    #expect(VirtioHeader(bytes.span.bytes) == nil)
    // A mark of congestion goes with any kind.
    bytes[1] = 0x81
    #expect(VirtioHeader(bytes.span.bytes)?.kind == .tcpIPv4)
    bytes.removeLast()
    #expect(VirtioHeader(bytes.span.bytes) == nil)
  }
}
