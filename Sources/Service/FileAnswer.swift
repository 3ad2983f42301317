import HTTPTypes
import StrataFiles
import StrataHTTP

/// The answer to one request for a file or a folder: a head, and where its content comes from.
struct FileAnswer {
  enum Content {
    case none
    case page([UInt8])
    /// This part of a file that is open; whoever has the answer closes it, and so for the next two.
    case file(OpenFile, Range<UInt64>)
    case parts(OpenFile, PartSequence)
    case packed(OpenFile, PackedFile)
  }
  /// What an answer depends on beside the request and the store.
  struct Circumstances {
    /// Now, for Date and what must not be later.
    let date: HTTPDate
    /// Differs from moment to moment, for boundaries.
    let moment: Int64
    /// Of the question, for the store.
    let round: UInt64
    let codings: Codings
    var heads: FileHead.Cache
  }

  var status: HTTPResponse.Status
  var fields = HTTPFields()
  /// Further fields, as all answers with this content have them.
  var lines: FieldLines?
  var length: HTTPBody.Length
  var content: Content

  /// Methods that are served (RFC 9110 §9).
  static var allowed: String { "GET, HEAD, OPTIONS" }
  static func isServed(_ method: HTTPRequest.Method) -> Bool {
    method == .get || method == .head || method == .options
  }

  init(to request: HTTPRequest, from store: inout some Store, _ now: inout Circumstances) {
    // RFC 9110 §10.1.1: "A server that receives an Expect field value containing a member other than
    // 100-continue MAY respond with a 417 (Expectation Failed) status code".
    if let expected = request.headerFields[.expect], !Self.isOnlyContinue(expected) {
      self.init(.expectationFailed, "Nothing but 100-continue can be expected here.")
      return
    }
    switch request.method {
    case .get, .head:
      do throws(StorePath.Refusal) {
        self.init(try StorePath(request.path ?? ""), request, &store, &now)
      } catch {
        self.init(error == .tooLong ? .uriTooLong : .badRequest, error.description)
      }
    case .options:
      self.init(.noContent, .none, .none)
      fields[.allow] = Self.allowed
    case .post, .put, .delete, .connect, .trace, .patch:
      self.init(.methodNotAllowed, "Only GET and HEAD are served here.")
      // RFC 9110 §15.5.6: "The origin server MUST generate an Allow header field in a 405 response".
      fields[.allow] = Self.allowed
    default:
      // §9.1: a method "that is unrecognized or not implemented by an origin server" gets 501.
      self.init(.notImplemented, "This method is not known here.")
      fields[.allow] = Self.allowed
    }
  }

  private static func isOnlyContinue(_ field: String) -> Bool {
    field.split(separator: ",").allSatisfy { member in
      member.filter { $0 != " " && $0 != "\t" }.lowercased() == "100-continue"
    }
  }

  /// A status with a page that explains it.
  init(_ status: HTTPResponse.Status, _ sentence: String) {
    self.init(page: StatusPage(status: status, sentence: sentence).html, status)
  }

  /// The response to a message that could not be read.
  init(_ error: HTTPError) { self.init(error.status, "The request was refused: \(error).") }

  private init(
    _ status: HTTPResponse.Status, _ length: HTTPBody.Length, _ content: Content, _ lines: FieldLines? = nil
  ) {
    self.status = status
    self.lines = lines
    self.length = length
    self.content = content
  }

  private init(page: [UInt8], _ status: HTTPResponse.Status) {
    self.init(status, .count(UInt64(page.count)), .page(page))
    fields[.contentType] = MediaType.html.description
  }

  private init(
    _ path: StorePath, _ request: HTTPRequest, _ store: inout some Store, _ now: inout Circumstances
  ) {
    if path.isFolder, case .file(let index) = store.lookUp(path.names + ["index.html"], during: now.round) {
      self.init(index, request, &store, &now)
      return
    }
    switch store.lookUp(path.names, during: now.round) {
    case .file(let info) where !path.isFolder: self.init(info, request, &store, &now)
    case .folder(let folder) where path.isFolder:
      let page = Listing(path: path.names, folder: folder).html
      self.init(page: Array(page.utf8), .ok)
      // It is made anew each time, and nothing says when it changes.
      fields[.cacheControl] = "no-cache"
    case .folder:
      // From the decoded names: "//host" in front would lead to another site.
      let query = path.query.map { "?" + $0 } ?? ""
      self.init(.movedPermanently, "The folder's address ends in a slash.")
      fields[.location] = path.names.percentEncoded + "/" + query
    case .forbidden: self.init(.forbidden, "This may not be read.")
    case .file, .missing, .notAFolder: self.init(.notFound, "There is nothing here by this name.")
    }
  }

  /// A file, in the coding that the client likes, whole or in parts.
  private init(
    _ info: FileInfo, _ request: HTTPRequest, _ store: inout some Store, _ now: inout Circumstances
  ) {
    let offered = now.heads.offered(info, now.codings)
    guard let coding = Self.coding(request, among: offered) else {
      self.init(.notAcceptable, "The file is to be had as it is, and in no coding that was asked for.")
      if !offered.isEmpty { fields[.vary] = "Accept-Encoding" }
      return
    }
    let known = now.heads.head(info, coding, of: offered, notAfter: now.date)
    switch Preconditions.evaluate(request, tag: known.tag, modified: known.modified) {
    case .failed: self.init(.preconditionFailed, "The file is not the one that was meant.")
    case .notModified:
      self.init(.notModified, .none, .none, known.validators)
    case .proceed(let withRange):
      if coding != .identity {
        self.init(packed: known, request, &store)
      } else if withRange, let asked = request.headerFields[.range] {
        self.init(info, ByteRange.select(asked, of: info.size), known, request, &store, &now)
      } else {
        self.init(info, 0..<info.size, .ok, known.lines, request, &store)
      }
    }
  }

  /// A range is one of the file's own bytes, so who asks for a range gets them as they are, if that will
  /// do at all.
  private static func coding(_ request: HTTPRequest, among offered: [ContentCoding]) -> ContentCoding? {
    let liked = request.headerFields[.acceptEncoding]
    if request.method == .get, request.headerFields.contains(.range),
      let plain = ContentCoding.choose(liked, among: [])
    {
      return plain
    }
    return ContentCoding.choose(liked, among: offered)
  }

  private init(packed known: FileHead, _ request: HTTPRequest, _ store: inout some Store) {
    let (info, coding) = (known.file, known.coding)
    self.init(info, 0..<info.size, .ok, known.lines, request, &store)
    guard status == .ok else { return }
    length = .chunked
    if case .file(let file, _) = content { content = .packed(file, PackedFile(coding, size: info.size)) }
    // §6.5.1: trailers are for those who said that they read them; §10.1.4: TE counts for one hop only,
    // which Connection says.
    if Self.lists(request.headerFields, .te, "trailers"),
      Self.lists(request.headerFields, .connection, "te")
    {
      fields[.trailer] = "Server-Timing"
    }
  }

  private static func lists(_ fields: HTTPFields, _ name: HTTPField.Name, _ token: String) -> Bool {
    guard let field = fields[name] else { return false }
    return field.split(separator: ",").contains { member in
      member.filter { $0 != " " && $0 != "\t" }.lowercased() == token
    }
  }

  /// The parts that a range field selected.
  private init(
    _ info: FileInfo, _ selection: ByteRange.Selection, _ known: FileHead, _ request: HTTPRequest,
    _ store: inout some Store, _ now: inout Circumstances
  ) {
    switch selection {
    case .whole: self.init(info, 0..<info.size, .ok, known.lines, request, &store)
    case .unsatisfiable:
      self.init(.rangeNotSatisfiable, "The file has \(info.size) bytes.")
      fields[.contentRange] = ByteRange.unsatisfiable(size: info.size)
    case .parts(let parts) where parts.count == 1:
      self.init(info, parts[0], .partialContent, known.lines, request, &store)
      if status == .partialContent { fields[.contentRange] = ByteRange.contentRange(parts[0], of: info.size) }
    case .parts(let parts):
      let sequence = PartSequence(parts, of: info, boundary: PartSequence.boundary(info, now.moment))
      // RFC 9110 §15.3.7.2: "a server that generates a multipart response [...] MUST NOT generate a
      // Content-Range header field in the header section of the multipart response".
      self.init(info, 0..<info.size, .partialContent, known.validators, request, &store)
      guard case .file(let file, _) = content else { return }
      fields[.contentType] = "multipart/byteranges; boundary=\(sequence.boundary)"
      content = .parts(file, sequence)
      length = .count(sequence.count)
    }
  }

  /// Opens the file, unless only its head is asked for.
  private init(
    _ info: FileInfo, _ part: Range<UInt64>, _ status: HTTPResponse.Status, _ lines: FieldLines,
    _ request: HTTPRequest, _ store: inout some Store
  ) {
    self.init(status, .count(UInt64(part.count)), .none, lines)
    if request.method == .head || part.isEmpty { return }
    do throws(StoreError) {
      content = .file(try store.open(info), part)
    } catch {
      switch error {
      case .missing: self.init(.notFound, "There is nothing here by this name.")
      case .forbidden, .notAFolder: self.init(.forbidden, "This may not be read.")
      case .changed, .tooManyFiles, .system:
        self.init(.serviceUnavailable, "The file cannot be read now; try again.")
      }
    }
  }
}
