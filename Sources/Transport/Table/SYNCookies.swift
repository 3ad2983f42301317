import StrataBase
import StrataInternet
import StrataWire

/// SYN cookies (RFC 4987 §3.6): where no half-open entry can be kept, all that one would hold lies in our
/// initial sequence number and our timestamp, and comes back with the peer's acknowledgment.
///
/// A sequence number is 5 bits of time, 3 bits that choose a segment size, and 24 bits of a keyed hash over
/// both, the name and the peer's number. The six lowest bits of the timestamp are its options.
struct SYNCookies: Sendable {
  private let hash: SipHash
  /// When the last one was given out; long after it no acknowledgment is looked at.
  private(set) var lastGivenAt: Instant?

  init(random: inout Random) { hash = SipHash(random: &random) }

  /// A cookie holds for one to two of these.
  static var period: Interval { .seconds(64) }
  /// The segment sizes that three bits can say; what a peer offers is rounded down to one of them.
  static let sizes: [UInt16] = [48, 536, 1_220, 1_300, 1_380, 1_440, 1_460, 8_960]
  /// The bits of a timestamp that say options: four of the window's shift, SACK, ECN.
  private static var optionMask: UInt32 { 63 }

  /// The sequence number that stands for this handshake.
  mutating func give(
    _ key: ConnectionKey, theirs: SequenceNumber, segmentSize: UInt16, at now: Instant
  ) -> SequenceNumber {
    lastGivenAt = now
    let size = UInt32(Self.sizes.lastIndex { $0 <= segmentSize } ?? 0)
    return SequenceNumber(cookie(key, theirs, count: Self.count(now), size: size))
  }

  /// The segment size of a handshake that `ours` stands for; nil when we did not give it.
  func segmentSize(
    of ours: SequenceNumber, _ key: ConnectionKey, theirs: SequenceNumber, at now: Instant
  ) -> UInt16? {
    guard let lastGivenAt, now - lastGivenAt < Self.period * 2 else { return nil }
    let size = ours.rawValue >> 24 & 7
    for age in 0...1 as ClosedRange<UInt32> {
      if cookie(key, theirs, count: Self.count(now) &- age, size: size) == ours.rawValue {
        return Self.sizes[Int(size)]
      }
    }
    return nil
  }

  private static func count(_ now: Instant) -> UInt32 {
    UInt32(truncatingIfNeeded: now.nanoseconds / period.nanoseconds)
  }

  private func cookie(
    _ key: ConnectionKey, _ theirs: SequenceNumber, count: UInt32, size: UInt32
  ) -> UInt32 {
    let what = (count & 31) << 3 | size
    let mixed = hash(key, UInt64(theirs.rawValue) << 32 | UInt64(count) << 3 | UInt64(size))
    return what << 24 | UInt32(truncatingIfNeeded: mixed) & 0xff_ffff
  }

  /// A timestamp not ahead of `clock` whose lowest bits say what was agreed on.
  static func stamp(_ clock: UInt32, sendShift: UInt8?, sack: Bool, ecn: Bool) -> UInt32 {
    let options = UInt32(sendShift ?? 15) | (sack ? 16 : 0) | (ecn ? 32 : 0)
    let stamp = clock & ~optionMask | options
    return stamp > clock ? stamp &- (optionMask + 1) : stamp
  }

  /// What a timestamp that comes back says.
  static func options(of echo: UInt32) -> (sendShift: UInt8?, sack: Bool, ecn: Bool) {
    let shift = UInt8(echo & 15)
    return (shift == 15 ? nil : shift, echo & 16 != 0, echo & 32 != 0)
  }
}

extension TCP {
  /// Answers a SYN that no entry can be kept for. Its options need timestamps to come back.
  mutating func giveCookie(_ entry: HalfOpen, _ internet: inout Internet, at now: Instant) {
    let ours = cookies.give(entry.key, theirs: entry.theirs, segmentSize: entry.segmentSize, at: now)
    counters.cookiesGiven += 1
    let stamped = entry.timestamps
    sendHandshake(
      HalfOpen(
        key: entry.key, ours: ours, theirs: entry.theirs, recent: stamped ? entry.recent : nil, sentAt: now,
        window: entry.window, segmentSize: entry.segmentSize, listener: Int(entry.listener),
        sendShift: stamped ? entry.sendShift : nil, sack: stamped && entry.sack, ecn: stamped && entry.ecn),
      stamp: SYNCookies.stamp(
        clock(entry.key, at: now), sendShift: entry.sendShift, sack: entry.sack, ecn: entry.ecn), &internet,
      at: now)
  }

  /// The entry that an acknowledgment brings back; nil when it answers no cookie of ours.
  func entry(
    ofCookieIn header: SegmentHeader, _ key: ConnectionKey, _ options: TCPOptions, listener: Int,
    at now: Instant
  ) -> HalfOpen? {
    guard header.flags.isDisjoint(with: [.syn, .rst]) else { return nil }
    let ours = header.acknowledgment - 1, theirs = header.sequence - 1
    guard let size = cookies.segmentSize(of: ours, key, theirs: theirs, at: now) else { return nil }
    let agreed = options.timestamps.map { SYNCookies.options(of: $0.echo) } ?? (nil, false, false)
    var entry = HalfOpen(
      key: key, ours: ours, theirs: theirs, recent: options.timestamps?.value, sentAt: now,
      window: header.window, segmentSize: size, listener: listener, sendShift: agreed.0, sack: agreed.1,
      ecn: agreed.2)
    entry.isAmbiguous = true
    return entry
  }
}
