import StrataBase
import StrataFiles

/// How far a download is, in one line for a person: share, bytes, rate, time left.
///
/// The rate is that of the last seconds, so that it tells what is going on and does not jump.
public struct Progress {
  /// How long the rate remembers.
  public static var memory: Interval { .seconds(3) }

  private var rate = 0.0
  private var bytes: UInt64 = 0
  private var looked = Instant.never

  public init() {}

  /// Notes how many bytes are there now. `rate` follows by exponential smoothing.
  public mutating func note(_ now: UInt64, at instant: Instant) {
    defer { (bytes, looked) = (now, max(instant, .start)) }
    if looked == .never { return }
    let seconds = Double((instant - looked).nanoseconds) / 1e9
    if seconds <= 0 || now < bytes { return }
    let weight = min(1, seconds * 1e9 / Double(Self.memory.nanoseconds))
    let current = Double(now - bytes) / seconds
    rate = rate == 0 ? current : rate + (current - rate) * weight
  }

  /// Bytes a second.
  public var bytesPerSecond: UInt64 { UInt64(max(0, min(rate, 1e18))) }

  /// " 42% [========>           ]  12 MB of 29 MB  3.1 MB/s  5 s left". `width` columns at most.
  public func line(have: UInt64, of whole: UInt64?, width: Int) -> String {
    let speed = "\(ByteCount(bytesPerSecond))/s"
    guard let whole, whole > 0 else { return "\(ByteCount(have))  \(speed)" }
    let share = min(1, Double(have) / Double(whole))
    let percent = Int(share * 100)
    let head = "\(percent < 10 ? "  " : percent < 100 ? " " : "")\(percent)% "
    var tail = " \(ByteCount(have)) of \(ByteCount(whole))  \(speed)"
    if bytesPerSecond > 0, have < whole { tail += "  \(Self.time((whole - have) / bytesPerSecond)) left" }
    let room = width - head.count - tail.count - 2
    if room < 8 { return head + tail.dropFirst() }
    let full = Int(share * Double(min(room, 40)))
    let bar = String(repeating: "=", count: full) + (share < 1 ? ">" : "")
    return head + "[" + bar + String(repeating: " ", count: max(0, min(room, 40) - bar.count)) + "]" + tail
  }

  /// "5 s", "2 min 5 s", "3 h 20 min".
  static func time(_ seconds: UInt64) -> String {
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3_600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3_600) h \(seconds / 60 % 60) min"
  }
}
