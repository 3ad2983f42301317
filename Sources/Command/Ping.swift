import ArgumentParser
import StrataBase
import StrataSockets
import StrataWire

/// `strata ping`: whether a host answers, and how long that takes.
struct Ping: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a host for echoes.",
    discussion: """
      On the cable, the default, a client host asks the host named server over a simulated cable. Ends with \
      status 0 when an answer came, and with 1 when none did. Ctrl-C prints the summary.
      """)

  @OptionGroup var target: TargetOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("How many requests. Default: no end.", valueName: "count"))
  var count: Int?

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Time between two requests.", valueName: "time"),
    transform: TimeSpan.parse)
  var interval = TimeSpan(.seconds(1))

  @Option(name: .shortAndLong, help: ArgumentHelp("Bytes of data in a request.", valueName: "count"))
  var size = 56

  @Option(help: ArgumentHelp("Hops that a request may take, 1 to 255.", valueName: "count"))
  var ttl: Int?

  @Option(
    help: ArgumentHelp("How long the last answer may take.", valueName: "time"), transform: TimeSpan.parse)
  var timeout = TimeSpan(.seconds(2))

  @Flag(help: "Print facts as JSON, a line each.") var json = false
  @Flag(name: .shortAndLong, help: "Print only the summary.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print also what is done.") var verbose = false

  @OptionGroup var ground: GroundOptions

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count is at least 1") }
    guard interval.interval >= .milliseconds(1) else { throw ValidationError("--interval is at least 1ms") }
    guard (0...65_000).contains(size) else { throw ValidationError("--size is 0 to 65000") }
    if let ttl, !(1...255).contains(ttl) { throw ValidationError("--ttl is 1 to 255") }
  }

  func run() throws {
    let console = Console(isQuiet: quiet, isVerbose: verbose)
    let tool = try ToolLoop()
    let address = try target.address(on: ground)
    var settings = Pinger.Settings(address: address)
    settings.count = count
    settings.interval = interval.interval
    settings.size = size
    settings.timeToLive = ttl
    settings.timeout = timeout.interval
    var pinger = Pinger(settings)
    console.detail("\(size) bytes of data to \(address), by the \(ground.on)")
    tool.run(&pinger, on: try ground.open(tool.loop)) { pinger in
      while let news = pinger.nextNews() {
        if !quiet { console.result(json ? Self.json(news) : Self.line(news, to: address)) }
      }
      return pinger.isOver
    }
    if let failure = pinger.failure { throw Self.sentence(failure, to: address) }
    console.result(json ? Self.json(pinger) : Self.summary(pinger))
    if pinger.received == 0 { throw ExitCode.failure }
  }

  /// Why there were no probes, and what to do.
  static func sentence(_ failure: SocketError, to address: Address) -> CommandFailure {
    guard failure == .permissionDenied else { return .failed("cannot reach \(address): \(failure)") }
    return .failed(
      "the kernel lets this user send no echo requests: as root, sysctl -w "
        + #"net.ipv4.ping_group_range="0 2147483647", or run this with --on cable"#)
  }

  // MARK: What is printed

  static func line(_ news: Pinger.News, to address: Address) -> String {
    switch news {
    case .reply(let reply):
      let hops = reply.timeToLive.map { " ttl=\($0)" } ?? ""
      let what = "\(reply.bytes) bytes from \(reply.from): seq=\(reply.sequence)\(hops)"
      return "\(what) time=\(Milliseconds(reply.time)) ms\(reply.isDuplicate ? " (again)" : "")"
    case .error(let sequence, let error):
      return "from \(error.reporter):\(sequence.map { " seq=\($0)" } ?? ""): \(error)"
    case .unsent(let sequence, let error): return "to \(address): seq=\(sequence): \(error)"
    }
  }

  static func summary(_ pinger: Pinger) -> String {
    var text = "\(pinger.sent) sent, \(pinger.received) received"
    if pinger.duplicates > 0 { text += ", \(pinger.duplicates) again" }
    if pinger.errors > 0 { text += ", \(pinger.errors) errors" }
    let lost = pinger.sent - pinger.received
    text += ", \(pinger.sent == 0 ? 0 : (lost * 100 + pinger.sent / 2) / pinger.sent)% lost"
    guard pinger.received > 0 else { return text }
    let times = [pinger.times.least, pinger.times.average, pinger.times.most, pinger.times.deviation]
    return text + "; min/avg/max/mdev \(times.map { "\(Milliseconds($0))" }.joined(separator: "/")) ms"
  }

  static func json(_ news: Pinger.News) -> String {
    switch news {
    case .reply(let reply):
      let hops = reply.timeToLive.map(String.init) ?? "null"
      return """
        {"format": 1, "event": "reply", "seq": \(reply.sequence), "from": "\(reply.from)", \
        "bytes": \(reply.bytes), "ttl": \(hops), "ms": \(Milliseconds(reply.time)), \
        "duplicate": \(reply.isDuplicate)}
        """
    case .error(let sequence, let error):
      return """
        {"format": 1, "event": "error", "seq": \(sequence.map(String.init) ?? "null"), \
        "from": "\(error.reporter)", "what": "\(error)"}
        """
    case .unsent(let sequence, let error):
      return #"{"format": 1, "event": "unsent", "seq": \#(sequence), "what": "\#(error)"}"#
    }
  }

  static func json(_ pinger: Pinger) -> String {
    let times = pinger.times
    return """
      {"format": 1, "event": "summary", "sent": \(pinger.sent), "received": \(pinger.received), \
      "duplicates": \(pinger.duplicates), "errors": \(pinger.errors), "min": \(Milliseconds(times.least)), \
      "avg": \(Milliseconds(times.average)), "max": \(Milliseconds(times.most)), \
      "mdev": \(Milliseconds(times.deviation))}
      """
  }
}
