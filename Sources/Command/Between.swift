import ArgumentParser
import StrataLoop
import StrataRecording
import StrataSockets

/// `strata between`: a cable between a client and a server that are there already.
struct Between: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a cable between an existing client and an existing server.",
    discussion: """
      A local port is forwarded into a small world, over a cable with Strata's TCP at both ends, and from \
      there to the server. Your kernels' TCP sees stalls, not loss; for loss at their level use run.

      A fault lies at a byte of a connection's stream, up (client to server) or down:
        --fault "up at 10MiB: cut"        from there on nothing passes, in either direction
        --fault "down at 0: hold 30s"     the bytes from there on wait, once
        --fault "up at 1MiB: reset"       both ends are reset once all bytes before are there
        --fault "up at 1KiB..1MiB: cut"   the seed draws where, for each connection
        --fault "connection 2 down at 5: reset"   only the second client to come
      """)

  @Option(
    help: ArgumentHelp(
      "Where to listen. Default: 127.0.0.1:8080, or the next free port.", valueName: "host:port"),
    transform: ListenAddress.parse)
  var listen: ListenAddress?

  @Option(help: ArgumentHelp("Where the server is.", valueName: "host:port"), transform: ListenAddress.parse)
  var to: ListenAddress

  @OptionGroup(title: "Cable") var cable: CableOptions

  @Option(
    help: ArgumentHelp("What happens at a byte of a stream; may be given again.", valueName: "where: what"),
    transform: StreamFault.parse)
  var fault: [StreamFault] = []

  @Option(help: ArgumentHelp("Keep the run in a file for `strata replay`.", valueName: "file"))
  var record: String?

  @Flag(name: .shortAndLong, help: "Print only the address.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print also how many connections there are.") var verbose = false
  @Flag(help: "Plain text, also on a terminal.") var noColor = false

  func run() throws {
    do {
      let loop = try Loop()
      let interrupt = try Interrupt(loop)
      let console = Console(isQuiet: quiet, isVerbose: verbose)
      let scene = Scene(
        build: Version.text, seed: cable.seed, epoch: loop.wallTime, cable: cable.settings,
        target: "\(to.address)", faults: fault.map(\.description))
      let recorder = try record.map { path throws(RecordingError) in
        try RecordingWriter(path: path, scene: scene)
      }
      var carrier = try BetweenCarrier(
        scene, fault, to.address, listen: listen, recorder: recorder, loop)
      greet(carrier.address, console)
      try serve(&carrier, loop, interrupt, console)
    } catch let error as LoopError {
      throw CommandFailure.failed("\(error)")
    } catch let error as RecordingError {
      throw CommandFailure.failed("\(error)")
    }
  }

  private func serve(
    _ carrier: inout BetweenCarrier, _ loop: Loop, _ interrupt: Interrupt, _ console: Console
  ) throws(RecordingError) {
    var isStopping = false
    var count = 0
    while !loop.isStopped {
      carrier.turn()
      for news in carrier.between.takeNews() { console.say("\(carrier.between.world.now): \(news)") }
      if carrier.flowCount != count {
        count = carrier.flowCount
        console.detail("\(carrier.between.world.now): \(count) connections through the cable")
      }
      if interrupt.isAsked, !isStopping {
        isStopping = true
        console.say("\nstopping: \(carrier.flowCount) connections to finish; Ctrl-C again to stop at once")
        carrier.stop()
        continue
      }
      if isStopping, !carrier.isBusy { break }
      loop.turn(until: carrier.nextTurn)
    }
    for connection in carrier.between.open { console.say("\(connection)") }
    try carrier.close()
  }

  /// The first screen.
  private func greet(_ address: SocketAddress, _ console: Console) {
    console.result("  open   \(address)")
    console.say(
      "your client ─ kernel ─ 10.0.0.1 ══ cable, \(cable.description) ══ 10.0.0.2 ─ kernel ─ \(to.address)")
    for fault in fault { console.say("fault: \(fault)") }
    console.say("your kernels' TCP sees stalls, not loss      stop: Ctrl-C")
  }
}
