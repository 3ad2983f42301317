import StrataBase
import StrataInternet
import StrataWire
import Testing

@testable import StrataTransport

/// What a router's word about a packet that was too long does to a connection (RFC 1191, RFC 5927).
@Suite struct PathMTUTests {
  private let there = peer(1)

  /// A connection to port 80 with so many bytes written, and what it has sent of them.
  private func opened(_ site: inout Site, writes count: Int) throws -> (handle: Handle, sent: [Sent]) {
    let listener = try site.tcp.listen(on: SocketName(.anyV4, 80), backlog: 4, owner: 1)
    var options = TCPOptions()
    options.maximumSegmentSize = 1_460
    options.sackPermitted = true
    site.handshake(from: there, to: 80, options: options)
    let handle = try present(site.tcp.accept(listener, owner: 2))
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    _ = site.tcp.write(handle, bytes.span.bytes)
    return (handle, site.sent())
  }

  private func tooLong(_ mtu: Int, at sequence: SequenceNumber) -> ControlError {
    let transport = UInt64(80) << 48 | UInt64(there.port) << 32 | UInt64(sequence.rawValue)
    return ControlError(
      kind: .fragmentationNeeded(mtu: mtu), protocol: .tcp, source: Site.here, destination: there.address,
      transport: transport)
  }

  @Test func segmentsBecomeShorterAndWhatWasTooLongIsSentAgain() throws {
    var site = Site()
    let (handle, sent) = try opened(&site, writes: 10_000)
    #expect(sent.map(\.payload.count).prefix(3) == [1_460, 1_460, 1_460])
    let window = site.tcp.info(handle)?.congestionWindow
    let isBelieved = site.tcp.failed(tooLong(1_000, at: sent[0].sequence), at: site.now)
    #expect(isBelieved)
    let again = site.sent()
    #expect(!again.isEmpty && again.allSatisfy { $0.payload.count <= 960 && $0.checksumIsRight })
    #expect(again[0].sequence == sent[0].sequence && again[0].payload.count == 960)
    #expect(site.tcp.info(handle)?.congestionWindow == window, "it was no congestion")
    // The peer acknowledges what comes again, piece by piece, until it has everything.
    var edge = sent[0].sequence
    var bytes: [UInt8] = []
    var waiting = again
    for _ in 0..<200 where bytes.count < 10_000 {
      for segment in waiting where segment.sequence == edge {
        #expect(segment.payload.count <= 960)
        bytes += segment.payload
        edge += segment.payload.count
      }
      site.arrives(.ack, from: there, to: 80, seq: 1_001, ack: edge.rawValue)
      waiting = site.sent()
      if waiting.isEmpty { waiting = site.passes(.milliseconds(50)) }
    }
    #expect(bytes == (0..<10_000).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test func aWordAboutWhatIsNotInFlightIsForged() throws {
    var site = Site()
    let (handle, sent) = try opened(&site, writes: 3_000)
    let end = sent[0].sequence + 3_000
    for sequence in [sent[0].sequence + -1, end, end + 100_000] {
      let isBelieved = site.tcp.failed(tooLong(600, at: sequence), at: site.now)
      #expect(!isBelieved)
    }
    let again = site.sent()
    #expect(again.isEmpty)
    let size = site.tcp.withConnection(handle) { $0.segmentSize }
    #expect(size == 1_460)
  }

  @Test func onlyTheFirstOfManyWordsCounts() throws {
    var site = Site()
    let (_, sent) = try opened(&site, writes: 10_000)
    site.tcp.failed(tooLong(1_000, at: sent[0].sequence), at: site.now)
    let first = site.sent()
    for segment in sent.dropFirst() { site.tcp.failed(tooLong(1_000, at: segment.sequence), at: site.now) }
    let second = site.sent()
    #expect(!first.isEmpty && second.isEmpty)
  }

  @Test func noWordMakesSegmentsUselesslyShort() throws {
    var site = Site()
    let (handle, sent) = try opened(&site, writes: 3_000)
    site.tcp.failed(tooLong(1, at: sent[0].sequence), at: site.now)
    let size = site.tcp.withConnection(handle) { Int($0.segmentSize) }
    #expect(size == StrataInternet.PathMTU.least - 40)
  }

  @Test func aNewConnectionKeepsToAKnownPath() throws {
    var site = Site()
    site.internet.learnPathMTU(1_000, to: there.address, at: site.now)
    let (handle, sent) = try opened(&site, writes: 5_000)
    let isFit = sent.allSatisfy { $0.payload.count <= 960 }
    #expect(sent.count == 5 && isFit)
    let size = site.tcp.withConnection(handle) { $0.segmentSize }
    #expect(size == 960)
  }
}
