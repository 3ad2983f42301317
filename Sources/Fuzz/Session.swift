import Glibc
import StrataBase

/// One run of a target: attempts from a first number on, each from its own seed.
struct Session {
  var seed: UInt64 = 1
  var from: UInt64 = 0
  var count: UInt64 = 1_000_000

  /// The attempt that runs now, for the last words after a trap.
  nonisolated(unsafe) static var current: UInt64 = 0

  /// Prints the rate. False when an attempt found a contradiction.
  func run<Target: FuzzTarget>(_ type: Target.Type) -> Bool {
    Session.sayNumberOnTrap()
    var target = Target()
    let begin = Session.processorTime
    for number in from..<(from + count) {
      Session.current = number
      var random = Random(seed: Random.mix(seed) ^ number)
      do {
        try target.attempt(&random)
      } catch {
        print("\(Target.name): \(error)")
        print("again with: strata-fuzz \(Target.name) --seed \(seed) --from \(number) --count 1")
        return false
      }
    }
    let seconds = max(Session.processorTime - begin, 1e-9)
    print(
      "\(Target.name): \(count) attempts, seed \(seed): \(target.report); \(Int(seconds * 1_000)) ms, "
        + "\(Int(Double(count) / seconds)) a CPU second")
    return true
  }

  private static var processorTime: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// A trap kills the process; before that it says which attempt it was in.
  private static func sayNumberOnTrap() {
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT] {
      Glibc.signal(signal) { number in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { text in
          let words: StaticString = "trapped in attempt "
          var at = words.utf8CodeUnitCount
          text.baseAddress!.update(from: words.utf8Start, count: at)
          var divisor: UInt64 = 10_000_000_000_000_000_000
          while divisor > max(Session.current, 1) { divisor /= 10 }
          while divisor > 0 {
            text[at] = UInt8(0x30 + Session.current / divisor % 10)
            at += 1
            divisor /= 10
          }
          text[at] = 0x0a
          _ = write(2, text.baseAddress, at + 1)
        }
        _ = Glibc.signal(number, SIG_DFL)
        _ = raise(number)
      }
    }
  }
}
