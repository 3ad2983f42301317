import StrataBase
import StrataTransport

/// What can be set on a stack by name, for streams that are opened later.
extension PacketHost {
  /// The names that `set` knows.
  public static let settingNames = [
    "tcp.congestion", "tcp.cork", "tcp.delayed_ack", "tcp.ecn", "tcp.initial_rto", "tcp.initial_window",
    "tcp.max_rto", "tcp.min_rto", "tcp.mss", "tcp.nagle", "tcp.receive_buffer", "tcp.retries", "tcp.sack",
    "tcp.send_buffer", "tcp.syn_cookies", "tcp.syn_retries", "tcp.timestamps", "tcp.user_timeout",
    "tcp.window_scaling",
  ]

  /// Sets one of `settingNames`. Throws `noEntry` for another name, `invalidArgument` for a value that it
  /// cannot have. Switches take 0 and 1, times milliseconds.
  public func set(_ name: String, to value: String) throws(ErrorNumber) {
    var values = settings.values
    switch name {
    case "tcp.congestion":
      guard let choice = CongestionChoice(linuxName: value) else { throw .invalidArgument }
      values.congestion = choice
    case "tcp.ecn": values.ecn = try Self.flag(value)
    case "tcp.syn_cookies": values.synCookies = try Self.flag(value)
    case "tcp.user_timeout":
      let limit = try Self.time(value, 0...86_400_000)
      values.userTimeout = limit == .zero ? nil : limit
    case "tcp.sack": values.sack = try Self.flag(value)
    case "tcp.timestamps": values.timestamps = try Self.flag(value)
    case "tcp.window_scaling": values.windowScaling = try Self.flag(value)
    case "tcp.nagle": values.noDelay = try !Self.flag(value)
    case "tcp.cork": values.corks = try Self.flag(value)
    case "tcp.initial_window": values.initialWindow = try Self.number(value, 1...1_000)
    case "tcp.mss": values.maximumSegmentSize = try Self.number(value, 48...65_495)
    case "tcp.send_buffer": values.sendBuffer = try Self.number(value, 1...(1 << 30))
    case "tcp.receive_buffer": values.receiveBuffer = try Self.number(value, 1...(1 << 30))
    case "tcp.delayed_ack": values.delayedAcknowledgment = try Self.time(value, 0...500)
    case "tcp.min_rto": values.minimumTimeout = try Self.time(value, 1...60_000)
    case "tcp.max_rto": values.maximumTimeout = try Self.time(value, 1_000...3_600_000)
    case "tcp.initial_rto": values.initialTimeout = try Self.time(value, 1...60_000)
    case "tcp.syn_retries": values.synRetries = UInt8(try Self.number(value, 1...127))
    case "tcp.retries": values.retries = UInt8(try Self.number(value, 1...127))
    default: throw .noEntry
    }
    settings = TCPSettings(values)
  }

  private static func number(_ text: String, _ range: ClosedRange<Int>) throws(ErrorNumber) -> Int {
    guard let number = Int(text), range.contains(number) else { throw .invalidArgument }
    return number
  }

  private static func flag(_ text: String) throws(ErrorNumber) -> Bool { try number(text, 0...1) == 1 }

  private static func time(_ text: String, _ range: ClosedRange<Int>) throws(ErrorNumber) -> Interval {
    .milliseconds(Int64(try number(text, range)))
  }
}
