import Glibc
import StrataBase
import StrataFiles
import StrataLink
import StrataRecording
import StrataService
import StrataSimulator
import StrataSockets
import StrataWire
import StrataTemporary
import Testing

/// A file server's world that is recorded runs again from the recording alone, event for event.
@Suite struct ReplayTests {
  static let scene = Scene(
    build: "test", seed: 5, epoch: 1_700_000_000, folder: "files",
    cable: CableSettings(delay: .milliseconds(5), loss: 0.03, duplicate: 0.01, reorder: 0.05))

  /// A client whose requests come from outside, and a server of files.
  struct Stage<S: Store> {
    let world: World
    let requester: ProgramReference<Requester>

    init(_ scene: Scene, store: S) {
      world = World(seed: scene.seed)
      let client = world.host("client", AddressPrefix("10.0.0.1/24")!)
      let server = world.host("server", AddressPrefix("10.0.0.2/24")!)
      world.cable(client, server, scene.cable)
      let address = SocketAddress("10.0.0.2:80")!
      let clock = WallClock(secondsAtStart: scene.epoch)
      world.run(FileServer(store: store, address: address, clock: clock), on: server)
      requester = world.run(Requester(to: address), on: client)
    }

    var answers: [[UInt8]] { world.program(requester).answers }
  }

  struct Outcome: Equatable {
    let hash: UInt64
    let events: UInt64
    let answers: [[UInt8]]
  }

  let folder = TemporaryFolder()
  let files = TemporaryFolder()
  var path: String { "\(folder.path)/run.strata" }

  static func get(_ path: String) -> [UInt8] {
    Array("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
  }

  static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = Random(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  /// Records a run; `between` is called after each request, while its answer may still be under way.
  private func record(
    _ requests: [[UInt8]], every pause: Interval = .milliseconds(40), between: (Int) -> Void = { _ in }
  ) throws -> Outcome {
    let writer = try RecordingWriter(path: path, scene: Self.scene)
    let stage = Stage(Self.scene, store: RecordedStore(try FolderStore(path: files.path), writer: writer))
    for (number, request) in requests.enumerated() {
      stage.world.advance(to: stage.world.now + pause)
      writer.message(request.span.bytes, at: stage.world.now)
      stage.world.input(request.span.bytes, to: stage.requester)
      stage.world.advance(to: stage.world.now + pause)
      between(number)
    }
    try stage.world.run(for: .seconds(300))
    #expect(stage.world.program(stage.requester).isDone)
    let (events, hash) = (stage.world.eventCount, stage.world.eventHash)
    try writer.close(at: stage.world.now, events: events, hash: hash)
    return Outcome(hash: hash, events: events, answers: stage.answers)
  }

  private func replay(until end: Instant? = nil) throws -> (Outcome, Recording) {
    let recording = try Recording(path: path)
    let stage = Stage(recording.scene, store: recording.store)
    for message in recording.messages {
      stage.world.advance(to: message.time)
      stage.world.input(message.bytes.span.bytes, to: stage.requester)
    }
    stage.world.advance(to: end ?? recording.ending?.time ?? stage.world.now)
    return (
      Outcome(hash: stage.world.eventHash, events: stage.world.eventCount, answers: stage.answers), recording
    )
  }

  @Test func aReplayNeedsNoFolder() throws {
    files.write("a.txt", Array("hello\n".utf8))
    files.write("b.bin", Self.noise(300_000, seed: 1))
    let run = try record([Self.get("/a.txt"), Self.get("/b.bin"), Self.get("/"), Self.get("/none")])
    #expect(run.answers[1].suffix(300_000) == Self.noise(300_000, seed: 1)[...])
    files.remove()
    let (again, recording) = try replay()
    #expect(again == run)
    let ending = try #require(recording.ending)
    #expect(ending.hash == again.hash && ending.events == again.events && !recording.hasDiverged)
  }

  @Test func aFileThatChangesWhileItIsServedIsReplayedAsItWas() throws {
    files.write("a.bin", Self.noise(200_000, seed: 1))
    let run = try record([Self.get("/a.bin"), Self.get("/a.bin"), Self.get("/a.bin")]) { number in
      // The same length and, in the first case, while it is read.
      files.write("a.bin", Self.noise(200_000, seed: UInt64(number + 2)))
    }
    #expect(Set(run.answers).count > 1 && run.answers.allSatisfy { !$0.isEmpty })
    #expect(try replay().0 == run)
  }

  /// What two reads at the front of a file gave.
  private func readTwice(_ store: inout some Store) throws -> [[UInt8]] {
    guard case .file(let info) = store.lookUp(["a.bin"]) else { return [] }
    var pieces: [[UInt8]] = []
    for _ in 0..<2 {
      let file = try store.open(info)
      var bytes = [UInt8](repeating: 0, count: 10_000)
      var span = bytes.mutableSpan
      var target = span.mutableBytes
      let count = store.read(file, at: 0, into: &target)
      pieces.append(Array(bytes[..<count]))
      store.close(file)
    }
    return pieces
  }

  @Test func bytesThatAreReadTwiceAreWrittenOnce() throws {
    files.write("a.bin", Self.noise(10_000, seed: 1))
    let writer = try RecordingWriter(path: path, scene: Self.scene)
    var store = RecordedStore(try FolderStore(path: files.path), writer: writer)
    let pieces = try readTwice(&store)
    try writer.close(at: .start, events: 0, hash: 0)
    #expect(pieces == [Self.noise(10_000, seed: 1), Self.noise(10_000, seed: 1)])
    #expect((10_000..<11_000).contains(folder.read("run.strata").count))
    var replayed = try Recording(path: path).store
    #expect(try readTwice(&replayed) == pieces)
  }

  /// A store whose file gets other bytes without another name, size or time.
  private struct Fickle: Store {
    var reads: UInt8 = 0
    mutating func lookUp(_ path: [FileName]) -> StoreAnswer {
      .file(FileInfo(path: path, size: 4, modified: FileTime(seconds: 1)))
    }
    mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile { OpenFile(id: 0) }
    mutating func read(_ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan) -> Int {
      reads += 1
      for at in 0..<4 { target.setByte(reads, at: at) }
      return 4
    }
    mutating func close(_ file: OpenFile) {}
  }

  @Test func aFileThatIsWrittenToWithoutATraceIsReplayedAsItWas() throws {
    let writer = try RecordingWriter(path: path, scene: Self.scene)
    var store = RecordedStore(Fickle(), writer: writer)
    let pieces = try readTwice(&store)
    try writer.close(at: .start, events: 0, hash: 0)
    #expect(pieces == [[1, 1, 1, 1], [2, 2, 2, 2]])
    var replayed = try Recording(path: path).store
    #expect(try readTwice(&replayed) == pieces)
  }

  @Test func aRecordingThatWasCutOffReplaysUpToThere() throws {
    files.write("a.txt", Array("hello\n".utf8))
    let run = try record([Self.get("/a.txt"), Self.get("/a.txt"), Self.get("/a.txt")], every: .seconds(20))
    let whole = folder.read("run.strata")
    folder.write("run.strata", Array(whole.dropLast(3)))
    let (again, recording) = try replay(until: .start + .seconds(600))
    #expect(recording.ending == nil && recording.messages.count == 3)
    #expect(again.answers == run.answers)
  }

  @Test func aStoreThatIsAskedForSomethingElseHasDiverged() throws {
    files.write("a.txt", Array("hello\n".utf8))
    _ = try record([Self.get("/a.txt")])
    let recording = try Recording(path: path)
    var store = recording.store
    #expect(!recording.hasDiverged)
    for _ in 0..<10 { _ = store.lookUp(["a.txt"]) }
    #expect(recording.hasDiverged)
    #expect(throws: StoreError.missing) {
      try store.open(FileInfo(path: [], size: 0, modified: FileTime(seconds: 0)))
    }
  }

  @Test func aCaptureHasEveryFrameOfItsHost() throws {
    files.write("a.txt", Array("hello\n".utf8))
    let stage = Stage(Self.scene, store: try FolderStore(path: files.path))
    let capture = try PacketCapture(path: "\(folder.path)/run.pcapng", host: "client", epoch: 1_000_000_000)
    stage.world.observers.append(capture)
    stage.world.input(Self.get("/a.txt").span.bytes, to: stage.requester)
    try stage.world.run(for: .seconds(300))
    try capture.close()
    let counters = stage.world.withCable(0) { ($0.counters(from: 0).sent, $0.counters(from: 1).delivered) }
    let bytes = folder.read("run.pcapng")
    var blocks = 0, at = 0
    while at + 8 <= bytes.count {
      let kind = bytes.span.bytes.native32(at: at), count = Int(bytes.span.bytes.native32(at: at + 4))
      if kind == 6 { blocks += 1 }
      at += max(count, 12)
    }
    #expect(at == bytes.count && blocks == Int(counters.0 + counters.1) && blocks > 8)
  }
}
