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
  static let form = "write a share like 1% or 0.01, from 0% to 100%"
  let fraction: Double

  init?(argument: String) {
    let isPercent = argument.hasSuffix("%")
    guard let number = Double(isPercent ? String(argument.dropLast()) : argument), number.isFinite else {
      return nil
    }
    fraction = isPercent ? number / 100 : number
    guard (0...1).contains(fraction) else { return nil }
  }
  init(fraction: Double) { self.fraction = fraction }

  var defaultValueDescription: String { "\(fraction * 100)%" }
}

/// A span of time on the command line: `5ms`, `200us`, `1.5s`.
struct TimeSpan: Quantity {
  static let form = "write a time like 5ms, 200us or 1.5s"
  let interval: Interval

  init?(argument: String) {
    let units: [(String, Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
    guard let (name, size) = units.first(where: { argument.hasSuffix($0.0) }),
      let number = Double(argument.dropLast(name.count)), number >= 0, number * size < 9e18
    else { return nil }
    interval = .nanoseconds(Int64(number * size))
  }
  init(_ interval: Interval) { self.interval = interval }

  var defaultValueDescription: String { interval.description.replacing(" ", with: "") }
}

/// A rate on the command line, in bits a second: `10Mbit`, `1.5Gbit`, `9600bit`.
struct BitRate: Quantity {
  static let form = "write a rate like 10Mbit, 64kbit or 1.5Gbit"
  let bitsPerSecond: UInt64

  init?(argument: String) {
    guard argument.hasSuffix("bit") else { return nil }
    var digits = argument.dropLast(3)
    var size = 1.0
    if let letter = digits.last, let scale = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9][letter] {
      size = scale
      digits = digits.dropLast()
    }
    guard let number = Double(digits), number * size >= 1, number * size < 1e15 else { return nil }
    bitsPerSecond = UInt64(number * size)
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
