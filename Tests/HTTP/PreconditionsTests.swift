import HTTPTypes
import StrataHTTP
import Testing

@Suite struct PreconditionsTests {
  static let before = "Sun, 06 Nov 1994 08:49:36 GMT"
  static let same = "Sun, 06 Nov 1994 08:49:37 GMT"
  static let after = "Sun, 06 Nov 1994 08:49:38 GMT"
  let modified = HTTPDate(same)!

  struct Row: Sendable {
    var fields: HTTPFields
    var decision: Preconditions.Decision
    var method = HTTPRequest.Method.get
    var tag: String? = "\"a\""
    var exists = true
  }
  static let whole = Preconditions.Decision.proceed(withRange: false)
  static let part = Preconditions.Decision.proceed(withRange: true)
  static let rows: [Row] = [
    Row(fields: [:], decision: whole),
    Row(fields: [.ifMatch: "\"a\", \"b\""], decision: whole),
    Row(fields: [.ifMatch: "\"b\""], decision: .failed),
    Row(fields: [.ifMatch: "W/\"a\""], decision: .failed),
    Row(fields: [.ifMatch: "W/\"a\""], decision: .failed, tag: "W/\"a\""),
    Row(fields: [.ifMatch: "*"], decision: whole),
    Row(fields: [.ifMatch: "*"], decision: .failed, method: .put, tag: nil, exists: false),
    Row(fields: [.ifMatch: "nonsense"], decision: .failed),
    Row(fields: [.ifUnmodifiedSince: before], decision: .failed),
    Row(fields: [.ifUnmodifiedSince: same], decision: whole),
    Row(fields: [.ifUnmodifiedSince: "nonsense"], decision: whole),
    Row(fields: [.ifMatch: "\"a\"", .ifUnmodifiedSince: before], decision: whole),
    Row(fields: [.ifNoneMatch: "\"a\""], decision: .notModified),
    Row(fields: [.ifNoneMatch: "W/\"a\""], decision: .notModified, method: .head),
    Row(fields: [.ifNoneMatch: "\"a\""], decision: .failed, method: .put),
    Row(fields: [.ifNoneMatch: "*"], decision: .failed, method: .put),
    Row(fields: [.ifNoneMatch: "*"], decision: whole, method: .put, tag: nil, exists: false),
    Row(fields: [.ifNoneMatch: "\"b\""], decision: whole),
    Row(fields: [.ifModifiedSince: same], decision: .notModified),
    Row(fields: [.ifModifiedSince: after], decision: .notModified, method: .head),
    Row(fields: [.ifModifiedSince: before], decision: whole),
    Row(fields: [.ifModifiedSince: same], decision: whole, method: .post),
    Row(fields: [.ifModifiedSince: "nonsense"], decision: whole),
    Row(fields: [.ifNoneMatch: "\"b\"", .ifModifiedSince: same], decision: whole),
    Row(fields: [.ifMatch: "\"b\"", .ifNoneMatch: "\"a\""], decision: .failed),
    Row(fields: [.ifMatch: "\"a\"", .ifNoneMatch: "\"a\""], decision: .notModified),
    Row(fields: [.range: "bytes=0-1"], decision: part),
    Row(fields: [.range: "bytes=0-1"], decision: whole, method: .head),
    Row(fields: [.range: "bytes=0-1", .ifRange: "\"a\""], decision: part),
    Row(fields: [.range: "bytes=0-1", .ifRange: "\"b\""], decision: whole),
    Row(fields: [.range: "bytes=0-1", .ifRange: "W/\"a\""], decision: whole, tag: "W/\"a\""),
    Row(fields: [.range: "bytes=0-1", .ifRange: same], decision: part),
    Row(fields: [.range: "bytes=0-1", .ifRange: after], decision: whole),
    Row(fields: [.range: "bytes=0-1", .ifRange: "nonsense"], decision: whole),
    Row(fields: [.ifRange: "\"a\""], decision: whole),
    Row(fields: [.range: "bytes=0-1", .ifNoneMatch: "\"a\""], decision: .notModified),
  ]

  @Test(arguments: rows.indices) func theOrderIsThatOfTheRFC(_ index: Int) {
    let row = Self.rows[index]
    let decision = Preconditions.evaluate(
      request(row.method, "/", row.fields), tag: row.tag.flatMap { EntityTag($0) }, modified: modified,
      exists: row.exists)
    #expect(decision == row.decision, "\(row)")
  }
  @Test func withoutADateDatesAreIgnored() {
    for name in [HTTPField.Name.ifModifiedSince, .ifUnmodifiedSince] {
      let asked = request(.get, "/", [name: Self.before])
      #expect(Preconditions.evaluate(asked, tag: nil, modified: nil) == Self.whole)
    }
  }
}
