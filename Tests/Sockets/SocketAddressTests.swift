import StrataSockets
import StrataWire
import Testing

@Suite struct SocketAddressTests {
  @Test(arguments: ["10.0.0.1:80", "0.0.0.0:0", "[::1]:65535", "[::]:443"])
  func itsTextReadsBack(_ text: String) throws {
    #expect(try #require(SocketAddress(text)).description == text)
  }

  @Test(arguments: [
    "", ":", "10.0.0.1", "10.0.0.1:", "10.0.0.1:65536", "10.0.0.1:+80", "10.0.0.1:-1", "::1:80", "[::1]",
    "[]:80", "[::1:80", "::1]:80", "[10.0.0.1]:80", "host:80", "10.0.0.1: 80",
  ])
  func anythingElseIsRefused(_ text: String) {
    #expect(SocketAddress(text) == nil)
  }

  @Test func itKnowsItsParts() throws {
    let end = try #require(SocketAddress("127.0.0.1:8080"))
    #expect(end.address == .loopbackV4)
    #expect(end.port == 8080)
  }
}
