import ArgumentParser
import Glibc
import StrataFiles
import StrataKernel
import StrataLoop
import StrataRecording
import StrataService
import StrataSockets

/// `strata serve`: a folder over HTTP, through our own stack on a simulated cable, or on the kernel's.
struct Serve: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve a folder over HTTP.",
    discussion: """
      On the cable, the default, a local port is forwarded into a small world: a client host, a cable and \
      a server host. Every byte goes through ARP, IP, TCP and HTTP of Strata at both ends, without root.
      """)

  @Argument(help: "The folder.") var folder = "."

  @Option(
    help: ArgumentHelp(
      "What is underneath: cable, kernel, tap:NAME, tun:NAME or packet:LINK.", valueName: "ground"),
    transform: Ground.parse)
  var on = Ground.cable

  @Option(
    help: ArgumentHelp(
      "Where to listen. Default: 127.0.0.1:8080, or the next free port.", valueName: "host:port"),
    transform: ListenAddress.parse)
  var listen: ListenAddress?

  @OptionGroup(title: "Device") var device: DeviceOptions

  @Option(help: ArgumentHelp("On a device: the port to listen on.", valueName: "number")) var port: UInt16 =
    80

  @OptionGroup(title: "Cable") var cable: CableOptions

  @Option(help: ArgumentHelp("Write the frames at the client's end to a pcapng file.", valueName: "file"))
  var pcap: String?

  @Option(help: ArgumentHelp("Keep the run in a file for `strata replay`.", valueName: "file"))
  var record: String?

  @Option(
    help: ArgumentHelp("How fast the cable's clock runs: real, free or 1:N.", valueName: "pace"),
    transform: Pace.parse)
  var pace = Pace.real

  @Option(
    help: ArgumentHelp(
      "On the kernel: how many loops, each with a thread and a listener, or auto: one a core.",
      valueName: "count"), transform: LoopCount.parse)
  var loops = LoopCount(1)

  @Option(
    help: ArgumentHelp(
      "On the kernel: a line for each request, in the Combined format; - is standard output.",
      valueName: "file"))
  var accessLog: String?

  @Flag(name: .shortAndLong, help: "Print only the address.") var quiet = false
  @Flag(name: .shortAndLong, help: "Print also what happens to each connection.") var verbose = false
  @Flag(help: "Plain text, also on a terminal.") var noColor = false

  func validate() throws {
    if on == .kernel, pcap != nil || record != nil {
      throw ValidationError("--pcap and --record need our own stack: leave out --on kernel")
    }
    try device.check(on)
    if case .device = on, listen != nil || record != nil {
      throw ValidationError("--listen and --record are for the cable: on a device there is --port")
    }
    if on != .kernel, loops.count != 1 || accessLog != nil {
      throw ValidationError("--loops and --access-log are for --on kernel: add that")
    }
  }

  func run() throws {
    try on.check()
    let store: FolderStore
    do { store = try FolderStore(path: folder) } catch {
      throw CommandFailure.usage("cannot serve \(folder): \(error)")
    }
    do {
      let loop = try Loop()
      let console = Console(isQuiet: quiet, isVerbose: verbose)
      let interrupt = try Interrupt(loop)
      switch on {
      case .kernel: try serveOnKernel(store, loop, interrupt, console)
      case .device(let kind, let name):
        try serveOnDevice(try DeviceGround(kind, name, device, loop), store, loop, interrupt, console)
      case .cable, .planned: try serveOnCable(store, loop, interrupt, console)
      }
    } catch let error as LoopError {
      throw CommandFailure.failed("\(error)")
    } catch let error as RecordingError {
      throw CommandFailure.failed("\(error)")
    }
  }

  private func serveOnCable(
    _ store: FolderStore, _ loop: Loop, _ interrupt: Interrupt, _ console: Console
  ) throws {
    let scene = Scene(
      build: Version.text, seed: cable.seed, epoch: loop.wallTime, folder: folder, cable: cable.settings)
    let recorder = try record.map { path throws(RecordingError) in
      try RecordingWriter(path: path, scene: scene)
    }
    // Another type, so that a run that is not recorded pays nothing for it.
    if let recorder {
      let world = CableWorld(scene, store: RecordedStore(store, writer: recorder))
      var serving = try CableServing(self, store, world, scene, recorder, loop, console)
      greet(store, serving.address, console)
      try serving.run(interrupt)
    } else {
      var serving = try CableServing(
        self, store, CableWorld(scene, store: store), scene, nil, loop, console)
      greet(store, serving.address, console)
      try serving.run(interrupt)
    }
  }

  private func serveOnDevice(
    _ ground: DeviceGround, _ store: FolderStore, _ loop: Loop, _ interrupt: Interrupt, _ console: Console
  ) throws {
    let capture = try pcap.map { path throws(RecordingError) in
      try DeviceCapture(path: path, of: ground.host.kind, ground.host.link, at: loop.now)
    }
    ground.host.observer = capture
    var serving = try DeviceServing.open(ground, port: port, store, loop, interrupt.ending, console)
    greet(store, SocketAddress(address: device.addresses[0].address, port: port), console)
    try serving.run()
    ground.settle()
    try capture?.close()
  }

  private func serveOnKernel(
    _ store: FolderStore, _ loop: Loop, _ interrupt: Interrupt, _ console: Console
  ) throws {
    KernelServing.raiseDescriptorLimit()
    var settings = KernelServing.Settings(
      folder: folder, address: listen, sharesPort: loops.count > 1, accessLog: accessLog)
    var serving = try KernelServing.open(settings, store, loop, interrupt.ending, console)
    settings.address = ListenAddress(serving.address)
    let threads = try (1..<loops.count).map { _ in
      try ServingThread { [settings, ending = interrupt.ending, quiet, verbose] in
        Self.serve(settings, ending, Console(isQuiet: quiet, isVerbose: verbose))
      }
    }
    greet(store, serving.address, console)
    try serving.run()
    for thread in threads { thread.join() }
  }

  /// One more loop, on the thread that calls this.
  private static func serve(_ settings: KernelServing.Settings, _ ending: Ending, _ console: Console) {
    do {
      let store = try FolderStore(path: settings.folder)
      var serving = try KernelServing.open(settings, store, try Loop(), ending, console)
      try serving.run()
    } catch {
      Console.complain("a loop less than asked for: \(error)")
    }
  }

  /// The first screen.
  private func greet(_ store: FolderStore, _ address: SocketAddress, _ console: Console) {
    console.say("Serving \(folder) (\(store.summary()))")
    console.result("  open   http://\(address)/")
    switch on {
    case .cable:
      let near = "your browser ─ kernel ─ client 10.0.0.1"
      console.say("\(near) ══ cable, \(cable.description) ══ 10.0.0.2:80 server ─ \(folder)")
      let indent = String(repeating: " ", count: near.count - "client 10.0.0.1".count + 8)
      console.say("\(indent)└ ARP, IP, TCP, HTTP: Strata at both ends, no root ┘")
      console.say("try: curl http://\(address)/      make it lose: --loss 1%      stop: Ctrl-C")
    case .device(_, let name):
      let own = device.addresses.map { "\($0)" }.joined(separator: ", ")
      console.say("your browser ─ kernel ─ \(name) ─ \(own) server ─ \(folder)")
      console.say("try: curl http://\(address)/      stop: Ctrl-C")
    case .planned: break
    case .kernel:
      console.say("your browser ─ kernel ─ HTTP server ─ \(folder)")
      console.say("try: curl http://\(address)/      through our own TCP: --on cable      stop: Ctrl-C")
    }
  }
}

/// A local address to listen on: `127.0.0.1:8080`, `[::1]:8080` or `localhost:8080`.
struct ListenAddress: Quantity {
  static let form = "write an address and a port, like 127.0.0.1:8080 or [::1]:8080"
  let address: SocketAddress

  init?(argument: String) {
    let text = argument.hasPrefix("localhost:") ? "127.0.0.1" + argument.dropFirst(9) : argument
    guard let address = SocketAddress(text) else { return nil }
    self.address = address
  }
  init(_ address: SocketAddress) { self.address = address }
}
