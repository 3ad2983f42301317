import StrataBase
import StrataCorpus
import StrataWire
import Testing

@Suite struct PseudoHeaderTests {
  @Test(arguments: [0, 1, 20, 255, 256, 1_480, 65_515])
  func theIPv4SumIsThatOfItsTwelveBytes(_ count: Int) {
    let bytes = Vector.bytes("c0a80001 c0a800c7 0006") + [UInt8(count >> 8), UInt8(count & 255)]
    let sum = PseudoHeader.sum(
      source: Address("192.168.0.1")!, destination: Address("192.168.0.199")!, protocol: .tcp, count: count)
    #expect(Checksum.fold(sum) == Checksum.fold(Checksum.sum(bytes.span.bytes)))
  }

  @Test(arguments: [0, 20, 65_536, 1_000_000])
  func theIPv6SumIsThatOfItsFortyBytes(_ count: Int) {
    let bytes =
      Vector.bytes("20010db8000000000000000000000001 fe80000000000000ffffffffffffffff")
      + [0, UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255), 0, 0, 0, 58]
    let sum = PseudoHeader.sum(
      source: Address("2001:db8::1")!, destination: Address("fe80::ffff:ffff:ffff:ffff")!, protocol: .icmpv6,
      count: count)
    #expect(Checksum.fold(sum) == Checksum.fold(Checksum.sum(bytes.span.bytes)))
  }
}
