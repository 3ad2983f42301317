import StrataBase

/// How much may be on its way (RFC 5681). One algorithm a file; bytes throughout.
protocol CongestionControl {
  /// cwnd
  var window: Int { get }
  /// ssthresh
  var slowStartThreshold: Int { get }
  /// An acknowledgment took `count` bytes off the network while nothing was being repaired.
  /// `wasLimited`: the window, not the user, decided how much was on its way.
  mutating func acknowledged(_ count: Int, wasLimited: Bool)
  /// The same while the losses of a timeout are repaired.
  mutating func acknowledgedAfterTimeout(_ count: Int)
  /// The first loss of a window was detected, with so much in flight.
  mutating func lossDetected(inFlight: Int)
  /// All of that window has been acknowledged.
  mutating func recovered(inFlight: Int)
  /// The retransmission timer fired. `isFirst`: nothing was being repaired before.
  mutating func timedOut(inFlight: Int, isFirst: Bool)
  /// Nothing was sent for longer than the retransmission timeout (RFC 5681 §4.1).
  mutating func restartedAfterIdle()
  /// Full segments carry so many bytes from now on; the window stays.
  mutating func segmentSizeChanged(to size: Int)
}

/// The algorithm of one connection. An enum and not an existential, so that calls stay static.
enum Congestion {
  case newReno(NewReno)

  /// The largest window, so that sums of bytes fit 32 bits.
  static var mostWindow: Int { 1 << 30 }
}

extension Congestion: CongestionControl {
  var window: Int {
    switch self {
    case .newReno(let algorithm): algorithm.window
    }
  }
  var slowStartThreshold: Int {
    switch self {
    case .newReno(let algorithm): algorithm.slowStartThreshold
    }
  }
  mutating func acknowledged(_ count: Int, wasLimited: Bool) {
    switch self {
    case .newReno(var algorithm):
      algorithm.acknowledged(count, wasLimited: wasLimited)
      self = .newReno(algorithm)
    }
  }
  mutating func acknowledgedAfterTimeout(_ count: Int) {
    switch self {
    case .newReno(var algorithm):
      algorithm.acknowledgedAfterTimeout(count)
      self = .newReno(algorithm)
    }
  }
  mutating func lossDetected(inFlight: Int) {
    switch self {
    case .newReno(var algorithm):
      algorithm.lossDetected(inFlight: inFlight)
      self = .newReno(algorithm)
    }
  }
  mutating func recovered(inFlight: Int) {
    switch self {
    case .newReno(var algorithm):
      algorithm.recovered(inFlight: inFlight)
      self = .newReno(algorithm)
    }
  }
  mutating func timedOut(inFlight: Int, isFirst: Bool) {
    switch self {
    case .newReno(var algorithm):
      algorithm.timedOut(inFlight: inFlight, isFirst: isFirst)
      self = .newReno(algorithm)
    }
  }
  mutating func restartedAfterIdle() {
    switch self {
    case .newReno(var algorithm):
      algorithm.restartedAfterIdle()
      self = .newReno(algorithm)
    }
  }
  mutating func segmentSizeChanged(to size: Int) {
    switch self {
    case .newReno(var algorithm):
      algorithm.segmentSizeChanged(to: size)
      self = .newReno(algorithm)
    }
  }
}
