import ArgumentParser
import StrataBase
import StrataRecording

/// `strata replay FILE --hash`: runs a recorded world again and compares.
struct Replay: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a recorded world again.",
    discussion: "It needs nothing but the file: what the folder answered is in it.")

  @Argument(help: "The recording.") var file: String
  @Flag(help: "Print the hash of every event of the run.") var hash = false
  @Flag(help: "Print facts as JSON.") var json = false

  func validate() throws {
    // The live page will be the default; until then there is one thing to see.
    if !hash, !json { throw ValidationError("not yet: only --hash, the event hash of the run, can be shown") }
  }

  func run() throws {
    let recording: Recording
    do { recording = try Recording(path: file) } catch { throw CommandFailure.failed("\(error)") }
    let run = Self.run(recording)
    if json {
      let facts = #""events": \#(run.events), "hash": "\#(hex(run.hash))", "time": \#(run.time.nanoseconds)"#
      print(#"{"format": 1, \#(facts)}"#)
    } else {
      print("\(hex(run.hash))  \(run.events) events, \(run.time), seed \(recording.scene.seed)")
    }
    try compare(run, recording)
  }

  private struct Run {
    let time: Instant
    let events: UInt64
    let hash: UInt64
  }

  private static func run(_ recording: Recording) -> Run {
    let cable = CableWorld(recording.scene, store: recording.store)
    for message in recording.messages {
      cable.world.advance(to: message.time)
      cable.receive(message.bytes.span.bytes)
      // Nobody is outside any more: what comes out is let go, as the gateway took it.
      cable.takeOutput { _ in }
    }
    cable.world.advance(to: recording.ending?.time ?? cable.world.now)
    return Run(time: cable.world.now, events: cable.world.eventCount, hash: cable.world.eventHash)
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
