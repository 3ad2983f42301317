import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct TCPTests {
  let data = WireFormat.tcp.vectors[3].bytes

  @Test func everyFieldIsRead() throws {
    let view = try TCPView(data.span.bytes)
    #expect(view.sourcePort == 49_152)
    #expect(view.destinationPort == 80)
    #expect(view.ports == TCPHeader.ports(source: 49_152, destination: 80))
    #expect(view.sequence == SequenceNumber(0x1122_3345))
    #expect(view.acknowledgment == SequenceNumber(0xffff_fff1))
    #expect(view.headerCount == 32)
    #expect(view.flags == [.ack, .psh])
    #expect(view.offsetAndFlags == 0x8018)
    #expect(view.window == 502)
    #expect(view.urgentPointer == 0)
    #expect(view.optionsSpan.byteCount == 12)
    #expect(view.payloadCount == 18)
    #expect(view.payload.array == Array("GET / HTTP/1.1\r\n\r\n".utf8))
    let text = view.description
    #expect(
      text == "TCP 49152 > 80: Flags [P.], seq 287454021:287454039, ack 4294967281, win 502, "
        + "options [TS val 1001 ecr 77], length 18")
  }

  @Test func everyFlagHasItsBit() throws {
    let all: [TCPFlags] = [.fin, .syn, .rst, .psh, .ack, .urg, .ece, .cwr, .ns]
    for (bit, flag) in all.enumerated() { #expect(flag.rawValue == 1 << UInt16(bit)) }
    #expect(TCPFlags(all).description == "FSRP.UEWe")
    #expect(TCPFlags([]).description == "none")
    let bytes = WireFormat.tcp.vectors[6].bytes
    let view = try TCPView(bytes.span.bytes)
    #expect(view.flags == [.ns, .cwr, .ece, .urg, .ack, .fin])
    #expect(view.urgentPointer == 1)
  }

  @Test func everyVectorHasItsChecksum() throws {
    for vector in WireFormat.tcp.vectors {
      let view = try TCPView(vector.bytes.span.bytes)
      let pseudo = WireFormat.pseudo(.tcp, count: vector.bytes.count)
      #expect(view.checksumIsRight(pseudo: pseudo) == true, "\(vector.name)")
      let header = Array(vector.bytes[..<view.headerCount])
      #expect(Checksum.fold(view.headerSum) == Checksum.fold(Checksum.sum(header.span.bytes)))
      #expect(view.checksumIsRight(pseudo: pseudo &+ 1) == false)
    }
  }

  @Test func everyFlippedBitBreaksTheChecksum() throws {
    for vector in WireFormat.tcp.vectors {
      for bit in 0..<(vector.bytes.count * 8) {
        var bytes = vector.bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        guard let view = try? TCPView(bytes.span.bytes) else { continue }
        let pseudo = WireFormat.pseudo(.tcp, count: bytes.count)
        #expect(view.checksumIsRight(pseudo: pseudo) == false, "\(vector.name), bit \(bit)")
      }
    }
  }

  @Test func aHeaderIsWrittenAtItsOffsetAndSummed() {
    var bytes = [UInt8](repeating: 0xaa, count: 26)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    let sum = TCPHeader.emit(
      &out, at: 4, ports: TCPHeader.ports(source: 1, destination: 2), sequence: SequenceNumber(3),
      acknowledgment: SequenceNumber(4), flags: [.syn, .ack], window: 5, headerCount: 24)
    let expected = Vector.bytes("0001000200000003000000046012000500000000")
    #expect(bytes == [0xaa, 0xaa, 0xaa, 0xaa] + expected + [0xaa, 0xaa])
    #expect(Checksum.fold(sum) == Checksum.fold(Checksum.sum(expected.span.bytes)))
  }

  @Test func aWrongDataOffsetIsNamed() {
    for offset in [0, 4, 9, 15] {
      var bytes = [UInt8](repeating: 0, count: 32)
      bytes[12] = UInt8(offset << 4)
      #expect(throws: WireError.dataOffset) { _ = try TCPView(bytes.span.bytes) }
    }
    #expect(throws: WireError.short) { _ = try TCPView([UInt8](repeating: 0x50, count: 19).span.bytes) }
  }
}
