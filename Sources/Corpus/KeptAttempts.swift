/// Attempts of `strata-fuzz` that once found something. What each found has a small test of its own; the
/// attempt is kept because it still goes where nobody else goes.
public enum KeptAttempts {
  /// The numbers of attempts, by target and seed.
  public static let all: [(target: String, seed: UInt64, attempts: [UInt64])] = [
    ("tcp", 1, [0, 4, 96, 174, 630, 1_325, 2_220, 20_383]),
    ("pair", 1, [18, 81, 214]),
    ("pair", 5, [509]),
  ]
}
