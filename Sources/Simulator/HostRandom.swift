import StrataBase

/// Random numbers of one host and boot. All that hold it draw from one sequence: it is an object, and
/// belongs to the world's thread.
///
/// ```swift
/// let wait = Int.random(in: 150...300, using: &net.random)
/// ```
public final class HostRandom: RandomNumberGenerator, @unchecked Sendable {
  private var random: Random

  init(_ random: Random) { self.random = random }

  public func next() -> UInt64 { random.next() }
}
