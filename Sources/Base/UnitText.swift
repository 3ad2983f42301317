/// Reads quantities with their units, as command lines and scenario files write them.
///
/// ```swift
/// UnitText.interval("1.5s")     // 1.5 s
/// UnitText.share("1%")          // 0.01
/// UnitText.bitRate("10Mbit")    // 10,000,000 bits a second
/// ```
public enum UnitText {
  public static let intervalForm = "write a time like 5ms, 200us or 1.5s"
  public static let shareForm = "write a share like 1% or 0.01, from 0% to 100%"
  public static let bitRateForm = "write a rate like 10Mbit, 64kbit or 1.5Gbit"

  /// A span of time in `ns`, `us`, `ms` or `s`; not negative.
  public static func interval(_ text: String) -> Interval? {
    let units: [(String, Double)] = [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9)]
    guard let (name, size) = units.first(where: { text.hasSuffix($0.0) }),
      let number = Double(text.dropLast(name.count)), number >= 0, number * size < 9e18
    else { return nil }
    return .nanoseconds(Int64(number * size))
  }

  /// A share as a percentage or a fraction, 0 to 1.
  public static func share(_ text: String) -> Double? {
    let isPercent = text.hasSuffix("%")
    guard let number = Double(isPercent ? String(text.dropLast()) : text), number.isFinite else { return nil }
    let fraction = isPercent ? number / 100 : number
    return (0...1).contains(fraction) ? fraction : nil
  }

  /// Bits a second: `10Mbit`, `1.5Gbit`, `9600bit`.
  public static func bitRate(_ text: String) -> UInt64? {
    guard text.hasSuffix("bit") else { return nil }
    var digits = text.dropLast(3)
    var size = 1.0
    if let letter = digits.last, let scale = ["k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9][letter] {
      size = scale
      digits = digits.dropLast()
    }
    guard let number = Double(digits), number * size >= 1, number * size < 1e15 else { return nil }
    return UInt64(number * size)
  }
}
