import ArgumentParser
import StrataBase
import StrataSockets
import StrataWire

/// `strata traceroute`: the routers on the way to a host.
struct Traceroute: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the routers on the way to a host.",
    discussion: """
      On the cable, the default, there is a row of routers between a client host and the host named server. \
      A star is silence; !N, !H, !P and !X say that network, host or protocol cannot be reached, or that it \
      is forbidden; !F that the probe is too long. Ends with status 0 when the host was reached.
      """)

  @OptionGroup var target: TargetOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("The most hops.", valueName: "count")) var maxHops = 30
  @Option(help: ArgumentHelp("Probes a hop.", valueName: "count")) var queries = 3

  @Option(help: ArgumentHelp("How long an answer may take.", valueName: "time"), transform: TimeSpan.parse)
  var timeout = TimeSpan(.seconds(1))

  @Flag(help: "Probe with datagrams or with echo requests.") var method = ProbeMethod.udp

  @Option(help: ArgumentHelp("On the cable: how many routers there are.", valueName: "count"))
  var hops = 3

  @Flag(help: "Print facts as JSON, a line each.") var json = false
  @Flag(name: .shortAndLong, help: "Print no heading.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print also what is done.") var verbose = false

  @OptionGroup var ground: GroundOptions

  enum ProbeMethod: String, EnumerableFlag {
    case udp
    case icmp
  }

  func validate() throws {
    guard (1...255).contains(maxHops) else { throw ValidationError("--max-hops is 1 to 255") }
    guard (1...10).contains(queries) else { throw ValidationError("--queries is 1 to 10") }
    guard timeout.interval >= .milliseconds(1) else { throw ValidationError("--timeout is at least 1ms") }
    guard (0...CableGround.mostRouters).contains(hops) else {
      throw ValidationError("--hops is 0 to \(CableGround.mostRouters)")
    }
  }

  func run() throws {
    let console = Console(isQuiet: quiet, isVerbose: verbose)
    let tool = try ToolLoop()
    let address = try target.address(on: ground, routers: hops)
    var settings = Tracer.Settings(address: address)
    settings.method = method == .udp ? .udp : .icmp
    settings.mostHops = maxHops
    settings.queries = queries
    settings.timeout = timeout.interval
    var tracer = Tracer(settings)
    console.say("to \(target.host) (\(address)), at most \(maxHops) hops")
    console.detail("\(queries) probes a hop, \(method.rawValue), by the \(ground.on)")
    tool.run(&tracer, on: try ground.open(routers: hops, tool.loop)) { tracer in
      while let hop = tracer.nextHop() { console.result(json ? Self.json(hop) : Self.line(hop)) }
      return tracer.isOver
    }
    if let failure = tracer.failure { throw Ping.sentence(failure, to: address) }
    if !tracer.isReached { throw ExitCode.failure }
  }

  // MARK: What is printed

  /// ` 1  10.0.0.254  2.000 ms  2.000 ms  *`: an address where it is another than the one before.
  static func line(_ hop: Tracer.Hop) -> String {
    var text = hop.number < 10 ? " \(hop.number)" : "\(hop.number)"
    var from = hop.answers.lazy.compactMap { $0 }.first?.from
    if let from { text += "  \(from)" }
    for answer in hop.answers {
      guard let answer else {
        text += "  *"
        continue
      }
      if answer.from != from { text += "  \(answer.from)" }
      from = answer.from
      text += "  \(Milliseconds(answer.time)) ms\(answer.mark.isEmpty ? "" : " \(answer.mark)")"
    }
    return text
  }

  static func json(_ hop: Tracer.Hop) -> String {
    let answers = hop.answers.map { answer in
      answer.map { #"{"from": "\#($0.from)", "ms": \#(Milliseconds($0.time)), "mark": "\#($0.mark)"}"# }
        ?? "null"
    }
    return #"{"format": 1, "hop": \#(hop.number), "probes": [\#(answers.joined(separator: ", "))]}"#
  }
}

extension Tracer.Answer {
  /// What traceroute(8) puts behind a time where the probe could not go on.
  var mark: String {
    switch cause {
    case nil, .timeExceeded, .portUnreachable: ""
    case .networkUnreachable: "!N"
    case .hostUnreachable: "!H"
    case .protocolUnreachable: "!P"
    case .prohibited: "!X"
    case .tooBig(let mtu): "!F-\(mtu)"
    }
  }
}
