import StrataBase

/// What attempts draw.
extension Random {
  /// A number from 0 up to, not including, `bound`.
  mutating func number(_ bound: Int) -> Int { Int(below(UInt64(max(bound, 1)))) }
  /// True once in `times`.
  mutating func once(in times: Int) -> Bool { number(times) == 0 }
  mutating func coin() -> Bool { next() & 1 == 0 }
  /// One of them.
  mutating func one<Element>(of all: [Element]) -> Element { all[number(all.count)] }
  /// Mostly small, now and then up to `bound`.
  mutating func size(_ bound: Int) -> Int {
    switch number(4) {
    case 0: number(min(bound, 4) + 1)
    case 1: number(min(bound, 100) + 1)
    default: number(bound + 1)
    }
  }
  mutating func bytes(_ count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
  }
}
