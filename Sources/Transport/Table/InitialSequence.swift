import StrataBase
import StrataWire

/// Where a connection's sequence numbers and its timestamps begin.
struct InitialSequence: Sendable {
  private let hash: SipHash

  init(random: inout Random) { hash = SipHash(random: &random) }

  // RFC 6528 §3: "ISN = M + F(localip, localport, remoteip, remoteport, secretkey), where M is the 4
  // microsecond timer, and F() is a pseudorandom function (PRF) of the connection-id."
  /// The initial sequence number of the connection named `key`.
  func sequence(_ key: ConnectionKey, at now: Instant) -> SequenceNumber {
    let clock = UInt32(truncatingIfNeeded: now.nanoseconds / 4_000)
    return SequenceNumber(clock &+ UInt32(truncatingIfNeeded: hash(key)))
  }

  // RFC 7323 §5.4 (and §7.1): a random offset per connection hides how long we run. It stays the same
  // for a name, so that the timestamps of its next incarnation are ahead of those of the last.
  /// What is added to the clock in the timestamps of the connection named `key`.
  func timestampOffset(_ key: ConnectionKey) -> UInt32 { UInt32(truncatingIfNeeded: hash(key) >> 32) }
}
