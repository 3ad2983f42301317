import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct IPv4Tests {
  let packet = WireFormat.ipv4.vectors[0].bytes
  let fragment = WireFormat.ipv4.vectors[1].bytes
  let optioned = WireFormat.ipv4.vectors[3].bytes

  /// The header that Wikipedia's article on the checksum works through: 0xb861.
  @Test func theHeaderOfTheTextbookHasItsChecksum() throws {
    let bytes = Vector.bytes("45000073000040004011b861c0a80001c0a800c7") + [UInt8](repeating: 0, count: 95)
    let view = try IPv4View(bytes.span.bytes)
    #expect(view.checksumIsRight == true)
    #expect(view.totalCount == 115)
    #expect(view.sourceAddress == Address("192.168.0.1"))
    #expect(view.destinationAddress == Address("192.168.0.199"))
    #expect(view.protocol == .udp)
    var again = [UInt8](repeating: 0, count: 20)
    var span = again.mutableSpan
    var out = span.mutableBytes
    IPv4Header.emit(
      &out, at: 0, source: view.source, destination: view.destination, protocol: .udp, payloadCount: 95,
      identification: 0)
    #expect(again == Array(bytes[..<20]))
  }

  @Test func everyFieldIsRead() throws {
    let view = try IPv4View(fragment.span.bytes)
    #expect(view.headerCount == 20)
    #expect(view.totalCount == 36)
    #expect(view.typeOfService == 0xb8)
    #expect(view.identification == 0xbeef)
    #expect(view.dontFragment == false)
    #expect(view.moreFragments == true)
    #expect(view.isFragment == true)
    #expect(view.fragmentOffset == 1_480)
    #expect(view.timeToLive == 1)
    #expect(view.payload.byteCount == 16)
    let text = view.description
    #expect(
      text == "IP (tos 0xb8, ttl 1, id 48879, offset 1480, flags [+], proto UDP (17), length 36) "
        + "10.0.0.1 > 10.0.0.2")
  }

  @Test func aPacketThatMustNotBeCutIsNoFragment() throws {
    let view = try IPv4View(packet.span.bytes)
    #expect(view.dontFragment == true)
    #expect(view.isFragment == false)
    #expect(view.hasOptions == false)
  }

  @Test func thePayloadEndsWhereTheTotalLengthSays() throws {
    let padded = packet + [1, 2, 3, 4]
    let view = try IPv4View(padded.span.bytes)
    #expect(view.totalCount == packet.count)
    #expect(view.payload.array == Array(packet[20...]))
  }

  @Test func optionsAreSummedAndSkipped() throws {
    let view = try IPv4View(optioned.span.bytes)
    #expect(view.hasOptions == true)
    #expect(view.headerCount == 24)
    #expect(view.checksumIsRight == true)
    #expect(view.payload.byteCount == 8)
    for bit in 160..<192 {
      var bytes = optioned
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      let broken = try IPv4View(bytes.span.bytes)
      #expect(broken.checksumIsRight == false)
    }
  }

  @Test func everyFlippedBitOfAHeaderBreaksItsChecksum() throws {
    var accepted = 0
    for bit in 0..<160 {
      var bytes = packet
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      guard let view = try? IPv4View(bytes.span.bytes) else { continue }
      accepted += 1
      #expect(view.checksumIsRight == false, "bit \(bit)")
    }
    #expect(accepted > 130)
  }

  @Test func whatIsWrongIsNamed() {
    func error(_ offset: Int, _ value: UInt8, count: Int = 70) -> WireError? {
      var bytes = Array(packet[..<count])
      if offset < count { bytes[offset] = value }
      do throws(WireError) { _ = try IPv4View(bytes.span.bytes) } catch { return error }
      return nil
    }
    #expect(error(0, 0x45, count: 19) == .short)
    #expect(error(0, 0x65) == .version)
    #expect(error(0, 0x44) == .headerLength)
    #expect(error(3, 19) == .totalLength)
    #expect(error(3, 71) == .totalLength)
    #expect(error(0, 0x45, count: 69) == .totalLength)
    #expect(error(0, 0x45) == nil)
  }
}
