import StrataHTTP
import Testing

@Suite struct RequestTargetTests {
  @Test func pathsAreTakenApart() throws {
    let table: [(String, [String], Bool, String?)] = [
      ("/", [], true, nil), ("/a", ["a"], false, nil), ("/a/b/", ["a", "b"], true, nil),
      ("//a//b", ["a", "b"], false, nil), ("/caf%C3%A9%20x?a=/../%zz", ["café x"], false, "a=/../%zz"),
      ("/a?", ["a"], false, ""), ("/a?b?c", ["a"], false, "b?c"), ("/...", ["..."], false, nil),
      ("/.a/..b", [".a", "..b"], false, nil), ("/a%5Cb", ["a\\b"], false, nil), ("/%25", ["%"], false, nil),
      ("/%252e%252e", ["%2e%2e"], false, nil),
    ]
    for (path, segments, endsInSlash, query) in table {
      let target = try RequestTarget(path)
      #expect(target.segments == segments)
      #expect(target.endsInSlash == endsInSlash)
      #expect(target.query == query)
    }
  }
  @Test func otherPlacesAreRefused() {
    let table: [(String, RequestTarget.Refusal)] = [
      ("", .notAPath), ("*", .notAPath), ("a", .notAPath), ("?a", .notAPath),
      ("/..", .traversal), ("/../a", .traversal), ("/a/../b", .traversal), ("/a/..", .traversal),
      ("/.", .traversal), ("/./a", .traversal), ("/%2e%2E/a", .traversal), ("/.%2e", .traversal),
      ("/%2e", .traversal), ("/a%2fb", .badEncoding), ("/..%2Fa", .badEncoding), ("/a%00", .badEncoding),
      ("/a\u{0}", .badEncoding), ("/%", .badEncoding), ("/%4", .badEncoding), ("/%zz", .badEncoding),
      ("/%c0%ae%c0%ae", .badEncoding), ("/%ff", .badEncoding), ("/%ed%a0%80", .badEncoding),
    ]
    for (path, refusal) in table {
      #expect(throws: refusal, "\(path)") { try RequestTarget(path) }
    }
  }
  @Test func lengthsAreBounded() throws {
    let segment = "/" + String(repeating: "a", count: 255)
    #expect(try RequestTarget(segment).segments[0].count == 255)
    #expect(throws: RequestTarget.Refusal.tooLong) { try RequestTarget(segment + "a") }
    let path = String(repeating: segment, count: 16)
    #expect(try RequestTarget(path).segments.count == 16)
    #expect(throws: RequestTarget.Refusal.tooLong) { try RequestTarget(path + "/") }
    #expect(try RequestTarget("/?" + String(repeating: "a", count: 8_000)).query?.count == 8_000)
  }
  @Test func segmentsAreEncodedForLinks() throws {
    #expect(RequestTarget.encode("a b/c?é%.txt") == "a%20b%2Fc%3F%C3%A9%25.txt")
    for name in ["a b", "100%", "é\"<>", "x\\y", "a#b?c"] {
      #expect(try RequestTarget("/" + RequestTarget.encode(name)).segments == [name])
    }
  }
}
