import StrataWire
import Testing

@Suite struct AddressTests {
  @Test func anIPv4AddressLiesInTheLastFourBytes() {
    let address = Address(v4: 0x0a01_0203)
    let bytes = withUnsafeBytes(of: (address.high, address.low)) { Array($0) }
    #expect(bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 1, 2, 3])
    #expect(address.isV4)
    #expect(address.v4 == 0x0a01_0203)
    #expect(withUnsafeBytes(of: address.v4Native) { Array($0) } == [10, 1, 2, 3])
    #expect(Address(v4Native: address.v4Native) == address)
  }

  @Test(arguments: ["0.0.0.0", "10.0.0.1", "255.255.255.255", "127.0.0.1", "192.168.100.200"])
  func dottedDecimalComesBackAsItWas(_ text: String) {
    #expect(Address(text)?.description == text)
    #expect(Address(text)?.isV4 == true)
  }

  @Test(arguments: [
    "", ".", "1", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.1000", "01.2.3.4", "1.2.3.04", "1..2.3", "1.2.3.",
    ".1.2.3", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "1,2,3,4", "0x1.2.3.4", "a.b.c.d", "1.2.3.4\0",
  ])
  func whatIsNotDottedDecimalIsRefused(_ text: String) { #expect(Address(text) == nil) }

  /// RFC 5952 §4 and §5, and RFC 4291 §2.2.
  @Test(arguments: [
    ("2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("2001:DB8::AAAA", "2001:db8::aaaa"),
    ("0:0:0:0:0:0:0:0", "::"),
    ("::", "::"),
    ("::1", "::1"),
    ("0:0:0:0:0:0:0:1", "::1"),
    ("1::", "1::"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
    ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
    ("1:0:0:0:2:0:0:3", "1::2:0:0:3"),
    ("ff02::1:ff00:0", "ff02::1:ff00:0"),
    ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
    ("::ffff:10.0.0.1", "10.0.0.1"),
    ("::ffff:a00:1", "10.0.0.1"),
    ("::1.2.3.4", "::102:304"),
    ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
  ])
  func everyIPv6FormIsReadAndWrittenInOne(_ text: String, _ canonical: String) throws {
    let address = try #require(Address(text))
    #expect(address.description == canonical)
    #expect(Address(address.description) == address)
  }

  @Test(arguments: [
    ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "g::",
    "1:2:3:4::5:6:7:8",
    "::%eth0", "[::1]", "1::2:", "1:::2", "::1.2.3", "::1.2.3.4.5", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4",
    "::256.0.0.1", "1.2.3.4::", " ::", "-1::", "::1/64", "::ffff:01.2.3.4",
  ])
  func whatIsNotIPv6IsRefused(_ text: String) { #expect(Address(text) == nil) }

  @Test func kindsOfAddressesAreTold() throws {
    func address(_ text: String) throws -> Address { try #require(Address(text)) }
    #expect(try address("0.0.0.0").isUnspecified)
    #expect(try address("::").isUnspecified)
    #expect(try !address("::1").isUnspecified)
    #expect(try address("224.0.0.1").isMulticast)
    #expect(try address("239.255.255.255").isMulticast)
    #expect(try !address("240.0.0.1").isMulticast)
    #expect(try !address("223.255.255.255").isMulticast)
    #expect(try address("ff02::1").isMulticast)
    #expect(try !address("fe80::1").isMulticast)
    #expect(try address("127.3.2.1").isLoopback)
    #expect(try address("::1").isLoopback)
    #expect(try !address("128.0.0.1").isLoopback)
    #expect(try address("255.255.255.255").isBroadcast)
    #expect(try !address("10.0.0.255").isBroadcast)
    #expect(try !address("2001:db8::1").isV4)
    #expect(try !address("::a00:1").isV4)
  }

  @Test func theNamedAddressesAreWhatTheyAreCalled() {
    #expect(Address.anyV4.description == "0.0.0.0")
    #expect(Address.any.description == "::")
    #expect(Address.broadcastV4.description == "255.255.255.255")
    #expect(Address.loopbackV4.description == "127.0.0.1")
    #expect(Address.loopback.description == "::1")
  }
}
