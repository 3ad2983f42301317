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

  /// Whether such a piece can be part of any packet. All but the last are of whole eight bytes, and
  /// nothing reaches past the longest packet.
  var isPossible: Bool {
    count > 0 && (isLast || count % 8 == 0) && headerCount + end <= IPv4Header.mostTotal
  }
}
