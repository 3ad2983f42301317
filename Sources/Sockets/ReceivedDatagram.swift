/// What came with a datagram, beside its bytes.
public struct ReceivedDatagram: Hashable, Sendable {
  /// Bytes that were stored.
  public let count: Int
  public let from: SocketAddress
  /// The time to live or hop limit that was left of it; nil where the ground does not know.
  public let timeToLive: Int?

  public init(count: Int, from: SocketAddress, timeToLive: Int?) {
    self.count = count
    self.from = from
    self.timeToLive = timeToLive
  }
}
