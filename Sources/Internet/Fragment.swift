import StrataBase
import StrataWire

/// What the header of one piece of a packet says of its place in the whole (RFC 791 §3.2; RFC 8200 §4.5).
struct Fragment: Equatable {
  /// What all pieces of one packet share. RFC 791 §3.2: "the combination of these four fields".
  struct Name: Equatable {
    let source: Address
    let destination: Address
    let `protocol`: IPProtocol
    let identification: UInt32
  }

  let name: Name
  /// Where it begins in the whole payload, in bytes.
  let offset: Int
  /// Bytes of payload.
  let count: Int
  let isLast: Bool
  /// Bytes in front of the payload that the whole packet begins with too.
  let headerCount: Int

  var end: Int { offset + count }

  /// Bytes that the whole packet's own length speaks of, if it ends at `end`. In IPv6 that is neither the
  /// IPv6 header nor the fragment header, which the whole does not have.
  func length(to end: Int) -> Int {
    (name.source.isV4 ? headerCount : headerCount - IPv6Header.count - IPv6Fragment.headerCount) + end
  }

  /// All pieces but the last are of whole eight bytes.
  var isCutRight: Bool { isLast || count % 8 == 0 }
  /// Nothing reaches past the longest packet, which is as long in both versions.
  var isWithinLongest: Bool { length(to: end) <= IPv6Header.mostPayload }
  /// Whether such a piece can be part of any packet.
  var isPossible: Bool { count > 0 && isCutRight && isWithinLongest }
}
