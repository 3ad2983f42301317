/// Why a datagram went no further: the number `d` of the event `datagramDropped`.
public enum DatagramDrop: UInt32, Sendable {
  case malformed = 1
  /// RFC 768: a wrong checksum.
  case checksum
  /// No socket has this port, or the one that has it hears another peer only.
  case nobody
  /// The socket's queue is full.
  case queueFull
}
