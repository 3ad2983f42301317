import Glibc
import StrataBase
import StrataLink
import StrataLoop
import StrataRecording
import StrataSockets

/// One seed of a hunt: the program, and the cable in front of its server.
final class Trial {
  /// What all trials of a hunt have in common.
  struct Plan {
    let command: [String]
    let target: SocketAddress?
    let cable: CableSettings
    let faults: [StreamFault]
    let timeout: Interval
    /// Where recordings and outputs are kept.
    let folder: String

    /// `{address}` and the like in the program's arguments that only a cable gives.
    static let places = ["{address}", "{host}", "{port}"]
  }

  let seed: UInt64
  private let plan: Plan
  private let loop: Loop
  private let started: Instant
  private let process: TrialProcess
  private var carrier: BetweenCarrier?
  private let unfinished: String
  private(set) var ended: Instant?

  init(_ seed: UInt64, _ plan: Plan, _ loop: Loop) throws {
    self.seed = seed
    self.plan = plan
    self.loop = loop
    unfinished = "\(plan.folder)/\(seed).strata.part"
    var variables = [("STRATA_SEED", "\(seed)")]
    var values = [("{seed}", "\(seed)")]
    if let target = plan.target {
      let scene = Scene(
        build: Version.text, seed: seed, epoch: loop.wallTime, cable: plan.cable, target: "\(target)",
        faults: plan.faults.map(\.description))
      let carrier = try BetweenCarrier(
        scene, plan.faults, target, listen: ListenAddress(SocketAddress("127.0.0.1:0")!),
        recorder: RecordingWriter(path: unfinished, scene: scene), loop)
      let address = carrier.address
      variables += [
        ("STRATA_ADDRESS", "\(address)"), ("STRATA_HOST", "\(address.address)"),
        ("STRATA_PORT", "\(address.port)"),
      ]
      values += zip(Plan.places, ["\(address)", "\(address.address)", "\(address.port)"])
      self.carrier = carrier
    }
    let command = plan.command.map { word in
      values.reduce(word) { $0.replacing($1.0, with: $1.1) }
    }
    started = loop.now
    do { process = try TrialProcess(command, variables, loop) } catch {
      unlink(unfinished)
      throw error
    }
  }

  /// Moves it on; true when it is over.
  func turn() throws(RecordingError) -> Bool {
    carrier?.turn()
    _ = carrier?.between.takeNews()
    if process.poll() == nil {
      if loop.now < started + plan.timeout { return false }
      process.end(as: .timedOut)
    }
    ended = loop.now
    // What the program's end did to its connections belongs to the recording.
    loop.turn(until: loop.now)
    carrier?.turn()
    try carrier?.close()
    carrier = nil
    return true
  }

  var nextTurn: Instant { min(carrier?.nextTurn ?? .never, started + plan.timeout) }

  /// Whether the program did not end with success.
  var isFailed: Bool { process.ending != .exited(0) }

  /// Ends the program at once; nothing is kept.
  func abandon() {
    process.end(as: .timedOut)
    unlink(unfinished)
  }

  /// Keeps the recording and the output of a trial that failed, and forgets those of one that passed.
  func settle() -> HuntReport.Failure? {
    guard isFailed, let ending = process.ending, let ended else {
      unlink(unfinished)
      return nil
    }
    let prefix = plan.folder == "." ? "" : plan.folder + "/"
    let log = "\(prefix)\(seed).log"
    process.keepOutput(in: log)
    var recording: String?
    if plan.target != nil {
      recording = "\(prefix)\(seed).strata"
      rename(unfinished, recording!)
    }
    let milliseconds = (ended - started).nanoseconds / 1_000_000
    return HuntReport.Failure(
      seed: seed, ending: "\(ending)", seconds: Double(milliseconds) / 1_000, recording: recording, log: log)
  }
}
