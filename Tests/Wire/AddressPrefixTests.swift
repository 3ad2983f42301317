import StrataWire
import Testing

@Suite struct AddressPrefixTests {
  @Test func aPrefixHoldsItsNetwork() throws {
    let prefix = try #require(AddressPrefix("10.1.2.3/22"))
    #expect(prefix.description == "10.1.2.3/22")
    #expect(prefix.network == Address("10.1.0.0"))
    #expect(prefix.broadcast == Address("10.1.3.255"))
    #expect(prefix.contains(Address(v4: 0x0a01_03ff)))
    #expect(prefix.contains(Address(v4: 0x0a01_0000)))
    #expect(!prefix.contains(Address(v4: 0x0a01_0400)))
    #expect(!prefix.contains(Address(v4: 0x0a00_ffff)))
  }

  @Test func aPrefixOfNoBitsHoldsItsVersionOnly() throws {
    let all = try #require(AddressPrefix("0.0.0.0/0"))
    #expect(all.contains(.broadcastV4))
    #expect(all.contains(.anyV4))
    #expect(!all.contains(.loopback))
    #expect(all.broadcast == .broadcastV4)
    let allV6 = try #require(AddressPrefix("::/0"))
    #expect(allV6.contains(.loopback))
    #expect(!allV6.contains(.loopbackV4))
    #expect(allV6.network == .any)
  }

  @Test func aBareAddressIsANetworkOfItsOwn() throws {
    let one = try #require(AddressPrefix("10.0.0.2"))
    #expect(one.length == 32)
    #expect(one.contains(one.address))
    #expect(!one.contains(Address(v4: 0x0a00_0003)))
    #expect(one.broadcast == nil)
    #expect(AddressPrefix("10.0.0.2/31")?.broadcast == nil)
    #expect(AddressPrefix("2001:db8::1")?.length == 128)
  }

  @Test(arguments: [(1, "8000::"), (63, "ffff:ffff:ffff:fffe::"), (64, "ffff:ffff:ffff:ffff::")])
  func anIPv6NetworkEndsAtAnyBit(_ length: Int, _ network: String) throws {
    let ones = try #require(Address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
    #expect(AddressPrefix(ones, length: length).network.description == network)
  }

  @Test func anIPv6NetworkBehindTheMiddleIsTold() throws {
    let prefix = try #require(AddressPrefix("2001:db8::8000:0:0:1/65"))
    #expect(prefix.network == Address("2001:db8::8000:0:0:0"))
    #expect(!prefix.contains(try #require(Address("2001:db8::1"))))
    #expect(prefix.broadcast == nil)
    #expect(AddressPrefix("2001:db8::1/128")?.network == Address("2001:db8::1"))
  }

  @Test(arguments: [
    "", "/", "10.0.0.1/", "10.0.0.1/33", "10.0.0.1/-1", "10.0.0.1/+8", "::/129", "10.0.0.1/8/8", "/8",
  ])
  func whatIsNotAPrefixIsRefused(_ text: String) { #expect(AddressPrefix(text) == nil) }

  @Test func aLengthOutOfReachIsCut() {
    #expect(AddressPrefix(.loopbackV4, length: 99).length == 32)
    #expect(AddressPrefix(.loopbackV4, length: -1).length == 0)
  }
}
