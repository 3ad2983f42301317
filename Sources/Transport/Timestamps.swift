import StrataBase
import StrataWire

// Timestamps and protection against wrapped sequence numbers (RFC 7323 §3 to §5).

extension Connection {
  /// RFC 7323 §5.5: a timestamp older than this says nothing any more.
  static var timestampLifetime: UInt32 { 24 * 24 * 3_600 }

  /// The clock that the peer is shown: a tick a millisecond (RFC 7323 §5.4), moved by a secret offset.
  @inline(__always) func clock(at now: Instant) -> UInt32 {
    UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000) &+ timestampOffset
  }

  /// RFC 7323 §5.3, R1: "SEG.TSval < TS.Recent and TS.Recent is valid".
  func isOldDuplicate(_ segment: Segment, at now: Instant) -> Bool {
    guard let stamps = segment.timestamps, Int32(bitPattern: stamps.value &- recentTimestamp) < 0 else {
      return false
    }
    return Self.second(now) &- recentTimestampAt < Self.timestampLifetime
  }

  /// RFC 7323 §4.3, (2): "If SEG.TSval >= TS.Recent and SEG.SEQ <= Last.ACK.sent, then SEG.TSval is
  /// copied to TS.Recent".
  @inline(__always) mutating func noteTimestamps(_ segment: Segment, at now: Instant) {
    guard let stamps = segment.timestamps, segment.sequence <= lastAcknowledgment else { return }
    if stamps.value != recentTimestamp { recentTimestampAt = Self.second(now) }
    recentTimestamp = stamps.value
  }

  /// A round trip by an echoed timestamp, for when every byte acknowledged was sent twice.
  mutating func roundTrip(echoed stamps: TCPTimestamps, at now: Instant) -> Interval? {
    let ticks = clock(at: now) &- stamps.echo
    guard stamps.echo != 0, ticks < 1 << 20 else { return nil }
    return .milliseconds(Int64(max(ticks, 1)))
  }
}
