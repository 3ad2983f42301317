import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct TCPOptionsTests {
  /// Reads options out of a segment that has them, padded to a multiple of 4.
  private func parsed(_ hex: String) throws -> TCPOptions {
    var options = Vector.bytes(hex)
    while options.count & 3 != 0 { options.append(0) }
    var bytes = [UInt8](repeating: 0, count: 20) + options
    bytes[12] = UInt8(bytes.count / 4) << 4
    return TCPOptions.parse(try TCPView(bytes.span.bytes))
  }

  private func emitted(_ options: TCPOptions) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xaa, count: options.encodedCount)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    let sum = options.emit(&out, at: 0)
    #expect(Checksum.fold(sum) == Checksum.fold(Checksum.sum(bytes.span.bytes)))
    return bytes
  }

  private func block(_ left: UInt32, _ right: UInt32) -> SACKBlock {
    SACKBlock(left: SequenceNumber(left), right: SequenceNumber(right))
  }

  @Test func theOptionsOfASYNAreRead() throws {
    let bytes = WireFormat.tcp.vectors[0].bytes
    let options = TCPOptions.parse(try TCPView(bytes.span.bytes))
    #expect(options.maximumSegmentSize == 1_460)
    #expect(options.sackPermitted)
    #expect(options.timestamps == TCPTimestamps(value: 1_000, echo: 0))
    #expect(options.windowScale == 7)
    #expect(!options.isMalformed)
    #expect(options.description == "mss 1460,sackOK,TS val 1000 ecr 0,wscale 7")
    #expect(emitted(options) == Array(bytes[20...]))
  }

  @Test func bothWaysReadTheSameTimestamps() throws {
    let fast = try parsed("0101080a 00000001 fffffffe")
    let slow = try parsed("080a 00000001 fffffffe 0101")
    #expect(fast == slow)
    #expect(fast.timestamps == TCPTimestamps(value: 1, echo: 0xffff_fffe))
    #expect(try parsed("0101080a 00000001 fffffffe 0103030a").windowScale == 10)
  }

  @Test func aLargerWindowScaleIsFourteen() throws {
    #expect(try parsed("01030310").windowScale == 14)
    #expect(try parsed("010303ff").windowScale == 14)
    #expect(try parsed("0103030e").windowScale == 14)
    #expect(try parsed("01030300").windowScale == 0)
    var options = TCPOptions()
    options.windowScale = 200
    #expect(emitted(options) == [1, 3, 3, 14])
  }

  @Test func fourBlocksAreReadAndNoMoreFit() throws {
    let options = try parsed(
      "01010522 00000001 00000002 00000003 00000004 00000005 00000006 00000007 00000008")
    #expect(options.sackBlocks.count == SACKBlocks.capacity)
    for index in 0..<4 {
      #expect(options.sackBlocks[index] == block(UInt32(2 * index + 1), UInt32(2 * index + 2)))
    }
    var blocks = options.sackBlocks
    let isIn = blocks.append(block(9, 10))
    #expect(!isIn)
    #expect(blocks == options.sackBlocks)
    // The most that several options hold between them is four as well.
    let four = try parsed(
      "050a0000000100000002 050a0000000300000004 050a0000000500000006 050a0000000700000008")
    #expect(four.sackBlocks == options.sackBlocks)
  }

  @Test func blocksThatDoNotFitBesideTimestampsStayBehind() throws {
    var options = TCPOptions()
    for index in 0..<4 { options.sackBlocks.append(block(UInt32(index), UInt32(index) + 1)) }
    #expect(options.encodedCount == 36)
    options.timestamps = TCPTimestamps(value: 1, echo: 2)
    #expect(options.encodedCount == TCPOptions.mostCount)
    #expect(Vector.hex(emitted(options)).hasPrefix("0101080a00000001000000020101051a0000000000000001"))
    options.maximumSegmentSize = 536
    options.windowScale = 1
    options.userTimeout = 1
    #expect(options.encodedCount <= TCPOptions.mostCount)
    _ = emitted(options)
  }

  @Test(arguments: [
    "02", "0203", "020005b4", "020105b4", "0205 05b400", "020405", "0304 0700", "0303", "0403 00",
    "0802 0000",
    "080a 00000000", "0502 0101", "0503 00", "0509 00000000000000", "050b 000000000000000000", "05ff",
    "1c03 00",
    "1c05 000000", "fe00 0101", "fe01 0101", "fe28 0000", "fd",
  ])
  func aWrongLengthEndsTheOptions(_ hex: String) throws {
    // Eight bytes of good options in front, which stay.
    var bytes = Vector.bytes("02040578 01030305" + hex)
    let isCutOff = bytes.count & 3 != 0
    while bytes.count & 3 != 0 { bytes.insert(1, at: 0) }
    let options = try parsed(Vector.hex(bytes))
    #expect(options.isMalformed, "\(hex), cut off: \(isCutOff)")
    #expect(options.maximumSegmentSize == 1_400)
    #expect(options.windowScale == 5)
    #expect(options.timestamps == nil)
    #expect(options.sackBlocks.isEmpty)
  }

  @Test func whatIsUnknownIsSkipped() throws {
    let options = try parsed("220a0102030405060708 fe03ff 01 1c048005 020405b4")
    #expect(!options.isMalformed)
    #expect(options.userTimeout == 0x8005)
    #expect(options.maximumSegmentSize == 1_460)
    #expect(options.description == "mss 1460,uto 5 min")
  }

  @Test func nothingBehindTheEndIsRead() throws {
    let options = try parsed("01 00 0204 05b4 0000")
    #expect(options == TCPOptions())
  }

  @Test func everyMixOfOptionsComesBack() throws {
    for mix in 0..<32 {
      for count in 0...4 {
        var options = TCPOptions()
        if mix & 1 != 0 { options.maximumSegmentSize = 1_220 }
        if mix & 2 != 0 { options.windowScale = 9 }
        if mix & 4 != 0 { options.sackPermitted = true }
        if mix & 8 != 0 { options.timestamps = TCPTimestamps(value: 7, echo: 8) }
        if mix & 16 != 0 { options.userTimeout = 60 }
        for index in 0..<count {
          options.sackBlocks.append(block(UInt32(index) * 10, UInt32(index) * 10 + 5))
        }
        let bytes = emitted(options)
        #expect(bytes.count & 3 == 0)
        #expect(bytes.count <= TCPOptions.mostCount)
        var again = try parsed(Vector.hex(bytes))
        #expect(!again.isMalformed)
        if again.sackBlocks.count < count { again.sackBlocks = options.sackBlocks }
        #expect(again == options)
      }
    }
  }

  @Test func randomBytesNeverTrapAndAlwaysComeBack() throws {
    var random = Random(seed: 11)
    for _ in 0..<20_000 {
      let bytes = (0..<Int(random.below(11)) * 4).map { _ in
        UInt8(random.below(random.below(2) == 0 ? 12 : 256))
      }
      let options = try parsed(Vector.hex(bytes))
      #expect(emitted(options).count == options.encodedCount)
    }
  }
}
