import ArgumentParser
import StrataBase
import StrataRecording
import StrataSimulator

/// `strata replay FILE`: runs a recorded world again and tells what happened in it, or compares.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a recorded world again, and tell what happened in it.",
    discussion: """
      It needs nothing but the file: what came from outside is in it. It tells losses, what was sent \
      again, faults, and how each connection ended, with the times of the run.
      """)

  @Argument(help: "The recording.") var file: String
  @Flag(help: "Print the hash of every event of the run instead.") var hash = false
  @Flag(help: "Print facts as JSON instead.") var json = false
  @Flag(name: .shortAndLong, help: "Tell of every segment, however many there are.") var verbose = false

  func run() throws {
    let recording: Recording
    do { recording = try Recording(path: file) } catch { throw CommandFailure.failed("\(error)") }
    let tells = !hash && !json
    if tells { Self.introduce(recording) }
    let run = try Self.run(recording, tells: tells, tellsAll: verbose)
    if json {
      let facts = #""events": \#(run.events), "hash": "\#(hex(run.hash))", "time": \#(run.time.nanoseconds)"#
      print(#"{"format": 1, \#(facts)}"#)
    } else if hash {
      print("\(hex(run.hash))  \(run.events) events, \(run.time), seed \(recording.scene.seed)")
    }
    if tells, recording.ending == nil {
      print("the recording was cut off here: its run went on")
    } else {
      try compare(run, recording)
    }
  }

  private struct Run {
    let time: Instant
    let events: UInt64
    let hash: UInt64

    init(_ world: World) {
      (time, events, hash) = (world.now, world.eventCount, world.eventHash)
    }
  }

  private static func introduce(_ recording: Recording) {
    let scene = recording.scene
    let what = scene.target.map { "a cable to \($0)" } ?? "\(scene.folder) served through a cable"
    print("\(what): \(scene.cable.summary), seed \(scene.seed), recorded by strata \(scene.build)")
    for fault in scene.faults ?? [] { print("fault: \(fault)") }
  }

  private static func run(
    _ recording: Recording, tells: Bool, tellsAll: Bool
  ) throws(CommandFailure) -> Run {
    recording.scene.target == nil
      ? runServing(recording, tells: tells, tellsAll: tellsAll)
      : try runBetween(recording, tells: tells, tellsAll: tellsAll)
  }

  private static func runServing(_ recording: Recording, tells: Bool, tellsAll: Bool) -> Run {
    let cable = CableWorld(recording.scene, store: recording.store)
    let teller = tells ? Teller(cable.world, cable.client, cable.cable, tellsAll) : nil
    let step = {
      // Nobody is outside any more: what comes out is let go, as the gateway took it.
      cable.takeOutput { _ in }
      teller?.listen()
      while let record = cable.nextRecord() { teller?.say("\(record)") }
    }
    for message in recording.messages {
      advance(cable.world, to: message.time, step)
      cable.receive(message.bytes.span.bytes)
      step()
    }
    advance(cable.world, to: recording.ending?.time ?? cable.world.now, step)
    teller?.conclude()
    return Run(cable.world)
  }

  private static func runBetween(
    _ recording: Recording, tells: Bool, tellsAll: Bool
  ) throws(CommandFailure) -> Run {
    var faults: [StreamFault] = []
    for text in recording.scene.faults ?? [] {
      guard let fault = StreamFault(argument: text) else {
        throw .failed("the recording has a fault that this build does not know: \(text)")
      }
      faults.append(fault)
    }
    let between = BetweenWorld(recording.scene, faults)
    let teller = tells ? Teller(between.world, between.client, between.cable, tellsAll) : nil
    let step = {
      between.takeOutput { _, _ in }
      teller?.listen()
      for news in between.takeNews() { teller?.say("\(news)") }
    }
    for message in recording.messages {
      advance(between.world, to: message.time, holding: { between.nextDeadline }, step)
      between.put(message.bytes.span.bytes, from: message.isFar ? .far : .near)
      step()
    }
    let end = recording.ending?.time ?? between.world.now
    advance(between.world, to: end, holding: { between.nextDeadline }, step)
    for connection in between.open { teller?.say("\(connection)") }
    teller?.conclude()
    return Run(between.world)
  }

  /// One instant after the other, so that what is told has its time.
  private static func advance(
    _ world: World, to end: Instant, holding: () -> Instant = { .never }, _ step: () -> Void
  ) {
    while true {
      let next = min(world.nextDeadline, holding())
      if next > end || world.standstill != nil { break }
      world.advance(to: next)
      step()
    }
    world.advance(to: end)
    step()
  }

  /// Prints the story of a world that runs again.
  private final class Teller {
    private let world: World
    private let story: ReplayStory

    init(_ world: World, _ client: WorldHost, _ cable: Int, _ tellsAll: Bool) {
      self.world = world
      story = ReplayStory(client: client, cable: cable, tellsAll: tellsAll)
      world.observers.append(story)
    }

    func listen() { for line in story.listen(world) { say(line.text, at: line.time) } }
    func say(_ text: String) { say(text, at: world.now) }

    private func say(_ text: String, at time: Instant) {
      let clock = (time - .start).description
      print(String(repeating: " ", count: max(0, 12 - clock.count)) + clock + "  " + text)
    }

    func conclude() {
      for (connection, lines) in story.untold {
        print("connection \(connection): \(lines) lines more of this kind, with --verbose")
      }
      print("\(story.lost) frames lost, \(story.again) segments sent again, in \(world.now - .start)")
    }
  }

  private func compare(_ run: Run, _ recording: Recording) throws(CommandFailure) {
    guard let ending = recording.ending else {
      throw .failed("the recording has no end: its run was cut off, so there is nothing to compare")
    }
    if run.hash == ending.hash, run.events == ending.events { return }
    let build = recording.scene.build
    if build != Version.text {
      throw .failed("the run differs: it was recorded by strata \(build), and this is \(Version.text)")
    }
    throw .failed("the run differs: recorded \(ending.events) events with hash \(hex(ending.hash))")
  }

  private func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
