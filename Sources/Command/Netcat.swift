import ArgumentParser
import StrataBase
import StrataSockets
import StrataWire

/// `strata netcat`: standard input to a socket, and the socket to standard output.
struct Netcat: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Carry standard input to a socket, and the socket to standard output.",
    discussion: """
      On the cable, the default, the host named server echoes on port 7 and discards on port 9. The end of \
      standard input ends our direction; all is over when the peer ends its own.
      """)

  @Argument(help: ArgumentHelp("Whom to reach, or with --listen where.", valueName: "[host] port"))
  var place: [String]

  @OptionGroup var version: VersionOptions

  @Flag(name: .shortAndLong, help: "Wait for a peer instead of reaching one.") var listen = false
  @Flag(name: .shortAndLong, help: "With --listen: wait for the next peer when one is over.") var keep = false
  @Flag(name: .shortAndLong, help: "Datagrams of UDP instead of a stream of TCP.") var udp = false
  @Flag(name: .shortAndLong, help: "Only see whether the port is open.") var zero = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("UDP: how long to wait for answers behind the end of input.", valueName: "time"),
    transform: TimeSpan.parse)
  var wait = TimeSpan(.seconds(1))

  @Flag(name: .shortAndLong, help: "Print only errors.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print also how much was carried.") var verbose = false

  @OptionGroup var ground: GroundOptions

  func validate() throws {
    guard (1...2).contains(place.count) else { throw ValidationError("write HOST PORT, or --listen PORT") }
    if place.count == 1, !listen { throw ValidationError("say whom to reach: HOST and \(place[0])") }
    guard port != nil else { throw ValidationError("\(place.last!) is no port: write 1 to 65535") }
    if port == 0, !listen { throw ValidationError("0 is no port to reach: write 1 to 65535") }
    if keep, !listen || udp { throw ValidationError("--keep goes with --listen, without --udp") }
    if zero, listen || udp { throw ValidationError("--zero goes without --listen and --udp") }
    if listen, ground.on == .cable {
      throw ValidationError("on the cable nobody calls: --listen needs --on kernel or a device")
    }
  }

  private var port: UInt16? {
    guard let word = place.last, word.allSatisfy(\.isWholeNumber) else { return nil }
    return UInt16(word)
  }

  func run() throws {
    let tool = try ToolLoop()
    let peer = try address()
    do {
      try run(try ground.open(tool.loop), peer, tool)
    } catch let error as SocketError {
      throw CommandFailure.failed("\(peer): \(error)")
    }
  }

  /// The peer's address, or the one to listen on.
  private func address() throws(CommandFailure) -> SocketAddress {
    let any: Address = version.isV4 ? .anyV4 : .any
    let host = place.count == 2 ? try version.address(of: place[0], on: ground) : any
    return SocketAddress(address: host, port: port ?? 0)
  }

  private func run(_ ground: some SocketGround, _ place: SocketAddress, _ tool: ToolLoop) throws {
    let console = Console(isQuiet: quiet, isVerbose: verbose)
    let sockets = ground.sockets
    let d = try sockets.socket(udp ? .datagram : .stream)
    if listen {
      try sockets.setOption(d, .reuseAddress(true))
      if version.isV6 { try sockets.setOption(d, .v6Only(true)) }
      try sockets.bind(d, to: place)
      if !udp { try sockets.listen(d, backlog: 16) }
      let address = try sockets.localAddress(d)
      console.say("listening on \(address)")
    }
    if udp {
      if !listen { try sockets.connect(d, to: place) }
      let input = try StandardStream.input(tool.loop), output = try StandardStream.output(tool.loop)
      var pump = DatagramPump(
        d, hasPeer: !listen, patience: listen ? nil : wait.interval, input, output)
      return try pump.run(on: ground, tool)
    }
    if !listen {
      guard try connect(d, to: place, on: ground, tool) else { throw ExitCode.failure }
      if zero { return console.say("\(place) is open") }
    }
    let input = try StandardStream.input(tool.loop), output = try StandardStream.output(tool.loop)
    repeat {
      let stream = listen ? try accept(d, on: ground, tool, console) : d
      guard let stream else { return }
      var pump = StreamPump(stream, input, output)
      let isWhole = try pump.run(on: ground, tool)
      sockets.close(stream)
      console.detail("\(pump.sent) bytes sent, \(pump.received) received")
      if !isWhole { throw ExitCode.failure }
    } while keep
  }

  /// False: it was interrupted.
  private func connect(
    _ d: Descriptor, to peer: SocketAddress, on ground: some SocketGround, _ tool: ToolLoop
  ) throws(SocketError) -> Bool {
    do throws(SocketError) { try ground.sockets.connect(d, to: peer) } catch .inProgress {}
    while !tool.isInterrupted {
      while ground.sockets.nextEvent() != nil {}
      let ready = ground.sockets.readiness(d)
      if ready.contains(.failed) { throw ground.sockets.takeError(d) ?? .connectionRefused }
      if ready.contains(.writable) { return true }
      ground.turn(until: .never)
    }
    return false
  }

  /// The next peer; nil: it was interrupted.
  private func accept(
    _ d: Descriptor, on ground: some SocketGround, _ tool: ToolLoop, _ console: Console
  ) throws(SocketError) -> Descriptor? {
    while !tool.isInterrupted {
      do throws(SocketError) {
        let (stream, peer) = try ground.sockets.accept(d)
        console.detail("from \(peer)")
        // One peer at a time: the next one waits in the listener, or is refused.
        if !keep { ground.sockets.close(d) }
        return stream
      } catch .wouldBlock {
        while ground.sockets.nextEvent() != nil {}
        ground.turn(until: .never)
      }
    }
    return nil
  }
}
