import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct UDPTests {
  private func isRight(_ bytes: [UInt8]) throws -> Bool {
    let view = try UDPView(bytes.span.bytes)
    return view.checksumIsRight(pseudo: WireFormat.pseudo(.udp, count: view.raw.byteCount))
  }

  @Test func aDatagramIsRead() throws {
    let bytes = WireFormat.udp.vectors[0].bytes
    let view = try UDPView(bytes.span.bytes)
    #expect(view.sourcePort == 5_353)
    #expect(view.destinationPort == 53)
    #expect(view.payload.array == Array(bytes[8...]))
    #expect(view.hasChecksum == true)
    #expect(try isRight(bytes))
    let text = view.description
    #expect(text == "UDP 5353 > 53: length 33")
  }

  @Test func noChecksumIsRight() throws {
    let bytes = WireFormat.udp.vectors[1].bytes
    let view = try UDPView(bytes.span.bytes)
    #expect(view.hasChecksum == false)
    #expect(try isRight(bytes))
  }

  @Test func aSumOfZeroIsSentAsAllOnes() throws {
    let bytes = WireFormat.udp.vectors[2].bytes
    #expect(bytes[6] == 0xff && bytes[7] == 0xff)
    #expect(try isRight(bytes))
    #expect(try WireFormat.udp.rewrite(bytes.span.bytes) == bytes)
  }

  @Test func everyFlippedBitOutsideTheLengthBreaksTheChecksum() throws {
    let vector = WireFormat.udp.vectors[0].bytes
    for bit in 0..<(vector.count * 8) where bit / 16 != 2 {
      var bytes = vector
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(try !isRight(bytes), "bit \(bit)")
    }
  }

  @Test func theLengthFieldDecidesTheEnd() throws {
    let bytes = WireFormat.udp.vectors[0].bytes
    let padded = bytes + [9, 9]
    let view = try UDPView(padded.span.bytes)
    #expect(view.raw.byteCount == bytes.count)
    for total in [0, 7, bytes.count + 1] {
      var wrong = bytes
      wrong[5] = UInt8(total)
      #expect(throws: WireError.totalLength) { _ = try UDPView(wrong.span.bytes) }
    }
  }
}
