import ArgumentParser
import Glibc
import StrataBase
import StrataBench
import StrataDevices
import StrataSockets

/// `strata bench`: what the data path costs on this machine.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the data path: host to host in memory, or on a TAP against the kernel.",
    discussion: "On a TAP it makes a network namespace for itself, which needs root or user namespaces.")

  enum Subject: String, ExpressibleByArgument, CaseIterable {
    case memory
    case tap
  }

  @Argument(help: "What to measure.") var subject = Subject.memory

  @Option(help: ArgumentHelp("Payload of a run, in MiB.", valueName: "count")) var megabytes = 2_000
  @Option(help: ArgumentHelp("How often to run.", valueName: "count")) var runs = 5
  @Option(help: ArgumentHelp("Bytes of each socket buffer.", valueName: "count")) var buffer = 65_536
  @Option(help: ArgumentHelp("On a TAP: only what has this in its name.", valueName: "text"))
  var only: String?
  @Flag(help: "Frames of up to 64 KB, without transport checksums.") var superFrames = false

  func validate() throws {
    guard megabytes > 0, runs > 0, buffer >= 4_096 else {
      throw ValidationError("--megabytes and --runs are at least 1, --buffer at least 4096")
    }
  }

  func run() throws {
    switch subject {
    case .memory: try measureMemory()
    case .tap: try measureTAP()
    }
  }

  private func measureTAP() throws {
    var settings = TAPBench.Settings()
    settings.runs = runs
    settings.only = only
    do throws(DeviceError) {
      try TAPBench(settings).run { print($0) }
    } catch .notPermitted {
      throw CommandFailure.missing("strata bench tap makes a network namespace: run it as root")
    } catch {
      throw CommandFailure.failed("\(error)")
    }
  }

  private func measureMemory() throws {
    var settings = MemoryBench.Settings()
    settings.megabytes = megabytes
    settings.superFrames = superFrames
    settings.buffer = buffer
    for _ in 0..<runs {
      var bench = MemoryBench(settings)
      let result = try bench.run(clock: Self.processorTime)
      let rate = Self.rounded(result.gigabitsPerSecond), cost = Self.rounded(result.nanosecondsPerSegment)
      print("\(rate) Gbit per CPU-second, \(cost) ns a segment, \(result.segments) segments")
    }
  }

  private static func processorTime() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// With one digit behind the point.
  private static func rounded(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }
}
