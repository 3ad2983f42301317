import Glibc
import StrataBase

/// One run of a target: attempts from a first number on, each from its own seed.
struct Session {
  var seed: UInt64 = 1
  var from: UInt64 = 0
  var count: UInt64 = 1_000_000

  /// What an attempt found, and how to see it again.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Gives what is to be said of a run without a finding; throws a `Failure` with the first one.
  @discardableResult
  func run<Target: FuzzTarget>(_ type: Target.Type) throws -> String {
    var target = Target()
    LastWords.prepare(again(Target.name, ""))
    let begin = Session.processorTime
    for number in from..<(from + count) {
      LastWords.attempt = number
      var random = Random(seed: Random.mix(seed) ^ number)
      do {
        try target.attempt(&random)
      } catch {
        throw Failure(description: "\(Target.name): \(error)\n\(again(Target.name, "\(number)"))")
      }
    }
    let seconds = max(Session.processorTime - begin, 1e-9)
    return "\(Target.name): \(count) attempts, seed \(seed): \(target.report); \(Int(seconds * 1_000)) ms, "
      + "\(Int(Double(count) / seconds)) a CPU second"
  }

  private func again(_ name: String, _ number: String) -> String {
    "again with: strata-fuzz \(name) --seed \(seed) --count 1 --from \(number)"
  }

  private static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
