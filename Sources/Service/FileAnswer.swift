import HTTPTypes
import StrataFiles
import StrataHTTP

/// The answer to one request for a file or a folder: a head, and where its content comes from.
struct FileAnswer {
  enum Content {
    case none
    case page([UInt8])
    /// This part of a file that is open; whoever has the answer closes it.
    case file(OpenFile, Range<UInt64>)
  }

  var head: HTTPResponse
  var length: HTTPBody.Length
  var content: Content

  /// Methods that are served (RFC 9110 §9).
  static var allowed: String { "GET, HEAD, OPTIONS" }

  /// - Parameter date: now, for Date.
  init(to request: HTTPRequest, from store: inout some Store, date: HTTPDate) {
    self.init(HTTPResponse(status: .noContent), .none, .none)
    switch request.method {
    case .get, .head:
      do throws(StorePath.Refusal) {
        self.init(try StorePath(request.path ?? ""), request, &store, date)
      } catch {
        self.init(error == .tooLong ? .uriTooLong : .badRequest, error.description)
      }
    case .options: head.headerFields[.allow] = Self.allowed
    default:
      self.init(.methodNotAllowed, "Only GET and HEAD are served here.")
      head.headerFields[.allow] = Self.allowed
    }
    addServer(date)
  }

  /// A status with a page that explains it.
  init(_ status: HTTPResponse.Status, _ sentence: String) {
    self.init(page: StatusPage(status: status, sentence: sentence).html, HTTPResponse(status: status))
  }

  /// The response to a message that could not be read.
  init(_ error: HTTPError, date: HTTPDate) {
    self.init(error.status, "The request was refused: \(error).")
    addServer(date)
  }

  private init(_ head: HTTPResponse, _ length: HTTPBody.Length, _ content: Content) {
    self.head = head
    self.length = length
    self.content = content
  }

  private init(page: [UInt8], _ head: HTTPResponse) {
    self.init(head, .count(UInt64(page.count)), .page(page))
    self.head.headerFields[.contentType] = MediaType.html.description
  }

  private mutating func addServer(_ date: HTTPDate) {
    head.headerFields[.date] = date.description
    head.headerFields[.server] = "strata"
  }

  private init(_ path: StorePath, _ request: HTTPRequest, _ store: inout some Store, _ date: HTTPDate) {
    if path.isFolder, case .file(let index) = store.lookUp(path.names + ["index.html"]) {
      self.init(index, request, &store, date)
      return
    }
    switch store.lookUp(path.names) {
    case .file(let info) where !path.isFolder: self.init(info, request, &store, date)
    case .folder(let folder) where path.isFolder:
      let page = Listing(path: path.names, folder: folder).html
      self.init(page: Array(page.utf8), HTTPResponse(status: .ok))
      // It is made anew each time, and nothing says when it changes.
      head.headerFields[.cacheControl] = "no-cache"
    case .folder:
      // From the decoded names: "//host" in front would lead to another site.
      let query = path.query.map { "?" + $0 } ?? ""
      self.init(.movedPermanently, "The folder's address ends in a slash.")
      head.headerFields[.location] = path.names.percentEncoded + "/" + query
    case .forbidden: self.init(.forbidden, "This may not be read.")
    case .file, .missing, .notAFolder: self.init(.notFound, "There is nothing here by this name.")
    }
  }

  private init(_ info: FileInfo, _ request: HTTPRequest, _ store: inout some Store, _ date: HTTPDate) {
    // RFC 9110 §8.8.2.1: "An origin server with a clock MUST NOT generate a Last-Modified date that is
    // later than the server's time of message origination".
    let modified = min(HTTPDate(secondsSince1970: info.modified.seconds), date)
    var fields: HTTPFields = [
      .lastModified: modified.description, .eTag: info.entityTag, .acceptRanges: "bytes",
    ]
    switch Preconditions.evaluate(request, tag: EntityTag(info.entityTag), modified: modified) {
    case .failed: self.init(.preconditionFailed, "The file is not the one that was meant.")
    case .notModified: self.init(HTTPResponse(status: .notModified, headerFields: fields), .none, .none)
    case .proceed(let withRange):
      var status = HTTPResponse.Status.ok
      var part = 0..<info.size
      if withRange, let asked = request.headerFields[.range] {
        switch ByteRange.select(asked, of: info.size) {
        // Several parts would need a multipart answer; RFC 9110 §14.2 lets a server ignore Range.
        case .parts(let parts) where parts.count == 1:
          part = parts[0]
          status = .partialContent
          fields[.contentRange] = ByteRange.contentRange(part, of: info.size)
        case .unsatisfiable:
          self.init(.rangeNotSatisfiable, "The file has \(info.size) bytes.")
          head.headerFields[.contentRange] = ByteRange.unsatisfiable(size: info.size)
          return
        case .parts, .whole: break
        }
      }
      fields[.contentType] = info.mediaType.description
      self.init(info, part, HTTPResponse(status: status, headerFields: fields), request, &store)
    }
  }

  /// Opens the file, unless only its head is asked for.
  private init(
    _ info: FileInfo, _ part: Range<UInt64>, _ head: HTTPResponse, _ request: HTTPRequest,
    _ store: inout some Store
  ) {
    self.init(head, .count(UInt64(part.count)), .none)
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
