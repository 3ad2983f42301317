import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import Testing

/// What TCP makes of a path, by its loss and by the buffers of both ends.
@Suite struct GoodputGoldenTests {
  static let losses = [0, 0.001, 0.01, 0.03, 0.05]
  static let buffers = [16, 64, 256]
  static let seeds: ClosedRange<UInt64> = 1...2
  static let count = 2_000_000
  static let rate: UInt64 = 100_000_000
  static let delay = Interval.milliseconds(10)

  /// Payload in Mbit/s, from the SYN to the end of the stream, over all seeds.
  static func goodput(loss: Double, buffer: Int, isIPv6: Bool) throws -> Double {
    var seconds = 0.0
    for seed in seeds {
      var settings = HostSettings()
      settings.tcp.sendBuffer = 2 * buffer * 1_024
      settings.tcp.receiveBuffer = buffer * 1_024
      let site = Site(
        seed: seed, CableSettings(delay: delay, rate: rate, loss: loss), settings: settings, isIPv6: isIPv6)
      let server = isIPv6 ? "[fd00::2]:9" : "10.0.0.2:9"
      let answerer = site.world.run(Answerer(server, sends: 0), on: site.server)
      site.world.run(Caller(to: server, sends: count), on: site.client)
      #expect(try site.world.runUntilQuiet())
      let end = site.world.program(answerer)
      #expect(end.isDone && end.talks.first?.received == count)
      seconds += (end.endedAt ?? .start).inSeconds
    }
    return Double(count * seeds.count * 8) / seconds / 1e6
  }

  /// The most that the buffers, the line, and loss let through, in Mbit/s. Mathis et al. 1997: a window
  /// that is halved at random losses is 1.22 / sqrt(p) segments at most, on average. Padhye et al. 1998
  /// add the timeouts.
  static func models(
    loss: Double, buffer: Int, isIPv6: Bool
  ) -> (window: Double, mathis: Double, padhye: Double) {
    let payload = isIPv6 ? 1_428.0 : 1_448, segment = payload * 8, roundTrip = 2 * delay.inSeconds
    let line = Double(rate) / 1e6 * payload / 1_514
    let window = min(line, Double(buffer * 1_024 * 8) / roundTrip / 1e6)
    guard loss > 0 else { return (window, .infinity, .infinity) }
    let mathis = segment / roundTrip * (1.5 / loss).squareRoot() / 1e6
    // Our receiver acknowledges every second segment, but grows by bytes: b = 1. RTO = 200 ms.
    let slow = 0.2 * min(1, 3 * (3 * loss / 8).squareRoot()) * loss * (1 + 32 * loss * loss)
    let padhye = segment / (roundTrip * (2 * loss / 3).squareRoot() + slow) / 1e6
    return (window, mathis, padhye)
  }

  @Test(arguments: [false, true]) func goodputByLossAndBuffer(isIPv6: Bool) throws {
    var text = """
      # 2 MB over 100 Mbit/s with 10 ms each way, 2 seeds; from the SYN to the end of the stream, in Mbit/s.
      # buffer: the receiver's; the sender's is twice as large, because a program is told that it can write
      # when a quarter of it is free.
      # window: what the buffer or the line lets through at most. Mathis, Padhye: what loss alone would.
      buffer    loss  goodput   window   Mathis   Padhye

      """
    for buffer in Self.buffers {
      for loss in Self.losses {
        let goodput = try Self.goodput(loss: loss, buffer: buffer, isIPv6: isIPv6)
        let models = Self.models(loss: loss, buffer: buffer, isIPv6: isIPv6)
        text += Golden.column("\(buffer) KiB", width: 7) + Golden.number(loss * 100, 1, width: 6) + " %"
        for value in [goodput, models.window, models.mathis, models.padhye] {
          text += value.isFinite ? Golden.number(value, 2, width: 9) : Golden.column("-", width: 9)
        }
        text += "\n"
      }
    }
    Golden.expect(text, is: isIPv6 ? "goodput-ipv6.txt" : "goodput.txt")
  }
}

extension Instant {
  fileprivate var inSeconds: Double { (self - .start).inSeconds }
}
