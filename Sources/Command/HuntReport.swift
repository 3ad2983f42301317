import FoundationEssentials

/// What a hunt found, as it is told and as `--json` prints it.
struct HuntReport: Encodable {
  struct Failure: Encodable {
    let seed: UInt64
    /// `exit 1`, `signal 11`, or `no end` within the time.
    let ending: String
    let seconds: Double
    /// Nil where there was no cable.
    let recording: String?
    let log: String
  }

  let format = 1
  /// Trials that were run.
  var seeds = 0
  var failed: [Failure] = []

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // These types hold nothing that JSON cannot say.
    return String(decoding: try! encoder.encode(self), as: UTF8.self)
  }
}

extension HuntReport: CustomStringConvertible {
  var description: String {
    let all = "\(seeds) \(seeds == 1 ? "seed" : "seeds")"
    if failed.isEmpty { return "\(all), none failed" }
    let first = failed.prefix(10).map { "\($0.seed)" }.joined(separator: ", ")
    return "\(all), \(failed.count) failed: \(first)\(failed.count > 10 ? ", ..." : "")"
  }
}

extension HuntReport.Failure: CustomStringConvertible {
  var description: String {
    let look = recording.map { "strata replay \($0)" } ?? "cat \(log)"
    return "seed \(seed) failed: \(ending) after \(seconds) s   look: \(look)"
  }
}
