import StrataBase
import StrataLink
import StrataRecording
import StrataService
import Testing

@testable import StrataCommand

/// A client and a server outside of a world, played by messages.
@Suite struct BetweenWorldTests {
  final class Stage {
    let between: BetweenWorld
    let story: ReplayStory
    var toServer: [UInt8] = []
    var toClient: [UInt8] = []
    var kindsToServer: [RelayMessage.Kind] = []
    var kindsToClient: [RelayMessage.Kind] = []
    var farFlow: UInt32 = 0
    var told: [String] = []
    var segments: [String] = []
    /// When each byte for the client came.
    var arrivals: [Instant] = []

    static let nearFlow: UInt32 = 1 << 10

    init(
      _ faults: [String], _ cable: CableSettings = CableSettings(delay: .milliseconds(1)), seed: UInt64 = 1
    )
      throws
    {
      let scene = Scene(
        build: "test", seed: seed, epoch: 0, cable: cable, target: "127.0.0.1:5432", faults: faults)
      between = BetweenWorld(scene, try faults.map(StreamFault.parse))
      story = ReplayStory(client: between.client, cable: between.cable, tellsAll: true)
      between.world.observers.append(story)
    }

    func client(_ kind: RelayMessage.Kind, _ content: [UInt8] = []) {
      let message = RelayMessage.bytes(kind, Self.nearFlow) + content
      _ = between.receive(message.span.bytes, from: .near)
      take()
    }
    func server(_ kind: RelayMessage.Kind, _ content: [UInt8] = []) {
      let message = RelayMessage.bytes(kind, farFlow) + content
      _ = between.receive(message.span.bytes, from: .far)
      take()
    }

    /// Lets time pass; both outsides take all that comes.
    func run(_ span: Interval = .seconds(2)) {
      let end = between.world.now + span
      while between.world.now < end {
        between.world.advance(to: min(end, min(between.world.nextDeadline, between.nextDeadline)))
        take()
      }
    }

    func take() {
      var took: [(BetweenWorld.Side, [UInt8])] = []
      between.takeOutput { side, bytes in
        let message = RelayMessage(bytes)!
        if side == .far { kindsToServer.append(message.kind) } else { kindsToClient.append(message.kind) }
        if message.kind == .opened { farFlow = message.flow }
        if message.kind != .bytes { return }
        let count = withUnsafeBytes(of: UInt32(message.content.byteCount).bigEndian) { Array($0) }
        took.append((side, RelayMessage.bytes(.took, message.flow) + count))
        if side == .far { toServer += message.content.array } else { toClient += message.content.array }
        if side == .near {
          arrivals += [Instant](repeating: between.world.now, count: message.content.byteCount)
        }
      }
      between.endSevered { _, _ in }
      for (side, message) in took { _ = between.receive(message.span.bytes, from: side) }
      told += between.takeNews().map(\.description)
      segments += story.listen(between.world).map(\.text)
    }
  }

  static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 % 251) } }

  static let places = [0, 1, 2, 1_447, 1_448, 1_449, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 100_000]

  @Test func withoutFaultsAllPassesBothWays() throws {
    let stage = try Stage([])
    stage.client(.opened)
    stage.client(.bytes, Self.bytes(50_000))
    stage.client(.ended)
    stage.run()
    stage.server(.bytes, Self.bytes(3_000))
    stage.server(.ended)
    stage.run()
    #expect(stage.toServer == Self.bytes(50_000) && stage.toClient == Self.bytes(3_000))
    #expect(stage.kindsToServer.contains(.ended) && stage.kindsToClient.contains(.ended))
    #expect(stage.told.count == 1 && stage.told[0].hasPrefix("connection 1: 50000 B up, 3000 B down"))
    #expect(stage.told[0].hasSuffix("closed by both"))
  }

  @Test(arguments: places) func aResetComesBehindExactlyTheBytesBeforeIt(_ place: Int) throws {
    let stage = try Stage(["up at \(place): reset"])
    stage.client(.opened)
    for start in stride(from: 0, to: 120_000, by: 20_000) {
      stage.client(.bytes, Array(Self.bytes(120_000)[start..<(start + 20_000)]))
    }
    stage.run()
    #expect(stage.toServer == Array(Self.bytes(120_000)[..<place]))
    #expect(stage.kindsToServer.last == .broken && stage.kindsToClient.last == .reset)
    #expect(stage.told.first == "connection 1: reset at byte \(place) up")
    #expect(stage.between.open.isEmpty)
    #expect(stage.told.count == 2 && stage.told[1].contains("\(place) B up, 0 B down"))
  }

  @Test(arguments: places) func aCutIsSilenceInBothDirections(_ place: Int) throws {
    let stage = try Stage(["down at \(place): cut"])
    stage.client(.opened)
    stage.run()
    for start in stride(from: 0, to: 120_000, by: 20_000) {
      stage.server(.bytes, Array(Self.bytes(120_000)[start..<(start + 20_000)]))
    }
    stage.run()
    #expect(stage.toClient == Array(Self.bytes(120_000)[..<place]))
    let before = (stage.kindsToServer.count, stage.kindsToClient.count)
    stage.client(.bytes, [1, 2, 3])
    stage.client(.ended)
    stage.run(.seconds(600))
    #expect(before == (stage.kindsToServer.count, stage.kindsToClient.count), "not even an end passes")
    #expect(stage.between.open.count == 1)
    // Both outsides have given up: the flow is given back.
    stage.server(.reset)
    stage.run()
    #expect(stage.between.open.isEmpty && stage.told.last?.hasSuffix("cut by a fault") == true)
  }

  @Test(arguments: places) func aHoldPutsOffTheBytesFromThereOnOnce(_ place: Int) throws {
    let stage = try Stage(["down at \(place): hold 30s"])
    stage.client(.opened)
    stage.run()
    let sent = stage.between.world.now
    for start in stride(from: 0, to: 120_000, by: 20_000) {
      stage.server(.bytes, Array(Self.bytes(120_000)[start..<(start + 20_000)]))
    }
    stage.server(.ended)
    stage.run(.seconds(40))
    #expect(stage.toClient == Self.bytes(120_000))
    #expect(stage.arrivals[..<place].allSatisfy { $0 - sent < .seconds(1) })
    #expect(stage.arrivals[place...].allSatisfy { $0 - sent >= .seconds(30) && $0 - sent < .seconds(31) })
    #expect(stage.kindsToClient.last == .ended)
  }

  @Test func faultsOfOneDirectionComeInTheirOrder() throws {
    let stage = try Stage(["up at 20: cut", "up at 10: hold 5s", "up at 10: hold 5s", "down at 99: reset"])
    stage.client(.opened)
    stage.client(.bytes, Self.bytes(30))
    stage.run(.seconds(4))
    #expect(stage.toServer.count == 10)
    stage.run(.seconds(5))
    #expect(stage.toServer.count == 10)
    stage.run(.seconds(5))
    #expect(stage.toServer == Self.bytes(20))
    #expect(stage.told.map { String($0.suffix(12)) }.count == 3)
  }

  @Test func aFaultOfTheSecondConnectionLeavesTheFirstAlone() throws {
    let stage = try Stage(["connection 2 up at 0: reset"])
    stage.client(.opened)
    stage.client(.bytes, Self.bytes(10))
    stage.run()
    #expect(stage.toServer.count == 10 && stage.told.isEmpty)
  }

  @Test func aServerThatRefusesIsTold() throws {
    let stage = try Stage([])
    stage.client(.opened)
    stage.client(.bytes, [1])
    stage.run(.milliseconds(20))
    stage.server(.refused)
    stage.run()
    #expect(stage.kindsToClient.last == .reset)
    #expect(stage.told.count == 1 && stage.told[0].hasSuffix("refused by the server"))
    #expect(stage.told[0].contains(": 0 B up"))
  }

  @Test func programsThatWriteInOtherPiecesAndAtOtherTimesMeetTheSameLosses() throws {
    func lost(pieces: Int, pause: Interval) throws -> Set<Int> {
      let stage = try Stage([], CableSettings(delay: .milliseconds(2), loss: 0.04), seed: 9)
      stage.client(.opened)
      let all = Self.bytes(200_000)
      for start in stride(from: 0, to: all.count, by: pieces) {
        stage.client(.bytes, Array(all[start..<min(start + pieces, all.count)]))
        stage.run(pause)
      }
      stage.run(.seconds(60))
      #expect(stage.toServer == all)
      // The bytes that begin a block and did not get there the first time.
      var blocks: Set<Int> = []
      for line in stage.segments where line.hasPrefix("lost ") && line.contains("up    bytes") {
        let words = line.split(separator: " ")
        let (start, end) = (Int(words[words.count - 3])!, Int(words[words.count - 1])!)
        let block = (start + 1_447) / 1_448
        if block * 1_448 < end { blocks.insert(block) }
      }
      return blocks
    }
    let first = try lost(pieces: 60_000, pause: .zero)
    #expect(first.count >= 3)
    #expect(try lost(pieces: 9_000, pause: .milliseconds(7)) == first)
    #expect(try lost(pieces: 700, pause: .milliseconds(1)) == first)
  }
}
