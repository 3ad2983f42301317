import StrataWire
import Testing

@testable import StrataTransport

/// The two versions of IP: the tests of this folder have one body for both.
enum Family: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case v4, v6

  var testDescription: String { self == .v4 ? "IPv4" : "IPv6" }
  /// Two hosts on one link. The second is the router of a `Site`.
  var a: Address { Address(self == .v4 ? "10.0.0.1" : "fd00::1")! }
  var b: Address { Address(self == .v4 ? "10.0.0.2" : "fd00::2")! }
  /// One that is not there.
  var nobody: Address { Address(self == .v4 ? "10.0.0.99" : "fd00::99")! }
  var any: Address { self == .v4 ? .anyV4 : .any }
  /// Port 80 of every address.
  var anyone: SocketName { SocketName(any, 80) }
  var networkLength: Int { self == .v4 ? 24 : 64 }
  var headerCount: Int { self == .v4 ? IPv4Header.count : IPv6Header.count }
  /// The most bytes of a segment on a link that takes 1,500, without options.
  var segment: Int { 1_500 - headerCount - TCPHeader.count }

  /// A peer on another network, different for each number.
  func peer(_ n: Int, port: UInt16 = 40_000) -> SocketName {
    if self == .v4 { return SocketName(Address(v4: 0x0b00_0000 + UInt32(n)), port) }
    return SocketName(
      Address(high: (0x2001_0db8 << 32 as UInt64).bigEndian, low: UInt64(n + 1).bigEndian), port)
  }
}
