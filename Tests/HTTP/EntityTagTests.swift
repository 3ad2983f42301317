import StrataHTTP
import Testing

@Suite struct EntityTagTests {
  @Test func tagsAreReadAndWritten() {
    #expect(EntityTag("\"a\"") == EntityTag(opaque: "a"))
    #expect(EntityTag("W/\"a\"") == EntityTag(opaque: "a", isWeak: true))
    #expect(EntityTag("\"\"")?.opaque == "")
    #expect(EntityTag("W/\"a,b\"")?.description == "W/\"a,b\"")
    for text in ["", "a", "\"", "\"a", "a\"", "w/\"a\"", "W/a", "\"a b\"", "\"a\"b\"", "\"a\u{0}\""] {
      #expect(EntityTag(text) == nil, "\(text)")
    }
    #expect(EntityTag(opaque: "a\"b") == nil)
  }
  @Test func bothComparisonsFollowTheTableOfTheRFC() {
    // RFC 9110 §8.8.3.2.
    let table: [(String, String, Bool, Bool)] = [
      ("W/\"1\"", "W/\"1\"", false, true), ("W/\"1\"", "W/\"2\"", false, false),
      ("W/\"1\"", "\"1\"", false, true), ("\"1\"", "\"1\"", true, true),
    ]
    for (a, b, strong, weak) in table {
      #expect(EntityTag(a)!.matchesStrongly(EntityTag(b)!) == strong)
      #expect(EntityTag(a)!.matchesWeakly(EntityTag(b)!) == weak)
    }
  }
  @Test func listsAreRead() {
    let a = EntityTag(opaque: "a")!
    let b = EntityTag(opaque: "b,c", isWeak: true)!
    #expect(EntityTag.List(" * ") == .any)
    #expect(EntityTag.List("\"a\"") == .tags([a]))
    #expect(EntityTag.List("\"a\",W/\"b,c\"") == .tags([a, b]))
    #expect(EntityTag.List(" , \"a\" ,, W/\"b,c\",") == .tags([a, b]))
    for text in ["", ",", "a", "\"a\" \"b\"", "\"a", "*, \"a\"", "\"a\", *", "W\"a\"", "W", "W/"] {
      #expect(EntityTag.List(text) == nil, "\(text)")
    }
  }
  @Test func listsAreBounded() {
    func list(_ n: Int) -> String { Array(repeating: "\"a\"", count: n).joined(separator: ", ") }
    #expect(EntityTag.List(list(64)) != nil)
    #expect(EntityTag.List(list(65)) == nil)
  }
}
