/// Where the table keeps what a key names: which of its slabs, and the slot there.
struct Place: Equatable, Sendable {
  enum Kind: UInt32 {
    case empty, connection, halfOpen, timeWait
  }

  /// The kind in the two highest bits, the slot below; 0 is no place.
  private let rawValue: UInt32

  @inline(__always) init(_ kind: Kind, _ index: Int) {
    rawValue = kind.rawValue << 30 | UInt32(truncatingIfNeeded: index)
  }

  static var empty: Place { Place(.empty, 0) }

  @inline(__always) var isEmpty: Bool { rawValue == 0 }
  @inline(__always) var kind: Kind { Kind(rawValue: rawValue >> 30) ?? .empty }
  @inline(__always) var index: Int { Int(rawValue & 0x3fff_ffff) }
}
