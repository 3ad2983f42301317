/// A time as file systems keep it: since 1 January 1970, UTC.
public struct FileTime: Hashable, Comparable, Sendable, Codable {
  public var seconds: Int64
  /// 0 to 999,999,999.
  public var nanoseconds: Int32

  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (a: FileTime, b: FileTime) -> Bool {
    (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
  }
}

extension FileTime: CustomStringConvertible {
  /// "2026-11-23 17:20", UTC.
  public var description: String {
    let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
    let minute = (seconds - day * 86_400) / 60
    // Days since 1 March of year 0, in cycles of 400 years (146,097 days).
    let shifted = day + 719_468
    let cycle = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let inCycle = shifted - cycle * 146_097
    let year = (inCycle - inCycle / 1_460 + inCycle / 36_524 - inCycle / 146_096) / 365
    let inYear = inCycle - (365 * year + year / 4 - year / 100)
    let month = (5 * inYear + 2) / 153
    let ofMonth = inYear - (153 * month + 2) / 5 + 1
    let calendarMonth = month < 10 ? month + 3 : month - 9
    let calendarYear = year + cycle * 400 + (calendarMonth <= 2 ? 1 : 0)
    func two(_ n: Int64) -> String { n < 10 ? "0\(n)" : "\(n)" }
    return "\(calendarYear)-\(two(calendarMonth))-\(two(ofMonth)) \(two(minute / 60)):\(two(minute % 60))"
  }
}
