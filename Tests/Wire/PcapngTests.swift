import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct PcapngTests {
  private func blocks(_ file: [UInt8]) throws -> [PcapngBlock] {
    var view = try PcapngView(file.span.bytes)
    var blocks: [PcapngBlock] = []
    while let block = try view.next() { blocks.append(block) }
    return blocks
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    var file: [UInt8] = []
    Pcapng.emitSection(&file, application: "strata")
    Pcapng.emitInterface(&file, name: "cable0")
    Pcapng.emitInterface(&file, name: "cable1", snapLength: 96)
    let frame: [UInt8] = [1, 2, 3, 4, 5]
    let time: UInt64 = 1_700_000_000_123_456_789
    for kept in 0...5 {
      Pcapng.emitPacket(
        &file, interface: UInt32(kept & 1), time: time + UInt64(kept),
        bytes: frame.span.bytes.extracting(first: kept), originalCount: 5,
        direction: kept & 1 == 0 ? .outbound : .unknown, comment: kept == 3 ? "cut by the kernel" : nil)
    }
    #expect(file.count & 3 == 0)
    let blocks = try blocks(file)
    #expect(blocks.count == 9)
    #expect(blocks[0] == .section)
    #expect(blocks[1] == .interface(linkType: 1, snapLength: 0))
    #expect(blocks[2] == .interface(linkType: 1, snapLength: 96))
    for (kept, block) in blocks[3...].enumerated() {
      guard case .packet(let packet) = block else { return #expect(Bool(false), "no packet") }
      #expect(packet.interface == UInt32(kept & 1))
      #expect(packet.time == time + UInt64(kept))
      #expect(packet.originalCount == 5)
      #expect(packet.direction == (kept & 1 == 0 ? .outbound : .unknown))
      #expect(Array(file[packet.bytes]) == Array(frame[..<kept]))
    }
  }

  @Test func bothByteOrdersAreRead() throws {
    let little = try blocks(WireFormat.pcapng.vectors[0].bytes)
    let big = try blocks(WireFormat.pcapng.vectors[1].bytes)
    #expect(little.count == 3)
    #expect(big.count == 4)
    guard case .packet(let first) = little[2], case .packet(let second) = big[2] else {
      return #expect(Bool(false), "no packets")
    }
    #expect(first.time == 1_700_000_000_123_456_789)
    // This file has no resolution, which means microseconds.
    #expect(second.time == 1_700_000_000_123_456_000)
    #expect(first.bytes.count == 15 && second.bytes.count == 15)
    #expect(first.originalCount == 60 && second.originalCount == 60)
    #expect(first.direction == .inbound && second.direction == .inbound)
    #expect(big[3] == .other(type: 5))
  }

  @Test func aPacketOfAnUnnamedInterfaceIsRefused() throws {
    var file: [UInt8] = []
    Pcapng.emitSection(&file, application: "")
    Pcapng.emitPacket(&file, interface: 0, time: 0, bytes: [UInt8]().span.bytes)
    #expect(throws: WireError.unsupported) { try blocks(file) }
  }

  @Test func aNewSectionForgetsTheInterfaces() throws {
    var file = WireFormat.pcapng.vectors[0].bytes
    Pcapng.emitSection(&file, application: "again")
    Pcapng.emitPacket(&file, interface: 0, time: 0, bytes: [UInt8]().span.bytes)
    #expect(throws: WireError.unsupported) { try blocks(file) }
    #expect(try blocks(WireFormat.pcapng.vectors[0].bytes + WireFormat.pcapng.vectors[1].bytes).count == 7)
  }

  @Test func aPacketEndsInsideItsBlock() throws {
    var file: [UInt8] = []
    Pcapng.emitSection(&file, application: "")
    Pcapng.emitInterface(&file, name: "")
    let start = file.count
    Pcapng.emitPacket(&file, interface: 0, time: 0, bytes: ([1, 2, 3, 4] as [UInt8]).span.bytes)
    #expect(try blocks(file).count == 3)
    file[start + 20] = 5
    #expect(throws: WireError.totalLength) { try blocks(file) }
    file[start + 20] = 4
    file[start + 4] -= 4
    #expect(throws: WireError.totalLength) { try blocks(file) }
  }

  @Test func interfacesAreBounded() throws {
    var file: [UInt8] = []
    Pcapng.emitSection(&file, application: "strata")
    for _ in 0..<PcapngView.mostInterfaces { Pcapng.emitInterface(&file, name: "") }
    #expect(try blocks(file).count == PcapngView.mostInterfaces + 1)
    Pcapng.emitInterface(&file, name: "one too many")
    #expect(throws: WireError.unsupported) { try blocks(file) }
  }

  @Test func longTextIsCut() throws {
    var file: [UInt8] = []
    Pcapng.emitSection(&file, application: String(repeating: "x", count: 100_000))
    #expect(file.count < Pcapng.mostText + 64)
    #expect(try blocks(file) == [.section])
  }
}
