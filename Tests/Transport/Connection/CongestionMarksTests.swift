import StrataBase
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct CongestionMarksTests {
  static func settings() -> TCPSettings {
    var settings = TCPSettings()
    settings.ecn = true
    settings.congestion = .newReno
    return settings
  }

  /// An established connection that asked for ECN and got it.
  static func agreed() -> Script {
    let s = Script.active(settings())
    #expect(s.next()?.flags == [.syn, .ece, .cwr])
    s.sends([.syn, .ack, .ece], seq: 0, ack: 1)
    s.expects(.ack, seq: 1, ack: 1)
    #expect(s.info.usesECN)
    return s
  }

  @Test func ecnIsUsedWhereBothEndsAskForIt() {
    _ = Self.agreed()
    let alone = Script.active(Self.settings())
    _ = alone.next()
    alone.sends([.syn, .ack], seq: 0, ack: 1)
    #expect(!alone.info.usesECN)
    // RFC 3168 §6.1.1: a peer that reflects our flags has not understood them.
    let mirror = Script.active(Self.settings())
    _ = mirror.next()
    mirror.sends([.syn, .ack, .ece, .cwr], seq: 0, ack: 1)
    #expect(!mirror.info.usesECN)
    let silent = Script.active()
    #expect(silent.next()?.flags == .syn)
  }

  @Test func aSYNThatIsNotAnsweredIsRepeatedWithoutECN() {
    let s = Script.active(Self.settings())
    _ = s.next()
    s.deadline()
    #expect(s.next()?.flags == .syn)
  }

  @Test func dataIsECNCapableAndRetransmissionsAreNot() {
    let s = Self.agreed()
    s.writes(100)
    guard var frame = s.pool.take() else { return }
    #expect(s.connection.pointee.emit(into: &frame, at: s.now))
    #expect(frame.notes.congestion == ECN.capable)
    s.deadline()
    while !s.connection.pointee.hasOutput { s.deadline() }
    guard var again = s.pool.take() else { return }
    #expect(s.connection.pointee.emit(into: &again, at: s.now))
    #expect(again.notes.congestion == 0)
  }

  @Test func aMarkIsEchoedUntilTheSenderSaysThatItSendsLess() {
    let s = Self.agreed()
    func arrives(_ flags: TCPFlags, _ seq: Int, marked: Bool) {
      guard
        let frame = Script.segment(
          s.pool, flags, s.theirs + seq, s.ours + 1, 65_535, TCPOptions(), [UInt8](repeating: 1, count: 1_460)
        )
      else { return }
      frame.notes.congestion = marked ? ECN.marked : ECN.capable
      s.last = s.connection.pointee.receive(frame, at: s.now)
    }
    arrives(.ack, 1, marked: true)
    arrives(.ack, 1_461, marked: false)
    #expect(s.next()?.flags == [.ack, .ece])
    arrives(.ack, 2_921, marked: false)
    arrives(.ack, 4_381, marked: false)
    #expect(s.next()?.flags == [.ack, .ece])
    arrives([.ack, .cwr], 5_841, marked: false)
    arrives(.ack, 7_301, marked: false)
    #expect(s.next()?.flags == .ack)
    arrives([.ack, .cwr], 8_761, marked: true)
    arrives(.ack, 10_221, marked: false)
    #expect(s.next()?.flags == [.ack, .ece])
  }

  @Test func anEchoTakesAFifthOfTheWindowOnceARoundTripAndIsAnswered() {
    let s = Self.agreed()
    s.writes(40 * 536)
    let flight = s.all().count
    #expect(flight == 10)
    s.now = s.now + .milliseconds(20)
    s.sends([.ack, .ece], seq: 1, ack: 537)
    // RFC 8511 §3: 0.8 for NewReno.
    #expect(s.info.slowStartThreshold == 8 * 536)
    let window = s.info.congestionWindow
    s.sends([.ack, .ece], seq: 1, ack: 1 + 2 * 536)
    #expect(s.info.congestionWindow == window)
    s.sends(.ack, seq: 1, ack: 1 + 6 * 536)
    let sent = s.all()
    #expect(sent.first?.flags.contains(.cwr) == true)
    #expect(sent.dropFirst().allSatisfy { !$0.flags.contains(.cwr) })
    #expect(s.info.retransmissions == 0)
    s.sends([.ack, .ece], seq: 1, ack: s.edge)
    #expect(s.info.slowStartThreshold < 8 * 536)
  }

  @Test func echoesFromAPeerThatAgreedToNothingMeanNothing() {
    let s = Script.established()
    s.writes(10_000)
    s.all()
    let window = s.info.congestionWindow
    s.sends([.ack, .ece], seq: 1, ack: 1_461)
    #expect(s.info.congestionWindow >= window)
  }
}
