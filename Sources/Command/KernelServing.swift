import Glibc
import StrataBase
import StrataFiles
import StrataKernel
import StrataLoop
import StrataService
import StrataSockets

/// Serves a folder on the operating system's sockets: one loop, with a listener and a server of its own.
/// Several of them share a port and nothing else.
struct KernelServing {
  /// What all loops of a command are told.
  struct Settings: Sendable {
    var folder: String
    var address: ListenAddress?
    var sharesPort = false
    var accessLog: String?
    var isQuiet = false
  }

  /// Bytes that the system keeps unsent for one connection at most: a thousand slow readers are 256 MB.
  static var unsentLimit: Int { 262_144 }
  /// Connections of one loop at a time.
  static var mostConnections: Int { 16_384 }

  private let loop: Loop
  private let console: Console
  private let kernel: KernelSockets
  private var log: AccessLog?
  private var server: FileServer<FolderStore>
  private let ending: Ending

  init(
    _ settings: Settings, _ store: FolderStore, _ loop: Loop, _ ending: Ending, _ console: Console
  ) throws {
    self.loop = loop
    self.console = console
    self.ending = ending
    ending.join(loop.waker)
    let kernel = KernelSockets(
      on: loop, unsentLimit: Self.unsentLimit, sharesPorts: settings.sharesPort, readsByEvents: true)
    let clock = WallClock(secondsAtStart: loop.wallTime)
    var limits = ServerLimits()
    limits.connections = Self.mostConnections
    let codings = Codings.system
    server = try Listening.find(settings.address) { address throws(SocketError) in
      var server = FileServer(store: store, address: address, clock: clock, limits: limits, codings: codings)
      try server.listen(kernel)
      return server
    }
    if let path = settings.accessLog {
      log = try AccessLog(path: path, clock: clock)
      server.recordsClients = true
    }
    self.kernel = kernel
  }

  /// Where it can be reached.
  var address: SocketAddress { server.localAddress ?? server.address }

  /// Serves until it is asked to end; then lets what is under way finish.
  mutating func run() {
    var isStopping = false
    while !loop.isStopped {
      while let event = kernel.nextEvent() { server.handle(event, kernel) }
      if server.nextDeadline <= loop.now { server.expire(kernel) }
      tell()
      if !isStopping, ending.isAsked {
        isStopping = true
        server.stop(kernel)
        let count = server.connectionCount
        console.say("\nstopping: \(count) connections to finish; Ctrl-C again to stop at once")
      }
      if isStopping, server.connectionCount == 0, kernel.count == 0 { break }
      loop.turn(until: server.nextDeadline)
    }
    tell()
  }

  /// With an access log, the requests are in there.
  private mutating func tell() {
    while let record = server.nextRecord() {
      if log == nil { console.say("\(record)") } else { log?.note(record) }
    }
    log?.flush()
  }

  /// Lets the process have as many descriptors as the system allows it: 1,024 are the usual default.
  static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, rlim_t(mostConnections) + 1_024)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
