/// What a device takes and what it does itself. The layers above cut their work to this size.
///
/// ```swift
/// let wire = LinkCapabilities()                       // 1,500 bytes a packet, we make the checksums
/// wire.largestSegment                                 // 1,460
/// ```
@frozen public struct LinkCapabilities: Equatable, Sendable {
  /// The most bytes of one IP packet, without the Ethernet header.
  public var mtu: Int
  /// The most TCP payload bytes that the device takes at once, before options are taken off. More than
  /// a packet holds on a device that takes super-frames.
  public var largestSegment: Int
  /// The device, or the far end of a cable in memory, answers for transport checksums.
  public var offloadsChecksum: Bool

  /// Bytes of an IPv4 and a TCP header without options.
  @inlinable public static var plainHeaders: Int { 40 }
  /// The most payload of a super-frame: an IPv4 total length of 65,535 less both headers.
  @inlinable public static var superSegment: Int { 65_535 - plainHeaders }

  /// `largestSegment` is `mtu - 40` where nothing is said.
  @inlinable public init(mtu: Int = 1_500, largestSegment: Int? = nil, offloadsChecksum: Bool = false) {
    self.mtu = mtu
    self.largestSegment = largestSegment ?? mtu - Self.plainHeaders
    self.offloadsChecksum = offloadsChecksum
  }
}
