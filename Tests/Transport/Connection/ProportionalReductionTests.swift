import StrataBase
import Testing

@testable import StrataTransport

@Suite struct ProportionalReductionTests {
  /// Of 20 segments one is lost; with a threshold of seven, seven go for twenty that arrive.
  @Test func whileMuchIsOnItsWayAShareOfWhatLeavesIsSent() {
    var reduction = ProportionalReduction(flight: 20_000)
    var pipe = 19_000, sent = 0
    for arrival in 1...10 {
      pipe -= pipe > 0 ? 1_000 : 0
      let window = reduction.window(
        delivered: 1_000, pipe: pipe, threshold: 7_000, segmentSize: 1_000, isSafe: false)
      while window - pipe >= 1_000 {
        reduction.sent(1_000)
        pipe += 1_000
        sent += 1
      }
      #expect(sent == arrival * 7 / 20)
    }
  }

  @Test func whileLittleIsOnItsWayTheWindowGrowsToTheThresholdOnly() {
    var reduction = ProportionalReduction(flight: 20_000)
    // A burst of losses left two segments; the threshold is ten.
    var pipe = 2_000
    var windows: [Int] = []
    for _ in 0..<12 {
      pipe -= 1_000
      let window = reduction.window(
        delivered: 1_000, pipe: pipe, threshold: 10_000, segmentSize: 1_000, isSafe: true)
      windows.append(window)
      reduction.sent(window - pipe)
      pipe = window
    }
    #expect(windows == [3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10, 10].map { $0 * 1_000 })
  }

  @Test func whereLossesGoOnOnlyWhatLeftIsReplaced() {
    var reduction = ProportionalReduction(flight: 20_000)
    var pipe = 5_000
    for _ in 0..<5 {
      pipe -= 1_000
      let window = reduction.window(
        delivered: 1_000, pipe: pipe, threshold: 10_000, segmentSize: 1_000, isSafe: false)
      #expect(window == 5_000)
      reduction.sent(window - pipe)
      pipe = window
    }
  }

  @Test func theFirstRetransmissionGoesWhateverIsOnItsWay() {
    var reduction = ProportionalReduction(flight: 100_000)
    #expect(
      reduction.window(delivered: 0, pipe: 90_000, threshold: 70_000, segmentSize: 1_460, isSafe: false)
        == 91_460)
    reduction.sent(1_460)
    #expect(
      reduction.window(delivered: 0, pipe: 90_000, threshold: 70_000, segmentSize: 1_460, isSafe: false)
        == 90_000)
  }

  /// At no acknowledgment more goes out than a share of the flight, and at the end the window is the
  /// threshold.
  @Test func aConnectionPaysItsWindowBackEvenly() {
    let s = RecoveryTests.inFlight(10)
    s.writes(30 * RecoveryTests.size)
    s.all()
    let flight = s.info.inFlight / RecoveryTests.size
    s.now = s.now + .milliseconds(20)
    var bursts: [Int] = []
    for n in 2...flight {
      s.sends(sack: [(RecoveryTests.at(2), RecoveryTests.at(n + 1))], seq: 1, ack: RecoveryTests.at(1))
      bursts.append(s.all().count)
    }
    #expect(s.info.isRecovering)
    #expect(bursts.allSatisfy { $0 <= 2 }, "\(bursts)")
    #expect(bursts.reduce(0, +) >= flight / 2 - 1 && bursts.reduce(0, +) <= flight / 2 + 2, "\(bursts)")
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: s.edge)
    #expect(!s.info.isRecovering && s.info.congestionWindow == s.info.slowStartThreshold)
  }
}
