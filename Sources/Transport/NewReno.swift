import StrataBase

/// NewReno: slow start, congestion avoidance and the halving of RFC 5681 and RFC 6582, counted in
/// bytes (RFC 3465). Which bytes were lost is not its business but the scoreboard's.
struct NewReno: CongestionControl {
  private var congestionWindow: UInt32
  private var threshold: UInt32 = .max
  /// Bytes acknowledged in avoidance since the window last grew.
  private var counted: UInt32 = 0
  /// SMSS
  private var segmentSize: UInt16
  /// The most that one acknowledgment adds in slow start, in segments.
  private let limit: UInt8
  private let initialSegments: UInt8

  /// `burst`: the most payload that the device takes at once.
  init(segmentSize: Int, burst: Int, initialSegments: Int) {
    self.segmentSize = UInt16(clamping: segmentSize)
    self.initialSegments = UInt8(clamping: initialSegments)
    // RFC 3465 §2.2 with L = 2 segments. A super-frame is acknowledged at once, as one segment is; on a
    // device that takes them L counts in super-frames.
    limit = UInt8(clamping: 2 * max(1, burst / max(segmentSize, 1)))
    congestionWindow = UInt32(clamping: Self.initialWindow(segmentSize, initialSegments))
  }

  /// RFC 6928 §2: "min (10*MSS, max (2*MSS, 14600))"
  static func initialWindow(_ segmentSize: Int, _ segments: Int) -> Int {
    min(segments * segmentSize, max(2 * segmentSize, segments * 1_460))
  }

  var window: Int { Int(congestionWindow) }
  var slowStartThreshold: Int { threshold == .max ? .max : Int(threshold) }

  mutating func acknowledged(_ count: Int, wasLimited: Bool) {
    if wasLimited { grow(count, limit: Int(limit)) }
  }

  /// RFC 3465 §2.3: "during slow start periods that follow a retransmission timeout L = 1*SMSS".
  mutating func acknowledgedAfterTimeout(_ count: Int) { grow(count, limit: 1) }

  private mutating func grow(_ count: Int, limit: Int) {
    if congestionWindow < threshold {
      congestionWindow &+= UInt32(truncatingIfNeeded: min(count, limit &* Int(segmentSize)))
    } else {
      avoid(count)
    }
    congestionWindow = min(congestionWindow, UInt32(Congestion.mostWindow))
  }

  // RFC 5681 §3.1: one segment for each window of acknowledged bytes.
  private mutating func avoid(_ count: Int) {
    counted &+= UInt32(truncatingIfNeeded: min(count, Int(congestionWindow)))
    if counted >= congestionWindow {
      counted &-= congestionWindow
      congestionWindow &+= UInt32(segmentSize)
    }
  }

  mutating func lossDetected(inFlight: Int) {
    halve(inFlight)
    congestionWindow = threshold
  }

  /// RFC 6582 §3.2, 3: "Set cwnd to ... min (ssthresh, max(FlightSize, SMSS) + SMSS)", which keeps a
  /// burst from following when little is in flight.
  mutating func recovered(inFlight: Int) {
    let size = Int(segmentSize)
    congestionWindow = min(threshold, UInt32(clamping: max(inFlight, size) + size))
    counted = 0
  }

  mutating func timedOut(inFlight: Int, isFirst: Bool) {
    // RFC 5681 §3.1: "... when a TCP sender detects segment loss using the retransmission timer and the
    // given segment has already been retransmitted by way of the retransmission timer at least once,
    // the value of ssthresh is held constant."
    if isFirst { halve(inFlight) }
    congestionWindow = UInt32(segmentSize)
  }

  mutating func segmentSizeChanged(to size: Int) { segmentSize = UInt16(clamping: size) }

  mutating func restartedAfterIdle() {
    let restart = Self.initialWindow(Int(segmentSize), Int(initialSegments))
    congestionWindow = min(congestionWindow, UInt32(clamping: restart))
  }

  /// RFC 5681 §3.1, equation 4: "ssthresh = max (FlightSize / 2, 2*SMSS)"
  private mutating func halve(_ inFlight: Int) {
    threshold = UInt32(clamping: max(inFlight / 2, 2 * Int(segmentSize)))
    counted = 0
  }
}
