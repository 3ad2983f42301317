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

  @Test(arguments: [
    ("/x", "/x"), ("x", "/a/x"), ("./x/./y", "/a/x/y"), ("../x", "/x"), ("../../x", "/x"), ("..", "/"),
    (".", "/a/"), ("?p", "/a/b?p"), ("", "/a/b?q"), ("#f", "/a/b?q"), ("/x/../y?z=../w#f", "/y?z=../w"),
    ("x?a:b", "/a/x?a:b"),
  ]) func aReferenceIsResolved(_ reference: String, _ path: String) throws {
    let base = try #require(WebAddress("http://h:81/a/b?q#f"))
    let resolved = try #require(base.resolve(reference))
    #expect(resolved.path == path && resolved.authority == "h:81")
  }

  @Test func aReferenceMayLeadElsewhere() throws {
    let base = try #require(WebAddress("http://h:81/a"))
    #expect(base.resolve("http://other/x")?.description == "http://other/x")
    #expect(base.resolve("//other/x")?.description == "http://other/x")
    for text in ["https://h/x", "ftp://h/x", "mailto:a@b", "file:///etc/passwd", "http://u@h/"] {
      #expect(base.resolve(text) == nil)
    }
  }
}
