import StrataBase
import Testing

@testable import StrataLink

/// Which frame it is does not depend on when it was sent, nor on what else crossed the cable.
@Suite struct FrameIdentityTests {
  let crossings = Crossings()
  static let size = 1_448

  func cross(_ segment: Segment) -> FrameIdentity {
    crossings.identity(of: segment.bytes.span.bytes, from: segment.end)
  }

  /// A connection whose streams begin behind these numbers.
  func connect(_ client: UInt16 = 4_000, _ near: UInt32 = 100, _ far: UInt32 = 900) {
    _ = cross(Segment(client: client, sequence: near, flags: Segment.syn))
    _ = cross(Segment(client: client, isBack: true, sequence: far, flags: Segment.syn | Segment.ack))
  }

  func data(_ offset: Int, _ count: Int, client: UInt16 = 4_000, from origin: UInt32 = 100) -> Segment {
    Segment(client: client, sequence: origin &+ 1 &+ UInt32(truncatingIfNeeded: offset), count: count)
  }

  @Test func aSegmentIsKnownByTheBlockThatBeginsInIt() {
    connect()
    let size = Self.size
    #expect(cross(data(0, size)) == FrameIdentity(.block, direction: 0, connection: 1, place: 0))
    #expect(cross(data(size, size)) == FrameIdentity(.block, direction: 0, connection: 1, place: 1))
    // Of another size, and the third block's first byte is in it all the same.
    #expect(cross(data(2 * size - 7, 8)) == FrameIdentity(.block, direction: 0, connection: 1, place: 2))
    #expect(
      cross(data(size, size)) == FrameIdentity(.block, direction: 0, connection: 1, place: 1, crossing: 1))
    #expect(cross(data(5, 100)) == FrameIdentity(.inner, direction: 0, connection: 1, place: 0))
    #expect(cross(data(2 * size - 7, 7)) == FrameIdentity(.inner, direction: 0, connection: 1, place: 1))
    #expect(
      cross(data(2 * size + 1, 9)) == FrameIdentity(.inner, direction: 0, connection: 1, place: 2))
    // A super-frame has many; the first is its name.
    #expect(
      cross(data(10 * size, 40 * size)) == FrameIdentity(.block, direction: 0, connection: 1, place: 10))
  }

  @Test func otherSegmentsAreKnownByWhatTheyAre() {
    connect()
    func identity(_ kind: FrameIdentity.Kind, _ crossing: UInt32 = 0, place: UInt64 = 0) -> FrameIdentity {
      FrameIdentity(kind, direction: 0, connection: 1, place: place, crossing: crossing)
    }
    // The second of its kind.
    #expect(cross(Segment(sequence: 100, flags: Segment.syn)) == identity(.synchronize, 1))
    #expect(cross(Segment(sequence: 101, flags: Segment.fin | Segment.ack)) == identity(.finish))
    #expect(cross(Segment(sequence: 101, flags: Segment.rst)) == identity(.reset))
    let acknowledged = UInt32(901 + 3 * Self.size + 5)
    #expect(
      cross(Segment(sequence: 101, acknowledgment: acknowledged)) == identity(.acknowledgment, place: 3))
    #expect(
      cross(Segment(sequence: 101, acknowledgment: acknowledged)) == identity(.acknowledgment, 1, place: 3))
    #expect(
      crossings.identity(of: [UInt8](repeating: 0, count: 60).span.bytes, from: 1)
        == FrameIdentity(.other, direction: 1))
  }

  @Test func sequenceNumbersThatWrapAreNoMatter() {
    connect(4_000, .max - 10)
    let place = FrameIdentity(.block, direction: 0, connection: 1, place: 1)
    #expect(cross(data(Self.size, 100, from: .max - 10)) == place)
  }

  @Test func aPortThatIsUsedAgainIsAnotherConnection() {
    connect(4_000, 100)
    connect(4_001, 100)
    #expect(cross(data(0, 10, client: 4_001)).connection == 2)
    connect(4_000, 5_000)
    #expect(cross(data(0, 10, from: 5_000)) == FrameIdentity(.block, direction: 0, connection: 3))
    #expect(crossings.connectionCount == 3)
    // A reset of what nobody knows is no connection.
    #expect(cross(Segment(client: 7, flags: Segment.rst)).connection == 0)
    #expect(crossings.connectionCount == 3)
  }

  @Test func aConnectionThatWasThereBeforeBeginsWithWhatIsSeenFirst() {
    #expect(cross(data(70_000, 100)) == FrameIdentity(.block, direction: 0, connection: 1))
    #expect(cross(data(70_000 + Self.size, 100)).place == 1)
  }

  @Test func whatWasLongAgoIsForgotten() {
    for client in 0..<3 * Crossings.mostConnections {
      _ = cross(Segment(client: UInt16(client), sequence: 100, flags: Segment.syn))
    }
    let count = UInt32(3 * Crossings.mostConnections)
    // The last is known still, the first is not.
    #expect(cross(data(0, 1, client: UInt16(count - 1))).connection == count)
    #expect(cross(data(0, 1, client: 0)).connection == count + 1)
    for block in 0..<2 * Crossings.mostPlaces { _ = cross(data(block * Self.size, 1, client: 0)) }
    #expect(crossings.placeCount <= Crossings.mostPlaces)
    #expect(cross(data((2 * Crossings.mostPlaces - 1) * Self.size, 1, client: 0)).crossing == 1)
    #expect(cross(data(0, 1, client: 0)).crossing == 0)
  }

  @Test func aTableKeepsWhatIsUsed() {
    var table = RecentTable<Int, Int>(most: 10)
    table[-1] = 7
    for key in 0..<100 {
      table[key] = key
      #expect(table[-1] == 7 && table[key] == key && table.count <= 10)
    }
    #expect(table[0] == nil)
    table[-1] = nil
    #expect(table[-1] == nil)
  }
}

extension FrameIdentityTests {
  @Test func placesAndCrossingsAreDrawnEvenly() {
    for seed in 1...3 as ClosedRange<UInt64> {
      let dice = FaultDice(seed: seed)
      var lost = 0, twice = 0
      for place in 0..<50_000 as Range<UInt64> {
        var identity = FrameIdentity(.block, direction: 0, connection: 1, place: place)
        let first = dice.falls(0.05, .loss, identity)
        identity.crossing = 1
        if first { lost += 1 }
        if first, dice.falls(0.05, .loss, identity) { twice += 1 }
      }
      // Four standard deviations of 2,500 and of 125.
      #expect(abs(lost - 2_500) < 200 && abs(twice - 125) < 45, "\(lost), \(twice)")
    }
  }
}
