import HTTPTypes
import StrataBase
import StrataCorpus
import StrataHTTP

/// Mutated messages for the machines of HTTP/1.1, cut anywhere, and calls in any order. What a server
/// accepts, a client can ask again and a server reads as the same; what a server answers, a client reads.
struct HTTPTarget: FuzzTarget {
  static let name = "http"
  static let summary = "mutated messages, cut anywhere, for server and client; calls in any order"

  private var requests = 0
  private var responses = 0
  private var refused = 0

  init() {}

  mutating func attempt(_ random: inout Random) throws {
    switch random.number(5) {
    case 0, 1: try serve(&random)
    case 2, 3: try ask(&random)
    default: try HTTPMisuser.run(&random)
    }
  }

  private mutating func serve(_ random: inout Random) throws {
    let input = HTTPTarget.input(HTTPMessages.requests, &random)
    let answers = random.fork()
    var whole = ServerReading(answers: answers), pieces = ServerReading(answers: answers)
    try whole.receive(input)
    for piece in HTTPTarget.cut(input, &random) { try pieces.receive(piece) }
    try check(whole.told == pieces.told, "told \(whole.told), and cut in pieces \(pieces.told)")
    try check(whole.output == pieces.output, "what is answered depends on how the request was cut")
    try whole.told.checkOrder()
    try count(whole.told)
    try repeatRequests(whole)
  }

  private mutating func count(_ told: [Told]) throws {
    for case .request in told { requests += 1 }
    for case .response in told { responses += 1 }
    if case .failed? = told.last { refused += 1 }
  }

  /// Asks each request that was accepted again; a server reads it as the same. Then reads the answers.
  private func repeatRequests(_ reading: ServerReading) throws {
    for case .request(let request, _) in reading.told {
      var client = HTTP1Client()
      do throws(HTTPMisuse) {
        try client.send(request, body: .none)
        try client.finish()
      } catch {
        throw Finding("accepted and not to be sent (\(error)): \(request)")
      }
      var again = ServerReading(answers: Random(seed: 1))
      try again.receive(client.output.pending.array)
      guard case .request(let second, _)? = again.told.first else {
        throw Finding("\(request) was accepted, and then \(again.told)")
      }
      let isSame =
        second.method == request.method && second.path == request.path
        && (second.authority ?? "") == (request.authority ?? "")
        && HTTPTarget.plain(second.headerFields) == HTTPTarget.plain(request.headerFields)
      try check(isSame, "\(request) became \(second)")
    }
  }

  /// The fields that a machine passes on as they are.
  private static func plain(_ fields: HTTPFields) -> [HTTPField] {
    let made = ["content-length", "transfer-encoding", "host", "connection", "expect"]
    return fields.filter { !made.contains($0.name.canonicalName) }
  }

  private mutating func ask(_ random: inout Random) throws {
    let vector = random.one(of: HTTPMessages.responses)
    let source = random.once(in: 8) ? random.one(of: HTTPMessages.responses) : vector
    let input = HTTPTarget.mutated(HTTPMessages.bytes(source.text), &random)
    var whole = ClientReading(), pieces = ClientReading()
    for method in vector.methods {
      let request = HTTPTarget.request(method)
      try whole.ask(request)
      try pieces.ask(request)
    }
    try whole.receive(input)
    for piece in HTTPTarget.cut(input, &random) { try pieces.receive(piece) }
    if random.coin() {
      try whole.end()
      try pieces.end()
    }
    try check(whole.told == pieces.told, "told \(whole.told), and cut in pieces \(pieces.told)")
    try whole.told.checkOrder()
    try count(whole.told)
  }

  static func request(_ method: String) -> HTTPRequest {
    let isTunnel = method == "CONNECT"
    return HTTPRequest(
      method: .init(method) ?? .get, scheme: "http", authority: isTunnel ? "h:443" : "h",
      path: isTunnel ? nil : "/")
  }

  // MARK: bytes

  private static func input(_ texts: [String], _ random: inout Random) -> [UInt8] {
    var input: [UInt8] = []
    for _ in 0...random.number(3) { input += HTTPMessages.bytes(random.one(of: texts)) }
    return mutated(input, &random)
  }

  private static let special = Array("\r\n\t \u{0}:,;0%/*?-HT1+a\u{7f}".utf8) + [0xe9]
  private static let words = [
    "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "\r\n\r\n", "\r\n",
    "Host: a\r\n", "Expect: 100-continue\r\n", "0\r\n\r\n", "ffffffffffffffff", "18446744073709551615",
  ]

  static func mutated(_ input: [UInt8], _ random: inout Random) -> [UInt8] {
    var bytes = input
    for _ in 0..<random.number(4) where !bytes.isEmpty {
      let at = random.number(bytes.count)
      switch random.number(8) {
      case 0: Mutation.apply(to: &bytes, &random)
      case 1, 2: bytes[at] = random.one(of: special)
      case 3: bytes.remove(at: at)
      case 4: bytes.insert(random.one(of: special), at: at)
      case 5, 6: bytes.insert(contentsOf: Array(random.one(of: words).utf8), at: at)
      default:
        let longer = [UInt8](
          repeating: random.one(of: special), count: random.one(of: [100, 300, 9_000, 20_000]))
        bytes.insert(contentsOf: longer, at: at)
      }
    }
    return bytes
  }

  static func cut(_ bytes: [UInt8], _ random: inout Random) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var at = 0
    while at < bytes.count {
      let n = min(bytes.count - at, 1 + random.size(random.coin() ? 6 : 600))
      pieces.append(Array(bytes[at..<(at + n)]))
      at += n
    }
    return pieces
  }

  var report: String { "\(requests) requests and \(responses) responses read, \(refused) refused" }
}
