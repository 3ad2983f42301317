/// What `ioctl` can ask of a socket (asm-generic/ioctls.h, linux/sockios.h).
public enum ControlRequest {
  /// Bytes that can be read, or of the next datagram: FIONREAD, SIOCINQ.
  public static let readable: UInt = 0x541b
  /// Bytes that the peer has not acknowledged: SIOCOUTQ, TIOCOUTQ.
  public static let unacknowledged: UInt = 0x5411
  /// Bytes that were not sent yet: SIOCOUTQNSD.
  public static let unsent: UInt = 0x894b
  /// Calls wait no more, or again: FIONBIO.
  public static let nonblocking: UInt = 0x5421
  /// Whether the next byte is the urgent one: SIOCATMARK.
  public static let atMark: UInt = 0x8905
}
