import StrataBase
import StrataCorpus
import StrataWire
import Testing

/// What every parser of Wire has to stand, from one table.
@Suite struct WireFormatTests {
  @Test(arguments: WireFormat.all.map(\.name))
  func everyVectorIsReadAndWrittenAgain(_ name: String) throws {
    let format = try #require(WireFormat.all.first { $0.name == name })
    for vector in format.vectors {
      #expect(try format.check(vector.bytes), "\(name): \(vector.name)")
      let again = try format.rewrite(vector.bytes.span.bytes)
      #expect((again == vector.bytes) == vector.isCanonical, "\(name): \(vector.name): \(Vector.hex(again))")
    }
  }

  @Test(arguments: WireFormat.all.map(\.name))
  func everyTruncationIsRefusedOrConsistent(_ name: String) throws {
    let format = try #require(WireFormat.all.first { $0.name == name })
    for vector in format.vectors {
      for count in 0..<vector.bytes.count { try format.check(Array(vector.bytes[..<count])) }
    }
    #expect(throws: WireError.self) { _ = try format.describe([UInt8]().span.bytes) }
  }

  @Test(arguments: WireFormat.all.map(\.name))
  func everyFlippedBitIsRefusedOrConsistent(_ name: String) throws {
    let format = try #require(WireFormat.all.first { $0.name == name })
    for vector in format.vectors {
      for bit in 0..<(vector.bytes.count * 8) {
        var bytes = vector.bytes
        bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
        // A capture has padding and names that are not read; all else shows every bit.
        guard try format.check(bytes), vector.isCanonical, name != "pcapng" else { continue }
        let isSeen =
          try format.rewrite(bytes.span.bytes) != vector.bytes
          || format.describe(bytes.span.bytes) != format.describe(vector.bytes.span.bytes)
        #expect(isSeen, "\(name): \(vector.name), bit \(bit) changes nothing")
      }
    }
  }

  @Test(arguments: WireFormat.all.map(\.name))
  func everyTruncationOfEveryFlippedBitIsStood(_ name: String) throws {
    let format = try #require(WireFormat.all.first { $0.name == name })
    for vector in format.vectors where vector.bytes.count <= 64 {
      for bit in 0..<(vector.bytes.count * 8) {
        var bytes = vector.bytes
        bytes[bit / 8] ^= 0x80 >> UInt8(bit % 8)
        while !bytes.isEmpty {
          bytes.removeLast()
          try format.check(bytes)
        }
      }
    }
  }

  @Test func everyErrorSaysWhatToDo() {
    let all: [WireError] = [
      .short, .version, .headerLength, .totalLength, .dataOffset, .option, .checksum, .unsupported,
    ]
    #expect(Set(all.map(\.description)).count == all.count)
    for error in all { #expect(error.description.contains(":")) }
  }
}
