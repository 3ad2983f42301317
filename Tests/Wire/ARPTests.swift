import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct ARPTests {
  let request = WireFormat.arp.vectors[0].bytes

  @Test func aRequestIsRead() throws {
    let view = try ARPView(request.span.bytes)
    #expect(view.operation == .request)
    #expect(view.senderHardware == HardwareAddress(2, 0, 0, 0, 0, 1))
    #expect(view.senderAddress == Address("10.0.0.1"))
    #expect(view.targetHardware == .zero)
    #expect(view.targetAddress == Address("10.0.0.2"))
    let text = view.description
    #expect(text == "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28")
  }

  @Test func aReplyIsRead() throws {
    let bytes = WireFormat.arp.vectors[1].bytes
    let view = try ARPView(bytes.span.bytes)
    #expect(view.operation == .reply)
    let text = view.description
    #expect(text == "ARP, Reply 10.0.0.2 is-at 02:00:00:00:00:02, length 28")
  }

  @Test func paddingOfTheFrameIsNotPartOfIt() throws {
    let padded = request + [UInt8](repeating: 0, count: 18)
    let view = try ARPView(padded.span.bytes)
    #expect(view.raw.byteCount == ARPHeader.count)
  }

  @Test(arguments: [(0, 1), (1, 6), (2, 0x86), (4, 8), (5, 16), (7, 0), (7, 3), (6, 1)])
  func otherKindsAreNotSupported(_ offset: Int, _ value: UInt8) {
    var bytes = request
    bytes[offset] = value
    #expect(throws: WireError.unsupported) { _ = try ARPView(bytes.span.bytes) }
  }
}
