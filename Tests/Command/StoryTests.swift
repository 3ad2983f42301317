import StrataBase
import StrataFiles
import StrataLink
import StrataRecording
import StrataService
import StrataSockets
import Testing

@testable import StrataCommand

@Suite struct StoryTests {
  /// One file in memory.
  private struct OneFile: Store {
    let content = [UInt8](repeating: 7, count: 5_000)
    private var info: FileInfo {
      FileInfo(path: ["a.bin"], size: UInt64(content.count), modified: FileTime(seconds: 0))
    }
    mutating func lookUp(_ path: [FileName]) -> StoreAnswer { path == ["a.bin"] ? .file(info) : .missing }
    mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile { OpenFile(id: 1) }
    mutating func read(_ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan) -> Int {
      let count = min(target.byteCount, content.count - Int(offset))
      for at in 0..<count { target.setByte(content[Int(offset) + at], at: at) }
      return count
    }
    mutating func close(_ file: OpenFile) {}
  }

  /// A message of the gateway about its first flow.
  private func message(_ kind: RelayMessage.Kind, _ content: [UInt8] = []) -> [UInt8] {
    [kind.rawValue, 0, 0, 0, 1] + content
  }

  /// A world in which a client outside has asked for the file, and what came back.
  private func told(_ settings: CableSettings, seed: UInt64 = 1) -> [String] {
    let scene = Scene(build: "test", seed: seed, epoch: 0, folder: "test", cable: settings)
    let cable = CableWorld(scene, store: OneFile())
    var story = Story(client: cable.client, server: cable.server)
    let text = "GET /a.bin HTTP/1.1\r\nHost: test\r\n\r\n"
    cable.receive(message(.opened).span.bytes)
    cable.receive(message(.bytes, Array(text.utf8)).span.bytes)
    for _ in 0..<200 {
      cable.world.advance(to: cable.world.now + .milliseconds(10))
      cable.takeOutput { _ in }
      story.listen(cable.world)
      while let record = cable.nextRecord() { story.ended(record) }
      let lines = story.tell()
      if !lines.isEmpty { return lines }
    }
    return []
  }

  @Test func aRequestIsToldLayerByLayerWithItsTimes() {
    #expect(
      told(CableSettings(delay: .milliseconds(1))) == [
        "GET /a.bin  200, 5 kB, 6 ms from the first frame to the last",
        "        0 ns  ARP        who has 10.0.0.2? The client knows after 2 ms",
        "        2 ms  handshake  SYN, SYN+ACK, ACK; the client may write after 2 ms",
        "        4 ms  request    35 B in 1 segment, all at the server after 1 ms",
        "        5 ms  answer     5.2 kB in 4 segments, all at the client after 1 ms",
        "        6 ms  no frame was lost",
      ])
  }

  @Test func lossesAndRepeatsAreTold() {
    let lines = told(CableSettings(delay: .milliseconds(1), loss: 0.3), seed: 12)
    #expect(lines.last?.contains("frames were lost") == true)
    #expect(lines.contains { $0.contains("sent again") })
  }
}
