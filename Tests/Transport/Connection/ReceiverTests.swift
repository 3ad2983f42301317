import StrataBase
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct ReceiverTests {
  static func full(_ count: Int = 1_460) -> [UInt8] { [UInt8](repeating: 7, count: count) }

  @Test func aLoneSegmentIsAcknowledgedAfterFortyMilliseconds() {
    let s = Script.established()
    s.sends(.ack, seq: 1, ack: 1, text: "hello")
    #expect(s.last.contains(.readinessRose))
    s.expectsNothing()
    let before = s.now
    s.deadline()
    #expect(s.now == before + .milliseconds(40))
    s.expects(.ack, seq: 1, ack: 6)
    s.expectsNothing()
    #expect(s.readsText() == "hello")
  }

  @Test func everySecondFullSegmentIsAcknowledgedAtOnce() {
    let s = Script.established()
    for index in 0..<6 {
      s.sends(.ack, seq: 1 + index * 1_460, ack: 1, bytes: Self.full())
      if index % 2 == 0 { s.expectsNothing() } else { s.expects(.ack, seq: 1, ack: 1 + (index + 1) * 1_460) }
      _ = s.reads()
      s.expectsNothing()
    }
  }

  @Test func dataThatGoesOutCarriesTheAcknowledgment() {
    let s = Script.established()
    s.sends(.ack, seq: 1, ack: 1, text: "question")
    s.writes(5)
    s.expects(.ack, seq: 1, ack: 9, length: 5)
    #expect(!s.told(.timerFired, c: UInt32(TCPTimer.delayedAcknowledgment.rawValue)))
    s.expectsNothing()
  }

  @Test func bytesOutOfOrderWaitAndAreReportedMostRecentFirst() throws {
    let s = Script.established()
    s.sends(.ack, seq: 11, ack: 1, text: "second")
    let first = try #require(s.expects(.ack, seq: 1, ack: 1))
    #expect(first.options.sackBlocks.count == 1)
    #expect(first.options.sackBlocks[0] == SACKBlock(left: s.theirs + 11, right: s.theirs + 17))
    s.sends(.ack, seq: 31, ack: 1, text: "fourth")
    let second = try #require(s.expects(.ack, seq: 1, ack: 1))
    #expect(second.options.sackBlocks[0].left == s.theirs + 31)
    #expect(second.options.sackBlocks[1].left == s.theirs + 11)
    s.sends(.ack, seq: 17, ack: 1, text: "joins")
    let third = try #require(s.expects(.ack, seq: 1, ack: 1))
    #expect(third.options.sackBlocks[0] == SACKBlock(left: s.theirs + 11, right: s.theirs + 22))
    #expect(s.reads().isEmpty)
    s.sends(.ack, seq: 1, ack: 1, text: "0123456789")
    let filled = try #require(s.expects(.ack, seq: 1, ack: 22))
    #expect(filled.options.sackBlocks.count == 1)
    #expect(s.readsText() == "0123456789secondjoins")
  }

  @Test func anAcknowledgmentWithSACKGoesBeforeFullSegments() throws {
    let s = Script.established()
    s.writes(2_920)
    s.sends(.ack, seq: 11, ack: 1, text: "ahead")
    let ack = try #require(s.expects(.ack, seq: 1, ack: 1))
    #expect(ack.options.sackBlocks.count == 1)
    s.expects(.ack, seq: 1, ack: 1, length: 1_460)
  }

  @Test func whatComesTwiceIsReportedByDSACKOnce() throws {
    let s = Script.established()
    s.sends(.ack, seq: 1, ack: 1, text: "hello")
    s.deadline()
    s.all()
    s.sends(.ack, seq: 1, ack: 1, text: "hello")
    let ack = try #require(s.expects(.ack, seq: 1, ack: 6))
    #expect(ack.options.sackBlocks[0] == SACKBlock(left: s.theirs + 1, right: s.theirs + 6))
    s.sends(.ack, seq: 20, ack: 1, text: "ahead")
    s.all()
    s.sends(.ack, seq: 20, ack: 1, text: "ahead")
    let again = try #require(s.expects(.ack, seq: 1, ack: 6))
    #expect(again.options.sackBlocks.count == 2)
    #expect(again.options.sackBlocks[0] == SACKBlock(left: s.theirs + 20, right: s.theirs + 25))
    #expect(again.options.sackBlocks[1] == again.options.sackBlocks[0])
    s.sends(.ack, seq: 6, ack: 1, text: "x")
    #expect(s.all().last?.options.sackBlocks.count == 1)
    #expect(s.readsText() == "hellox")
  }

  @Test func overlapsAreTrimmed() {
    let s = Script.established()
    s.sends(.ack, seq: 5, ack: 1, text: "efgh")
    s.sends(.ack, seq: 3, ack: 1, text: "cdef")
    s.sends(.ack, seq: 7, ack: 1, text: "ghijkl")
    s.sends(.ack, seq: 2, ack: 1, text: "bcdefghijklm")
    s.sends(.ack, seq: 1, ack: 1, text: "abc")
    #expect(s.readsText() == "abcdefghijklm")
    #expect(s.info.reassemblyQueue == 0)
  }

  @Test func withoutSACKAGapIsOnlyADuplicateAcknowledgment() throws {
    let s = Script.established(sack: false)
    s.sends(.ack, seq: 11, ack: 1, text: "ahead")
    let ack = try #require(s.expects(.ack, seq: 1, ack: 1))
    #expect(ack.options == TCPOptions())
  }

  @Test func theWindowNeverShrinksAndOpensInBigSteps() {
    var settings = TCPSettings()
    settings.receiveBuffer = 20_000
    let s = Script.established(settings)
    var edge = 0
    var at = 1
    for step in 0..<60 {
      if s.info.receiveWindow >= 1_000 {
        s.sends(.ack, seq: at, ack: 1, bytes: Self.full(1_000))
        at += 1_000
      }
      for segment in s.all() {
        #expect(segment.ack + segment.window >= edge)
        edge = segment.ack + segment.window
        #expect(segment.window <= 20_000)
      }
      if step % 7 == 6 { _ = s.reads() }
    }
    #expect(at > 30_000)
  }

  @Test func readingOpensAClosedWindowAtOnce() throws {
    var settings = TCPSettings()
    settings.receiveBuffer = 4_000
    let s = Script.established(settings)
    s.sends(.ack, seq: 1, ack: 1, bytes: Self.full(2_000))
    s.sends(.ack, seq: 2_001, ack: 1, bytes: Self.full(2_000))
    s.expects(.ack, seq: 1, ack: 4_001, window: 0)
    var used = 0
    s.connection.pointee.drain { _ in
      used += 1
      return used == 1 ? 100 : 0
    }
    s.expectsNothing()
    _ = s.reads()
    s.expects(.ack, seq: 1, ack: 4_001, window: 4_000)
    s.expectsNothing()
  }

  @Test func aScaledWindowShrinksByLessThanAUnitOfItsScale() {
    var settings = TCPSettings()
    settings.receiveBuffer = 200_000
    let s = Script.established(settings, shift: 7)
    var edge = 0
    for at in stride(from: 1, to: 20_000, by: 333) {
      s.sends(.ack, seq: at, ack: 1, bytes: Self.full(333))
      for segment in s.all() {
        #expect(segment.ack + segment.window << 7 > edge - 128)
        edge = max(edge, segment.ack + segment.window << 7)
      }
      #expect(edge <= 1 + 200_000)
    }
  }

  @Test func oneByteSegmentsHoldLittleMemory() throws {
    let s = Script.established()
    for at in 1...3_000 {
      s.sends(.ack, seq: at, ack: 1, bytes: [UInt8(truncatingIfNeeded: at)])
      if at % 50 == 0 { s.all() }
    }
    let queue = try #require(s.incoming)
    #expect(queue.pointee.queue.count == 3_000)
    #expect(queue.pointee.queue.charge <= 2 * 3_000 + 2 * 1_728)
    #expect(s.pool.outstanding <= 4)
    #expect(s.reads() == (1...3_000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(s.pool.outstanding == 0)
  }

  @Test func mixedSizesHoldAtMostTwiceTheirBytes() throws {
    let s = Script.established(link: LinkCapabilities(largestSegment: 60_000))
    var random = Random(seed: 3)
    var at = 1
    for _ in 0..<60 {
      let n = [1, 700, 864, 1_460, 1_460, 3_000][Int(random.below(6))]
      guard n <= s.info.receiveWindow else { break }
      s.sends(.ack, seq: at, ack: 1, bytes: Self.full(n))
      at += n
      s.all()
      let queue = try #require(s.incoming)
      #expect(
        queue.pointee.queue.charge <= 2 * queue.pointee.queue.count + Frame.payloadStart + Frame.largeRoom)
    }
  }

  @Test func oneByteHolesAreBounded() throws {
    let s = Script.established()
    for at in stride(from: 3, to: 60_000, by: 2) {
      s.sends(.ack, seq: at, ack: 1, text: "x")
      if at % 100 == 3 { s.all() }
    }
    let incoming = try #require(s.incoming)
    let held = incoming.pointee.reassembly.count
    #expect(incoming.pointee.reassembly.charge <= 2 * held + Reassembly.slack)
    #expect(held > 30)
    #expect(s.told(.segmentDropped, c: SegmentDrop.noRoom.rawValue))
    // What was refused comes again, and all is well.
    s.sends(.ack, seq: 1, ack: 1, bytes: Self.full(1_460))
    #expect(s.reads().count == 1_460)
  }

  @Test func theReassemblyAgreesWithAnArray() {
    var random = Random(seed: 9)
    for _ in 0..<60 {
      let s = Script.established(theirs: UInt32.max - 2_000)
      var here = [Bool](repeating: false, count: 5_000)
      for _ in 0..<60 {
        let from = Int(random.below(4_000)), n = 1 + Int(random.below(600))
        let bytes = (from..<(from + n)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        s.sends(.ack, seq: 1 + from, ack: 1, bytes: bytes)
        for at in from..<(from + n) { here[at] = true }
        s.all()
      }
      let length = here.firstIndex(of: false) ?? here.count
      #expect(s.reads() == (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) })
      let held = s.info.reassemblyQueue
      #expect(held == here[length...].filter { $0 }.count)
    }
  }

  @Test func drainingInPartsLeavesTheRest() {
    let s = Script.established()
    s.sends(.ack, seq: 1, ack: 1, text: "hello world")
    var target = [UInt8](repeating: 0, count: 5)
    let n = target.withUnsafeMutableBytes { buffer in
      var span = MutableRawSpan(_unsafeBytes: buffer)
      return s.connection.pointee.read(into: &span)
    }
    #expect(n == 5 && String(decoding: target, as: UTF8.self) == "hello")
    #expect(s.connection.pointee.readableCount == 6)
    #expect(s.readsText() == " world")
    #expect(!s.connection.pointee.readiness.contains(.readable))
    s.sends(.ack, seq: 12, ack: 1, text: "!")
    #expect(s.last.contains(.readinessRose))
  }

  @Test func fillingInPlaceTakesWhatTheBodySays() {
    let s = Script.established()
    var calls = 0
    let took = s.connection.pointee.fill { piece in
      calls += 1
      piece.setByte(65, at: 0)
      return 1
    }
    #expect(took == 1 && calls == 1)
    s.expects(.ack, seq: 1, ack: 1, length: 1)
  }
}
