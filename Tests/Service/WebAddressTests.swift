import StrataService
import StrataSockets
import Testing

@Suite struct WebAddressTests {
  @Test func aURLIsTakenApart() throws {
    let url = try #require(WebAddress("http://10.0.0.2:8080/a/b.txt?x=1#y"))
    #expect(url.host == "10.0.0.2" && url.port == 8_080 && url.path == "/a/b.txt?x=1")
    #expect(url.authority == "10.0.0.2:8080" && url.fileName == "b.txt")
    #expect(url.socketAddress == SocketAddress("10.0.0.2:8080"))
    #expect(url.description == "http://10.0.0.2:8080/a/b.txt?x=1")
  }
  @Test func whatIsMissingHasItsDefault() throws {
    let url = try #require(WebAddress("example.com"))
    #expect(url.port == 80 && url.path == "/" && url.socketAddress == nil && url.fileName == nil)
    #expect(WebAddress("HTTP://[::1]?q")?.path == "/?q")
    #expect(WebAddress("http://[::1]:81/")?.port == 81)
  }
  @Test(arguments: [
    "https://a/", "ftp://a/", "http://", "http:///x", "http://a:99999/", "http://a:x/", "http://a:0/",
    "http://u@a/", "http://[::1/", "http://[x]/", "http://a/b c", "http://a/\r\nX: y", "http://[::1]x/",
  ]) func whatIsNoHTTPURLIsRefused(_ text: String) {
    #expect(WebAddress(text) == nil)
  }
}
