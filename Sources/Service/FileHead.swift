import HTTPTypes
import StrataFiles
import StrataHTTP

/// What the head of an answer says of one file in one coding, whoever asks and whenever.
///
/// Making these strings anew cost a quarter of a small request, so a site keeps the last ones.
struct FileHead {
  let file: FileInfo
  let coding: ContentCoding
  /// The codings in which this file is to be had beside identity.
  let offered: [ContentCoding]
  /// The strong tag of this coding's bytes.
  let tag: EntityTag?
  let modified: HTTPDate
  /// Of a 304.
  let validators: FieldLines
  /// Of a 200.
  let lines: FieldLines

  init(_ file: FileInfo, _ coding: ContentCoding, of offered: [ContentCoding], notAfter now: HTTPDate) {
    self.file = file
    self.coding = coding
    self.offered = offered
    // RFC 9110 §8.8.2.1: "An origin server with a clock MUST NOT generate a Last-Modified date that is
    // later than the server's time of message origination".
    modified = min(HTTPDate(secondsSince1970: file.modified.seconds), now)
    // RFC 9110 §8.8.3.3: two codings of one file are two representations, with different strong tags.
    let plain = file.entityTag
    let text = coding == .identity ? plain : "\(plain.dropLast())-\(coding.name)\""
    tag = EntityTag(text)
    var fields: HTTPFields = [.lastModified: modified.description, .eTag: text]
    // §12.5.5: also an answer without coding would have been another to another client.
    if !offered.isEmpty { fields[.vary] = "Accept-Encoding" }
    if coding == .identity { fields[.acceptRanges] = "bytes" }
    validators = FieldLines(fields)
    fields[.contentType] = file.mediaType.description
    if coding != .identity { fields[.contentEncoding] = coding.name }
    lines = FieldLines(fields)
  }

  /// It says the same at any later time too.
  var isLasting: Bool { modified.secondsSince1970 == file.modified.seconds }

  /// The last heads, each in the place that its file's number gives it.
  struct Cache {
    static var capacity: Int { 64 }
    private var heads: [FileHead?]

    init() { heads = [FileHead?](repeating: nil, count: Cache.capacity) }
    private init(heads: [FileHead?]) { self.heads = heads }
    /// Stands in for one that is elsewhere. Not to be asked.
    static var none: Cache { Cache(heads: []) }

    private func index(_ file: FileInfo) -> Int {
      Int(truncatingIfNeeded: file.inode) & (Self.capacity - 1)
    }

    /// What `codings` has for this file.
    func offered(_ file: FileInfo, _ codings: Codings) -> [ContentCoding] {
      if let known = heads[index(file)], known.file == file { return known.offered }
      return codings.offered(for: file)
    }

    mutating func head(
      _ file: FileInfo, _ coding: ContentCoding, of offered: [ContentCoding], notAfter now: HTTPDate
    ) -> FileHead {
      let index = index(file)
      if let known = heads[index], known.coding == coding, known.file == file { return known }
      let head = FileHead(file, coding, of: offered, notAfter: now)
      if head.isLasting { heads[index] = head }
      return head
    }
  }
}
