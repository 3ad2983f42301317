/// A moment as HTTP writes it, in whole seconds (RFC 9110 §5.6.7).
///
/// ```swift
/// HTTPDate(secondsSince1970: 784_111_777).description   // "Sun, 06 Nov 1994 08:49:37 GMT"
/// HTTPDate("Sunday, 06-Nov-94 08:49:37 GMT")            // the same
/// ```
public struct HTTPDate: Hashable, Comparable, Sendable {
  public var secondsSince1970: Int64

  public init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

  public static func < (a: HTTPDate, b: HTTPDate) -> Bool { a.secondsSince1970 < b.secondsSince1970 }

  private static let months: [StaticString] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let days: [StaticString] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
}

extension HTTPDate: CustomStringConvertible {
  /// IMF-fixdate, the one form that is generated: `Sun, 06 Nov 1994 08:49:37 GMT`.
  public var description: String {
    let day = Self.floorDivide(secondsSince1970, 86_400)
    let second = Int(secondsSince1970 - day * 86_400)
    let (year, month, dayOfMonth) = Self.civil(day)
    let weekday = Int(((day % 7) + 7) % 7)
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    let digits = String(year)
    let fullYear = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    return "\(Self.days[weekday]), \(two(dayOfMonth)) \(Self.months[month - 1]) \(fullYear) "
      + "\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60)) GMT"
  }
}

extension HTTPDate {
  /// Reads any of the three forms that a recipient MUST accept: IMF-fixdate, RFC 850 and asctime.
  ///
  /// A year of two digits "that appears to be more than 50 years in the future" counts from `now`;
  /// without it, 70 to 99 are of the last century.
  public init?(_ text: String, now: HTTPDate? = nil) {
    var reader = Reader(Array(text.utf8))
    guard let moment = reader.imfFixdate() ?? reader.rfc850(now: now) ?? reader.asctime() else { return nil }
    self = moment
  }

  /// The calendar's arithmetic, in whole eras of 400 years (the proleptic Gregorian calendar).
  private static func civil(_ day: Int64) -> (year: Int, month: Int, day: Int) {
    let z = day + 719_468
    let era = floorDivide(z, 146_097)
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (Int(year), Int(month), Int(dayOfYear - (153 * shifted + 2) / 5 + 1))
  }
  private static func day(year: Int, month: Int, day: Int) -> Int64 {
    let y = Int64(month <= 2 ? year - 1 : year)
    let era = floorDivide(y, 400)
    let yearOfEra = y - era * 400
    let shifted = Int64(month > 2 ? month - 3 : month + 9)
    let dayOfYear = (153 * shifted + 2) / 5 + Int64(day) - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }
  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
    a >= 0 ? a / b : -((b - 1 - a) / b)
  }

  private static func moment(
    year: Int, month: Int, day: Int, _ clock: (hour: Int, minute: Int, second: Int)
  ) -> HTTPDate? {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    // A leap second is the first second of the next minute to us.
    guard day >= 1, day <= lengths[month - 1], clock.hour < 24, clock.minute < 60, clock.second <= 60 else {
      return nil
    }
    let seconds = Int64(clock.hour * 3_600 + clock.minute * 60 + clock.second)
    return HTTPDate(secondsSince1970: Self.day(year: year, month: month, day: day) * 86_400 + seconds)
  }

  /// Reads one text, piece by piece.
  private struct Reader {
    private let text: [UInt8]
    private var at = 0

    init(_ text: [UInt8]) { self.text = text }

    private mutating func take(_ wanted: StaticString) -> Bool {
      let count = wanted.utf8CodeUnitCount
      guard count <= text.count - at else { return false }
      for i in 0..<count where text[at + i] != wanted.utf8Start[i] { return false }
      at += count
      return true
    }
    private mutating func number(_ digits: Int, padded: Bool = false) -> Int? {
      guard digits <= text.count - at else { return nil }
      var value = 0
      for i in 0..<digits {
        let byte = text[at + i]
        if padded, i == 0, byte == .space { continue }
        if !ByteClass.isDigit(byte) { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      at += digits
      return value
    }
    private mutating func month() -> Int? {
      for i in 0..<12 where take(HTTPDate.months[i]) { return i + 1 }
      return nil
    }
    private mutating func weekday(long: Bool) -> Bool {
      let rest: [StaticString] = ["rsday", "day", "urday", "day", "day", "sday", "nesday"]
      for i in 0..<7 where take(HTTPDate.days[i]) { return !long || take(rest[i]) }
      return false
    }
    private mutating func clock() -> (hour: Int, minute: Int, second: Int)? {
      guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2) else {
        return nil
      }
      return (hour, minute, second)
    }

    mutating func imfFixdate() -> HTTPDate? {
      at = 0
      guard weekday(long: false), take(", "), let day = number(2), take(" "), let month = month(), take(" "),
        let year = number(4), take(" "), let clock = clock(), take(" GMT"), at == text.count
      else { return nil }
      return HTTPDate.moment(year: year, month: month, day: day, clock)
    }
    mutating func rfc850(now: HTTPDate?) -> HTTPDate? {
      at = 0
      guard weekday(long: true), take(", "), let day = number(2), take("-"), let month = month(), take("-"),
        let short = number(2), take(" "), let clock = clock(), take(" GMT"), at == text.count
      else { return nil }
      guard let now else {
        let year = short < 70 ? 2_000 + short : 1_900 + short
        return HTTPDate.moment(year: year, month: month, day: day, clock)
      }
      let today = HTTPDate.civil(HTTPDate.floorDivide(now.secondsSince1970, 86_400)).year
      var year = today - today % 100 + short
      if year + 50 < today { year += 100 }
      if year > today + 50 { year -= 100 }
      return HTTPDate.moment(year: year, month: month, day: day, clock)
    }
    mutating func asctime() -> HTTPDate? {
      at = 0
      guard weekday(long: false), take(" "), let month = month(), take(" "),
        let day = number(2, padded: true), take(" "), let clock = clock(), take(" "), let year = number(4),
        at == text.count
      else { return nil }
      return HTTPDate.moment(year: year, month: month, day: day, clock)
    }
  }
}
