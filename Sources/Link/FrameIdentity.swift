import StrataBase

/// Which frame it is, in words that do not depend on when it was sent or on what else crossed the cable
/// before it. A fault is drawn from it, so a program that sends the same bytes meets the same faults,
/// though its timing and the sizes of its writes differ.
///
/// | kind | place | the crossings that are counted |
/// |---|---|---|
/// | `block` | the first block of 1,448 bytes that begins in the segment | of that block's first byte |
/// | `inner` | the block it lies in, where none begins in it | of such segments in this block |
/// | `acknowledgment` | the block of the other direction up to which it acknowledges | of such segments |
/// | `synchronize`, `finish`, `reset` | 0 | of such segments of this connection and direction |
/// | `resolution`, `control`, `datagram`, `other` | 0 | of such frames in this direction |
///
/// Blocks are counted from the first byte of a direction's stream, by sequence numbers: behind 4 GiB
/// they begin again. What timing can still change: how many small segments there are within a block and how
/// many acknowledgments of one, but never what that does to the blocks behind it.
public struct FrameIdentity: Hashable, Sendable {
  public enum Kind: UInt8, Sendable {
    // A TCP segment, by what it carries first of these.
    case block = 1, inner, synchronize, finish, reset, acknowledgment
    // ARP; ICMP and ICMPv6; UDP; all the rest, fragments among it.
    case resolution, control, datagram, other
  }

  public var kind: Kind
  /// The end of the cable that sends.
  public var direction: Int
  /// From 1, in the order in which connections first came to the cable; 0 where there is none.
  public var connection: UInt32
  public var place: UInt64
  /// How often before.
  public var crossing: UInt32

  public init(
    _ kind: Kind, direction: Int, connection: UInt32 = 0, place: UInt64 = 0, crossing: UInt32 = 0
  ) {
    self.kind = kind
    self.direction = direction
    self.connection = connection
    self.place = place
    self.crossing = crossing
  }

  /// Bytes of a block: the payload of a full segment, so that each has one block's beginning in it.
  public static var blockSize: UInt32 { 1_448 }

  /// All but the crossing, mixed.
  var placeBits: UInt64 {
    let what = UInt64(kind.rawValue) << 40 | UInt64(direction & 1) << 32 | UInt64(connection)
    return Random.mix(Random.mix(what) ^ (place &+ 0x9e37_79b9_7f4a_7c15))
  }
  var bits: UInt64 { Random.mix(placeBits &+ UInt64(crossing)) }
}
