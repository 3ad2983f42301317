import StrataBase

/// A time in milliseconds with three digits behind the point, as ping and traceroute print it: `2.041`.
struct Milliseconds: CustomStringConvertible {
  let description: String

  init(_ time: Interval) {
    let microseconds = (time.nanoseconds + 500) / 1_000
    let rest = String(microseconds % 1_000)
    description = "\(microseconds / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest
  }
}
