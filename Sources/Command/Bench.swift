import ArgumentParser
import Glibc
import StrataBase
import StrataBench
import StrataSockets

/// `strata bench`: what the data path costs on this machine.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Measure the data path, host to host in memory.")

  @Option(help: ArgumentHelp("Payload of a run, in MiB.", valueName: "count")) var megabytes = 2_000
  @Option(help: ArgumentHelp("How often to run.", valueName: "count")) var runs = 5
  @Option(help: ArgumentHelp("Bytes of each socket buffer.", valueName: "count")) var buffer = 65_536
  @Flag(help: "Frames of up to 64 KB, without transport checksums.") var superFrames = false

  func validate() throws {
    guard megabytes > 0, runs > 0, buffer >= 4_096 else {
      throw ValidationError("--megabytes and --runs are at least 1, --buffer at least 4096")
    }
  }

  func run() throws {
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
