import StrataBase

/// What a connection is told when it is made. A value of 8 bytes: all connections that were given the
/// same settings share them.
///
/// ```swift
/// var settings = TCPSettings()
/// settings.noDelay = true
/// settings.keepAlive = KeepAlive(idle: .seconds(60))
/// ```
@dynamicMemberLookup
public struct TCPSettings: Sendable {
  public struct Values: Sendable {
    /// Most bytes that wait for sending or for acknowledgment, rounded up to a power of two. Memory is
    /// taken when it is needed.
    public var sendBuffer = 262_144
    /// Most bytes that wait for the user; the largest window that is advertised.
    public var receiveBuffer = 262_144
    /// Small segments do not wait for acknowledgments (Nagle's algorithm is off).
    public var noDelay = false
    /// RFC 7323 §2
    public var windowScaling = true
    /// RFC 2018
    public var sack = true
    /// RFC 3168: asked for and agreed to.
    public var ecn = false
    /// RFC 4987 §3.6: a listener answers also when its half-open queue is full.
    public var synCookies = true
    /// RFC 7323 §3
    public var timestamps = true
    public var keepAlive: KeepAlive?
    /// The least retransmission timeout. RFC 6298 §2.4 says one second; Linux and we say 200 ms.
    public var minimumTimeout: Interval = .milliseconds(200)
    public var maximumTimeout: Interval = .seconds(120)
    /// The timeout before the first round trip was measured (RFC 6298 §2.1).
    public var initialTimeout: Interval = .seconds(1)
    /// How often a SYN is sent again before the connection has timed out.
    public var synRetries: UInt8 = 6
    /// How often the same segment is sent again before the connection has timed out.
    public var retries: UInt8 = 15
    /// How long what was sent may stay without an acknowledgment, or a window shut, before the connection has
    /// timed out (RFC 5482 §2); nil: until it was sent again `retries` times.
    public var userTimeout: Interval?
    /// Segments become smaller when full ones are lost again and again (RFC 2923 §2.1): a router that they
    /// are too long for may not say so. Off at first: a path that loses much looks the same.
    public var findsBlackHoles = false
    public var delayedAcknowledgment: Interval = .milliseconds(40)
    /// 2 MSL
    public var timeWait: Interval = .seconds(60)
    /// How long FIN-WAIT-2 lasts when the user is gone.
    public var finWait2: Interval = .seconds(60)
    /// Segments that may be sent before the first acknowledgment (RFC 6928).
    public var initialWindow = 10
    /// What decides how much may be on its way.
    public var congestion = CongestionChoice.cubic
    /// The most payload of one segment that the peer is told to send; nil: what the link takes.
    public var maximumSegmentSize: Int?
    /// How long what was written may still take after `close` before the connection is reset: with zero
    /// at once, with nil for as long as the peer answers.
    public var linger: Interval?
    /// A segment that is not full waits for more to be written, as with TCP_CORK; at most for a
    /// retransmission timeout.
    public var corks = false
    /// The hops that a segment may take; nil: what the host says.
    public var timeToLive: UInt8?

    public init() {}
  }

  final class Shared: Sendable {
    let values: Values
    // What nearly every segment asks for, apart: reading one member of `values` copies all of them.
    let receiveBuffer: Int
    let corks: Bool
    let delayedAcknowledgment: Interval
    let userTimeout: Interval?
    let minimumTimeout: Interval
    let maximumTimeout: Interval

    init(_ values: Values) {
      self.values = values
      receiveBuffer = values.receiveBuffer
      corks = values.corks
      delayedAcknowledgment = values.delayedAcknowledgment
      userTimeout = values.userTimeout
      minimumTimeout = values.minimumTimeout
      maximumTimeout = values.maximumTimeout
    }
  }

  private static let standard = Shared(Values())
  private(set) var shared: Shared

  public init() { shared = Self.standard }
  public init(_ values: Values) { shared = Shared(values) }

  /// All of them as one value.
  public var values: Values { shared.values }

  public subscript<Value>(dynamicMember path: WritableKeyPath<Values, Value>) -> Value {
    get { shared.values[keyPath: path] }
    set {
      var values = shared.values
      values[keyPath: path] = newValue
      shared = Shared(values)
    }
  }

  /// The window that a SYN advertises, which is never scaled (RFC 7323 §2.2).
  var firstWindow: UInt16 { UInt16(clamping: shared.values.receiveBuffer) }

  /// The shift of our windows that lets 16 bits say all of the receive buffer (RFC 7323 §2.3).
  public var receiveShift: UInt8 {
    var shift: UInt8 = 0
    while shift < 14, 0xffff << Int(shift) < shared.values.receiveBuffer { shift += 1 }
    return shift
  }
}
