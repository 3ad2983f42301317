import ArgumentParser
import Glibc
import StrataBase
import StrataLoop
import StrataRecording

/// `strata hunt`: runs a program once for each seed, and keeps what happened where it failed.
struct Hunt: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a program under many seeds, and keep the recordings of those that break it.",
    discussion: """
      With --to, each run has a cable of its own in front of that server; the program finds it in \
      STRATA_ADDRESS (or STRATA_HOST and STRATA_PORT) of its environment, or where its arguments say \
      {address}, {host}, {port} or {seed}. Without --to it only gets STRATA_SEED.

      A run fails when the program ends with another status than 0, by a signal, or not in time. \
      SEED.strata and SEED.log are then kept; a seed that failed fails again.
      """)

  @Option(help: ArgumentHelp("The seeds, like 1..500.", valueName: "first..last"), transform: SeedRange.parse)
  var seeds: SeedRange

  @Option(help: ArgumentHelp("Where the server is.", valueName: "host:port"), transform: ListenAddress.parse)
  var to: ListenAddress?

  @OptionGroup(title: "Cable") var cable: CableOptions

  @Option(
    help: ArgumentHelp("What happens at a byte of a stream; see between.", valueName: "where: what"),
    transform: StreamFault.parse)
  var fault: [StreamFault] = []

  @Option(help: "How many runs go on at a time.") var jobs = 1

  @Option(
    help: ArgumentHelp("The most time that a run may take.", valueName: "time"), transform: TimeSpan.parse)
  var timeout = TimeSpan(.seconds(30))

  @Option(help: ArgumentHelp("Where recordings and outputs are kept.", valueName: "folder")) var keep = "."

  @Flag(help: "Print facts as JSON.") var json = false
  @Flag(name: .shortAndLong, help: "Print only what failed.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print also which seeds passed.") var verbose = false
  @Flag(help: "Plain text, also on a terminal.") var noColor = false

  @Argument(parsing: .postTerminator, help: ArgumentHelp("The program, behind --.", valueName: "program"))
  var command: [String]

  /// The most runs at a time.
  private static let mostJobs = 256

  func validate() throws {
    if command.isEmpty { throw ValidationError("name the program behind --, like: -- ./upload {address}") }
    if !(1...Self.mostJobs).contains(jobs) {
      throw ValidationError("--jobs is from 1 to \(Self.mostJobs)")
    }
    if cable.seed != CableOptions.firstSeed { throw ValidationError("--seed is for one run: write --seeds") }
    if timeout.interval == .zero { throw ValidationError("--timeout is more than 0") }
    if to != nil { return }
    if let place = Trial.Plan.places.first(where: { place in command.contains { $0.contains(place) } }) {
      throw ValidationError("\(place) needs a server: add --to HOST:PORT")
    }
    if !fault.isEmpty { throw ValidationError("--fault needs a server: add --to HOST:PORT") }
  }

  func run() throws {
    var status = stat()
    guard stat(keep, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw CommandFailure.usage("--keep \(keep) is no folder: make it first")
    }
    let plan = Trial.Plan(
      command: command, target: to?.address, cable: cable.settings, faults: fault,
      timeout: timeout.interval, folder: keep)
    let report: HuntReport
    do { report = try hunt(plan) } catch let error as LoopError {
      throw CommandFailure.failed("\(error)")
    } catch let error as RecordingError {
      throw CommandFailure.failed("\(error)")
    }
    let console = Console()
    if json { console.result(report.json) } else if !quiet { console.result("\(report)") }
    if !report.failed.isEmpty { throw ExitCode(1) }
  }

  private func hunt(_ plan: Trial.Plan) throws -> HuntReport {
    let console = Console(isQuiet: quiet, isVerbose: verbose)
    let loop = try Loop()
    let interrupt = try Interrupt(loop)
    // The callback has nothing to do: the loop's turn ends, and the trials are looked at.
    try loop.addSignal(SIGCHLD) {}
    var report = HuntReport()
    var running: [Trial] = []
    defer { for trial in running { trial.abandon() } }
    var next: UInt64? = seeds.range.lowerBound
    while next != nil || !running.isEmpty {
      if interrupt.isAsked {
        throw CommandFailure.failed("stopped; until then: \(report)")
      }
      while running.count < jobs, let seed = next {
        running.append(try Trial(seed, plan, loop))
        next = seed < seeds.range.upperBound ? seed + 1 : nil
      }
      var left: [Trial] = []
      for trial in running {
        if try !trial.turn() {
          left.append(trial)
          continue
        }
        report.seeds += 1
        if let failure = trial.settle() {
          report.failed.append(failure)
          if json { console.say("\(failure)") } else { console.result("\(failure)") }
        } else {
          console.detail("seed \(trial.seed) passed")
        }
      }
      let isRoom = left.count < running.count && next != nil
      running = left
      if !isRoom, !running.isEmpty { loop.turn(until: running.reduce(.never) { min($0, $1.nextTurn) }) }
    }
    report.failed.sort { $0.seed < $1.seed }
    return report
  }
}

/// Seeds on the command line: `1..500`, or one, `317`.
struct SeedRange: Quantity {
  static let form = "write seeds like 1..500, or one like 317"
  let range: ClosedRange<UInt64>

  init?(argument: String) {
    let ends = argument.split(separator: ".", omittingEmptySubsequences: false)
    let isOne = ends.count == 1
    guard isOne || ends.count == 3 && ends[1].isEmpty, let first = UInt64(ends[0]),
      let last = UInt64(ends[ends.count - 1]), first <= last
    else { return nil }
    range = first...last
  }
}
