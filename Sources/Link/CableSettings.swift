import StrataBase

/// How a cable carries frames, the same both ways. The plain one is perfect and takes no time.
///
/// ```swift
/// var settings = CableSettings(delay: .milliseconds(20), rate: 10_000_000)
/// settings.loss = 0.01
/// ```
@frozen public struct CableSettings: Equatable, Sendable {
  /// From the last bit sent to the last bit there.
  public var delay: Interval
  /// Up to so much is added to the delay, evenly drawn. It never lets a frame overtake another.
  public var jitter: Interval
  /// Bits a second each way, Ethernet header included, preamble and gap not; nil: no limit.
  public var rate: UInt64?
  /// The most frames that wait for the rate each way; the next is lost (tail drop).
  public var queue: Int
  /// With so many frames in the queue a frame that may be marked is (ECN, RFC 3168); nil: none is.
  public var markAt: Int?
  /// How likely a frame is lost, 0 to 1. It takes its place in the queue all the same.
  public var loss: Double
  /// How likely a frame arrives twice.
  public var duplicate: Double
  /// How likely a frame is held back, so that those behind it overtake it.
  public var reorder: Double
  /// How likely one bit of a frame is flipped.
  public var corrupt: Double
  /// The most frames on their way each way; the next is lost.
  public var mostInFlight: Int
  /// A frame that is held back takes this much longer, or up to twice as much, evenly drawn.
  public var reorderDelay: Interval
  /// The most bytes of one packet; a longer frame is lost, but for super-frames.
  public var mtu: Int
  /// Frames of up to 64 KiB pass uncut, and nobody makes transport checksums.
  public var superFrames: Bool

  public init(
    delay: Interval = .zero, jitter: Interval = .zero, rate: UInt64? = nil, queue: Int = 1_000,
    markAt: Int? = nil,
    loss: Double = 0, duplicate: Double = 0, reorder: Double = 0, corrupt: Double = 0,
    mostInFlight: Int = 65_536, reorderDelay: Interval = .milliseconds(1), mtu: Int = 1_500,
    superFrames: Bool = false
  ) {
    self.delay = delay
    self.jitter = jitter
    self.rate = rate
    self.queue = queue
    self.markAt = markAt
    self.loss = loss
    self.duplicate = duplicate
    self.reorder = reorder
    self.corrupt = corrupt
    self.mostInFlight = mostInFlight
    self.reorderDelay = reorderDelay
    self.mtu = mtu
    self.superFrames = superFrames
  }

  /// Bytes of an Ethernet header, and of one with a tag.
  @inlinable static var header: Int { 14 }
  @inlinable static var taggedHeader: Int { 18 }

  /// What a host at either end can count on.
  @inlinable public var capabilities: LinkCapabilities {
    superFrames
      ? LinkCapabilities(mtu: mtu, largestSegment: LinkCapabilities.superSegment, offloadsChecksum: true)
      : LinkCapabilities(mtu: mtu)
  }

  /// Whether anything about a frame is left to chance.
  var hasDraws: Bool { jitter != .zero || loss > 0 || duplicate > 0 || reorder > 0 || corrupt > 0 }

  /// The longest frame that needs nothing but a delay, no draw and no rate; -1 where all need more.
  var mostPlain: Int {
    rate == nil && !hasDraws ? superFrames ? .max : mtu + Self.header : -1
  }
}
