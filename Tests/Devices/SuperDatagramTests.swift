import StrataBase
import StrataWire
import Testing

@testable import StrataDevices

struct SuperDatagramTests {
  private let pool = FramePool(standard: 16, large: 2)

  /// Three payloads behind one set of headers, as the kernel hands them up.
  private func whole(_ source: Address, _ destination: Address, payload: [UInt8]) -> Frame {
    var frame = pool.take(large: true)!
    let isV4 = source.isV4
    let ip = isV4 ? IPv4Header.count : IPv6Header.count
    frame.append(ip + UDPHeader.count)
    frame.append(payload.span.bytes)
    var out = frame.mutableBytes
    let count = UDPHeader.count + payload.count
    if isV4 {
      IPv4Header.emit(
        &out, at: 0, source: source.v4Native, destination: destination.v4Native, protocol: .udp,
        payloadCount: count, identification: 7)
    } else {
      IPv6Header.emit(
        &out, at: 0, source: source, destination: destination, nextHeader: .udp, payloadCount: count,
        hopLimit: 64)
    }
    out.setBig16(5_000, at: ip)
    out.setBig16(53, at: ip + 2)
    out.setBig16(UInt16(count), at: ip + 4)
    out.setBig16(0, at: ip + 6)
    return frame
  }

  @Test(arguments: [("10.0.0.1", "10.0.0.2"), ("fd00::1", "fd00::2")])
  func eachPieceIsADatagramOfItsOwn(_ source: String, _ destination: String) throws {
    let from = try #require(Address(source)), to = try #require(Address(destination))
    let payload = (0..<2_500).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var datagrams = SuperDatagram(
      whole(from, to, payload: payload), segmentSize: 1_000, hasEthernet: false)!
    var got: [UInt8] = [], counts: [Int] = []
    while let piece = datagrams.next(from: pool) {
      #expect(piece.notes.checksumIsVerified && piece.notes.checksumIsPending)
      let transport: RawSpan
      if from.isV4 {
        let packet = try IPv4View(piece.bytes)
        #expect(packet.checksumIsRight && packet.totalCount == piece.count)
        #expect(packet.identification == 7 + UInt16(counts.count))
        transport = packet.payload
      } else {
        let packet = try IPv6View(piece.bytes)
        #expect(packet.totalCount == piece.count)
        transport = packet.payload
      }
      let pseudo = PseudoHeader.sum(
        source: from, destination: to, protocol: .udp, count: transport.byteCount)
      #expect(transport.native16(at: UDPHeader.checksum) == Checksum.fold(pseudo))
      let datagram = try UDPView(transport)
      got += datagram.payload.array
      counts.append(datagram.payload.byteCount)
    }
    #expect(counts == [1_000, 1_000, 500])
    #expect(got == payload)
  }

  @Test func whatIsNoDatagramIsRefused() {
    for count in [0, 10, 27, 28] {
      var frame = pool.take()!
      frame.append([UInt8](repeating: 0x45, count: count).span.bytes)
      let isOne = SuperDatagram(frame, segmentSize: 100, hasEthernet: false) != nil
      #expect(!isOne, "\(count) bytes")
    }
  }
}
