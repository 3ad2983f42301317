import StrataBase

/// Draws that depend only on what they are for: the seed, which frame, and why it is drawn. A frame's
/// fate is then the same whatever happened to the frames before it, and switching one fault on changes no
/// other.
///
/// ```swift
/// let dice = FaultDice(seed: 7)
/// if dice.falls(0.01, .loss, FrameIdentity(.block, direction: 0, connection: 1, place: 12)) { ... }
/// ```
@frozen public struct FaultDice: Sendable {
  /// What a draw decides.
  @frozen public enum Purpose: UInt64, Sendable {
    case loss = 1, duplicate, reorder, reorderDelay, corrupt, corruptBit, jitter
    /// Where in a stream a fault lies that was given a range.
    case offset
  }

  public let seed: UInt64
  public init(seed: UInt64) { self.seed = seed }

  /// 64 even bits.
  public func draw(_ purpose: Purpose, _ frame: FrameIdentity) -> UInt64 {
    let what = purpose.rawValue << 1 | UInt64(frame.direction & 1)
    return Random.mix(Random.mix(seed &+ what &* 0x9e37_79b9_7f4a_7c15) ^ frame.bits)
  }

  /// A number from 0 up to, not including, `bound`; 0 when the bound is 0.
  public func below(_ bound: UInt64, _ purpose: Purpose, _ frame: FrameIdentity) -> UInt64 {
    draw(purpose, frame).multipliedFullWidth(by: bound).high
  }

  /// Whether something with this probability happens. 0 never does, 1 always.
  public func falls(_ probability: Double, _ purpose: Purpose, _ frame: FrameIdentity) -> Bool {
    if probability <= 0 { return false }
    let fraction = Double(draw(purpose, frame) >> 11) * 0x1p-53
    return fraction < probability
  }
}
