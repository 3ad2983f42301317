/// What `strata serve` stands on; tests of HTTP run on each.
enum Ground: String, CaseIterable, Sendable, CustomStringConvertible {
  case cable
  case kernel

  var description: String { rawValue }
}
