import StrataBase
import StrataService
import Testing

@Suite struct RelayMessageTests {
  func parse(_ bytes: [UInt8]) -> (RelayMessage.Kind, UInt32, [UInt8], Int)? {
    guard let message = RelayMessage(bytes.span.bytes) else { return nil }
    return (message.kind, message.flow, message.content.array, message.count)
  }

  @Test func eachKindIsReadAsItIsWritten() throws {
    for kind in [1, 3, 4, 6, 7] as [UInt8] {
      let message = try #require(parse([kind, 0, 0, 4, 1]))
      #expect(message.0.rawValue == kind && message.1 == 1_025 && message.2 == [] && message.3 == 0)
    }
    let bytes = try #require(parse([2, 0xff, 0, 0, 0, 7, 8]))
    #expect(bytes.0 == .bytes && bytes.1 == 0xff00_0000 && bytes.2 == [7, 8])
    let took = try #require(parse([5, 0, 0, 0, 9, 0, 4, 0, 0]))
    #expect(took.0 == .took && took.1 == 9 && took.3 == 262_144)
    let opened: [[UInt8]] = [[1, 0, 0, 4, 1, 0x1f, 0x90], [1, 0, 0, 4, 1]]
    #expect(opened.map { RelayMessage($0.span.bytes)?.port } == [8_080, 0])
  }

  @Test func whatIsNoMessageIsRefused() {
    let bad: [[UInt8]] = [
      [], [1], [1, 0, 0, 0], [0, 0, 0, 0, 1], [8, 0, 0, 0, 1], [1, 0, 0, 0, 1, 2], [2, 0, 0, 0, 1],
      [5, 0, 0, 0, 1], [5, 0, 0, 0, 1, 0, 0, 0], [5, 0, 0, 0, 1, 0, 0, 0, 0, 0],
    ]
    for bytes in bad { #expect(parse(bytes) == nil, "\(bytes)") }
    #expect(parse([2, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 65_536)) != nil)
    #expect(parse([2, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 65_537)) == nil)
  }
}
