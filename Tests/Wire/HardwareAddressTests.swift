import StrataBase
import StrataWire
import Testing

@Suite struct HardwareAddressTests {
  @Test func sixBytesLieInOrder() {
    let address = HardwareAddress(2, 3, 4, 5, 6, 7)
    var bytes = [UInt8](repeating: 0, count: 8)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    address.emit(&out, at: 1)
    #expect(bytes == [0, 2, 3, 4, 5, 6, 7, 0])
    #expect(HardwareAddress(bytes.span.bytes, at: 1) == address)
    #expect(address.number == 0x0203_0405_0607)
    #expect(HardwareAddress(number: address.number) == address)
  }

  @Test func textIsReadAndWritten() {
    #expect(HardwareAddress("02:00:0a:Ff:00:01")?.description == "02:00:0a:ff:00:01")
    #expect(HardwareAddress("02-00-00-00-00-01") == HardwareAddress(2, 0, 0, 0, 0, 1))
  }

  @Test(arguments: [
    "", "02:00:00:00:00", "02:00:00:00:00:01:02", "2:0:0:0:0:1", "02:00:00:00:00:0g", "+2:00:00:00:00:01",
  ])
  func whatIsNotAHardwareAddressIsRefused(_ text: String) { #expect(HardwareAddress(text) == nil) }

  @Test func groupsAreTold() {
    #expect(HardwareAddress.broadcast.isBroadcast)
    #expect(HardwareAddress.broadcast.isMulticast)
    #expect(HardwareAddress(1, 0, 0x5e, 0, 0, 1).isMulticast)
    #expect(!HardwareAddress(1, 0, 0x5e, 0, 0, 1).isBroadcast)
    #expect(!HardwareAddress(2, 0, 0, 0, 0, 1).isMulticast)
    #expect(HardwareAddress.zero.description == "00:00:00:00:00:00")
  }
}
