import StrataBase
import StrataInternet
import StrataWire
import Testing

@testable import StrataTransport

/// What a router's word about a packet that was too long does to a connection (RFC 1191, RFC 5927).
@Suite struct PathMTUTests {
  /// A connection to port 80 with so many bytes written, and what it has sent of them.
  private func opened(_ site: inout Site, writes count: Int) throws -> (handle: Handle, sent: [Sent]) {
    let listener = try site.tcp.listen(on: SocketName(site.family.any, 80), backlog: 4, owner: 1)
    var options = TCPOptions()
    options.maximumSegmentSize = UInt16(site.family.segment)
    options.sackPermitted = true
    site.handshake(from: site.family.peer(1), to: 80, options: options)
    let handle = try present(site.tcp.accept(listener, owner: 2))
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    _ = site.tcp.write(handle, bytes.span.bytes)
    return (handle, site.sent())
  }

  private func tooLong(_ family: Family, _ mtu: Int, at sequence: SequenceNumber) -> ControlError {
    let there = family.peer(1)
    let transport = UInt64(80) << 48 | UInt64(there.port) << 32 | UInt64(sequence.rawValue)
    return ControlError(
      kind: .fragmentationNeeded(mtu: mtu), protocol: .tcp, source: family.a, destination: there.address,
      transport: transport)
  }

  @Test(arguments: Family.allCases) func segmentsBecomeShorterAndWhatWasTooLongIsSentAgain(family: Family)
    throws
  {
    var site = Site(family)
    let (handle, sent) = try opened(&site, writes: 10_000)
    #expect(Array(sent.map(\.payload.count).prefix(3)) == Array(repeating: family.segment, count: 3))
    let window = site.tcp.info(handle)?.congestionWindow
    let isBelieved = site.tcp.failed(tooLong(family, family.narrow, at: sent[0].sequence), at: site.now)
    #expect(isBelieved)
    let again = site.sent()
    #expect(
      !again.isEmpty && again.allSatisfy { $0.payload.count <= family.narrowSegment && $0.checksumIsRight })
    #expect(again[0].sequence == sent[0].sequence && again[0].payload.count == family.narrowSegment)
    #expect(site.tcp.info(handle)?.congestionWindow == window, "it was no congestion")
    // The peer acknowledges what comes again, piece by piece, until it has everything.
    var edge = sent[0].sequence
    var bytes: [UInt8] = []
    var waiting = again
    for _ in 0..<200 where bytes.count < 10_000 {
      for segment in waiting where segment.sequence == edge {
        #expect(segment.payload.count <= family.narrowSegment)
        bytes += segment.payload
        edge += segment.payload.count
      }
      site.arrives(.ack, from: family.peer(1), to: 80, seq: 1_001, ack: edge.rawValue)
      waiting = site.sent()
      if waiting.isEmpty { waiting = site.passes(.milliseconds(50)) }
    }
    #expect(bytes == (0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test(arguments: Family.allCases) func aWordAboutWhatIsNotInFlightIsForged(family: Family) throws {
    var site = Site(family)
    let (handle, sent) = try opened(&site, writes: 3_000)
    let end = sent[0].sequence + 3_000
    for sequence in [sent[0].sequence + -1, end, end + 100_000] {
      let isBelieved = site.tcp.failed(tooLong(family, 600, at: sequence), at: site.now)
      #expect(!isBelieved)
    }
    let again = site.sent()
    #expect(again.isEmpty)
    let size = site.tcp.withConnection(handle) { $0.segmentSize }
    #expect(size == UInt16(family.segment))
  }

  @Test(arguments: Family.allCases) func onlyTheFirstOfManyWordsCounts(family: Family) throws {
    var site = Site(family)
    let (_, sent) = try opened(&site, writes: 10_000)
    site.tcp.failed(tooLong(family, family.narrow, at: sent[0].sequence), at: site.now)
    let first = site.sent()
    for segment in sent.dropFirst() {
      site.tcp.failed(tooLong(family, family.narrow, at: segment.sequence), at: site.now)
    }
    let second = site.sent()
    #expect(!first.isEmpty && second.isEmpty)
  }

  @Test(arguments: Family.allCases) func noWordMakesSegmentsUselesslyShort(family: Family) throws {
    var site = Site(family)
    let (handle, sent) = try opened(&site, writes: 3_000)
    site.tcp.failed(tooLong(family, 1, at: sent[0].sequence), at: site.now)
    let size = site.tcp.withConnection(handle) { Int($0.segmentSize) }
    #expect(
      size == (family == .v4 ? StrataInternet.PathMTU.least : StrataInternet.PathMTU.leastV6)
        - family.headerCount - 20)
  }

  @Test(arguments: Family.allCases) func aNewConnectionKeepsToAKnownPath(family: Family) throws {
    var site = Site(family)
    site.internet.learnPathMTU(family.narrow, to: family.peer(1).address, at: site.now)
    let (handle, sent) = try opened(&site, writes: 5_000)
    let isFit = sent.allSatisfy { $0.payload.count <= family.narrowSegment }
    #expect(sent.count >= 3 && isFit)
    let size = site.tcp.withConnection(handle) { $0.segmentSize }
    #expect(size.map { Int($0) } == family.narrowSegment)
  }
}

extension Family {
  /// Of a link on the way that takes less.
  fileprivate var narrow: Int { self == .v4 ? 1_000 : 1_300 }
  fileprivate var narrowSegment: Int { narrow - headerCount - TCPHeader.count }
}
