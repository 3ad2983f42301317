import StrataFiles
import Testing

@Suite struct StorePathTests {
  @Test func aPathIsTakenApart() throws {
    let path = try StorePath("/music/caf%C3%A9/?sort=%20a")
    #expect(path.names == ["music", "café"] && path.isFolder && path.query == "sort=%20a")
    #expect(try StorePath("/").names == [] && StorePath("/").isFolder)
    #expect(try StorePath("//a//b").names == ["a", "b"])
    #expect(try StorePath("/a?").query == "")
    #expect(try StorePath("/a").query == nil)
    #expect(try StorePath("/%FF%2e").names == [FileName([0xff, 0x2e])])
  }
  @Test(arguments: [
    ("", StorePath.Refusal.notAPath), ("*", .notAPath), ("a/b", .notAPath), ("/..", .traversal),
    ("/a/%2e%2E/b", .traversal), ("/.", .traversal), ("/%00", .badEncoding), ("/a%2fb", .badEncoding),
    ("/%", .badEncoding), ("/%4", .badEncoding), ("/%g0", .badEncoding),
    ("/" + String(repeating: "a", count: 256), .tooLong),
    ("/" + String(repeating: "a/", count: 129), .tooLong),
    ("/" + String(repeating: "/", count: 4_096), .tooLong),
  ]) func whatCouldLeadElsewhereIsRefused(_ text: String, _ refusal: StorePath.Refusal) {
    #expect(throws: refusal) { _ = try StorePath(text) }
  }
  @Test func theLargestPathIsAccepted() throws {
    #expect(try StorePath("/" + String(repeating: "a", count: 255)).names.count == 1)
    #expect(try StorePath("/" + String(repeating: "a/", count: 128)).names.count == 128)
  }
  @Test func everyNameSurvivesItsEncoding() throws {
    for byte in 1...255 as ClosedRange<UInt8> where byte != 0x2f && byte != 0x2e {
      let name = FileName([byte])
      #expect(try StorePath([name].percentEncoded).names == [name])
    }
  }
}
