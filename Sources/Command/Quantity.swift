import ArgumentParser
import StrataBase

/// A value on the command line that knows how to say what it should look like.
protocol Quantity: ExpressibleByArgument {
  /// Completes "is invalid: ".
  static var form: String { get }
}

extension Quantity {
  /// Reads the value, or throws the sentence that says what it should look like.
  static func parse(_ text: String) throws -> Self {
    guard let value = Self(argument: text) else { throw ValidationError(form) }
    return value
  }
}

/// A share of frames on the command line: `1%` or `0.01`.
struct Share: Quantity {
  static let form = UnitText.shareForm
  let fraction: Double

  init?(argument: String) {
    guard let fraction = UnitText.share(argument) else { return nil }
    self.fraction = fraction
  }
  init(fraction: Double) { self.fraction = fraction }

  var defaultValueDescription: String { "\(fraction * 100)%" }
}

/// A span of time on the command line: `5ms`, `200us`, `1.5s`.
struct TimeSpan: Quantity {
  static let form = UnitText.intervalForm
  let interval: Interval

  init?(argument: String) {
    guard let interval = UnitText.interval(argument) else { return nil }
    self.interval = interval
  }
  init(_ interval: Interval) { self.interval = interval }

  var defaultValueDescription: String { interval.description.replacing(" ", with: "") }
}

/// A rate on the command line, in bits a second: `10Mbit`, `1.5Gbit`, `9600bit`.
struct BitRate: Quantity {
  static let form = UnitText.bitRateForm
  let bitsPerSecond: UInt64

  init?(argument: String) {
    guard let bits = UnitText.bitRate(argument) else { return nil }
    bitsPerSecond = bits
  }
}

/// How a simulated clock follows the wall's: `real`, `free` (waits are skipped) or `1:N` (N times slower).
enum Pace: Quantity, Equatable {
  static let form = "write real, free, or 1:N to run N times slower"

  case real
  case free
  case slower(Int)

  init?(argument: String) {
    switch argument {
    case "real": self = .real
    case "free": self = .free
    default:
      guard argument.hasPrefix("1:"), let times = Int(argument.dropFirst(2)), (1...1_000_000).contains(times)
      else { return nil }
      self = .slower(times)
    }
  }
}
