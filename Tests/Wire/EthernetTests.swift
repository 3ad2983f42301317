import StrataBase
import StrataWire
import Testing

@Suite struct EthernetTests {
  @Test func fieldsAreWhereTheyBelong() throws {
    var bytes = [UInt8](repeating: 0, count: 17)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    EthernetHeader.emit(
      &out, at: 1, to: .broadcast, from: HardwareAddress(2, 0, 0, 0, 0, 1), type: .arp)
    #expect(bytes == [0, 255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6, 0, 0])
    let view = try EthernetView(bytes.span.bytes.extracting(droppingFirst: 1))
    #expect(view.destination == .broadcast)
    #expect(view.source.description == "02:00:00:00:00:01")
    #expect(view.type == .arp)
    #expect(view.payload.byteCount == 2)
    let text = view.description
    #expect(text == "02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, ethertype ARP (0x0806), length 16")
  }

  @Test func typesHaveTheirNumbers() {
    #expect(EtherType.ipv4.rawValue == 0x0800)
    #expect(EtherType.ipv6.rawValue == 0x86dd)
    #expect(EtherType(rawValue: 3).description == "Unknown")
  }

  @Test func thirteenBytesAreShort() {
    #expect(throws: WireError.short) { _ = try EthernetView([UInt8](repeating: 0, count: 13).span.bytes) }
  }
}
