/// What one direction of a cable did, in frames. Every frame sent or copied is delivered, lost, or
/// still in flight.
@frozen public struct CableCounters: Equatable, Sendable {
  public var sent: UInt64 = 0
  public var delivered: UInt64 = 0
  /// Frames that were marked by ECN.
  public var marked: UInt64 = 0
  public var duplicated: UInt64 = 0
  public var reordered: UInt64 = 0
  public var corrupted: UInt64 = 0
  /// One counter a reason, at its raw value.
  @usableFromInline var losses: [6 of UInt64] = .init(repeating: 0)

  @inlinable public init() {}

  /// Frames lost for this reason.
  public subscript(_ reason: FrameLoss) -> UInt64 {
    get { losses[Int(reason.rawValue)] }
    set { losses[Int(reason.rawValue)] = newValue }
  }
  /// Frames lost for any reason.
  @inlinable public var lost: UInt64 { FrameLoss.allCases.reduce(0) { $0 + self[$1] } }

  public static func == (a: CableCounters, b: CableCounters) -> Bool {
    a.sent == b.sent && a.delivered == b.delivered && a.duplicated == b.duplicated && a.marked == b.marked
      && a.reordered == b.reordered && a.corrupted == b.corrupted
      && FrameLoss.allCases.allSatisfy { a[$0] == b[$0] }
  }
}
