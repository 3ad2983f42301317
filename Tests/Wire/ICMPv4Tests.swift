import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct ICMPv4Tests {
  /// A message around `body`, as `emit` writes it.
  private func message(
    _ body: [UInt8], _ emit: (inout MutableRawSpan, RawSpan) -> Void
  ) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xaa, count: ICMPv4Header.count + body.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    emit(&out, body.span.bytes)
    return bytes
  }

  @Test func anEchoIsReadAndAnswered() throws {
    let request = WireFormat.icmpv4.vectors[0].bytes
    let view = try ICMPv4View(request.span.bytes)
    #expect(view.type == .echoRequest)
    #expect(view.identifier == 1)
    #expect(view.sequence == 2)
    #expect(view.checksumIsRight == true)
    #expect(view.type.isError == false)
    let body = Array(request[8...])
    let reply = message(body) { out, body in
      ICMPv4Header.emitEcho(&out, at: 0, isReply: true, identifier: 1, sequence: 2, body: body)
    }
    let answer = try ICMPv4View(reply.span.bytes)
    #expect(answer.type == .echoReply)
    #expect(answer.checksumIsRight == true)
    #expect(answer.body.array == body)
    let text = answer.description
    #expect(text == "ICMP echo reply, id 1, seq 2, length 40")
  }

  @Test func emittersMakeTheVectors() {
    let vectors = WireFormat.icmpv4.vectors.map(\.bytes)
    let port = message(Array(vectors[2][8...])) { out, original in
      ICMPv4Header.emitUnreachable(&out, at: 0, code: .port, original: original)
    }
    #expect(port == vectors[2])
    let tooBig = message(Array(vectors[3][8...])) { out, original in
      ICMPv4Header.emitUnreachable(
        &out, at: 0, code: .fragmentationNeeded, nextMTU: 1_400, original: original)
    }
    #expect(tooBig == vectors[3])
    let late = message(Array(vectors[4][8...])) { out, original in
      ICMPv4Header.emitTimeExceeded(&out, at: 0, code: .inTransit, original: original)
    }
    #expect(late == vectors[4])
  }

  @Test func anErrorNamesItsReasonAndItsPacket() throws {
    let bytes = WireFormat.icmpv4.vectors[3].bytes
    let view = try ICMPv4View(bytes.span.bytes)
    #expect(view.type.isError == true)
    #expect(view.unreachable == .fragmentationNeeded)
    #expect(view.nextMTU == 1_400)
    #expect(view.body.byteCount == 28)
    let text = view.description
    #expect(text == "ICMP fragmentationNeeded unreachable, need to frag (mtu 1400), length 36")
  }

  @Test func everyFlippedBitBreaksTheChecksum() throws {
    for vector in WireFormat.icmpv4.vectors {
      for bit in 0..<(vector.bytes.count * 8) {
        var bytes = vector.bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        let view = try ICMPv4View(bytes.span.bytes)
        #expect(view.checksumIsRight == false)
      }
    }
  }

  @Test func anUnknownCodeIsNoReason() throws {
    var bytes = WireFormat.icmpv4.vectors[2].bytes
    bytes[1] = 16
    let view = try ICMPv4View(bytes.span.bytes)
    #expect(view.unreachable == nil)
    let request = [8, 3] + bytes[2...]
    let echo = try ICMPv4View(request.span.bytes)
    #expect(echo.unreachable == nil)
  }
}
