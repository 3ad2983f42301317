/// Why bytes are not what their place in a frame says they should be.
///
/// A parser throws at the first thing that is wrong. The peer is to blame, never the caller: whoever
/// catches one drops the bytes, counts the drop, and goes on.
@frozen public enum WireError: Error {
  /// Fewer bytes than the smallest header.
  case short
  /// Another version of the protocol than this parser reads.
  case version
  /// A header length below the smallest one, or past the end.
  case headerLength
  /// A total length shorter than the header or longer than the bytes at hand.
  case totalLength
  /// A TCP data offset that points into the header or past the segment.
  case dataOffset
  /// An option whose length does not fit.
  case option
  /// A checksum that does not match.
  case checksum
  /// A kind of address or message that this stack does not carry.
  case unsupported
}

extension WireError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .short: "fewer bytes than the header needs: drop them; was the capture cut off?"
    case .version: "the version field names another protocol version: hand the bytes to its parser"
    case .headerLength: "the header length is below the minimum or past the end: drop the packet"
    case .totalLength: "the length field does not fit the bytes that arrived: drop the packet"
    case .dataOffset: "the TCP data offset points outside the segment: drop the segment"
    case .option: "an option's length is wrong: ignore this option and all behind it"
    case .checksum: "the checksum does not match: drop it, the bytes were damaged on the way"
    case .unsupported: "this kind of address or message is not carried here: drop it"
    }
  }
}
