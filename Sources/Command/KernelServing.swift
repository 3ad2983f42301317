import Glibc
import StrataFiles
import StrataKernel
import StrataLoop
import StrataService
import StrataSockets

/// Serving on the operating system's sockets: one loop, with a listener and a server of its own. Several of
/// them share a port and nothing else.
enum KernelServing {
  /// What all loops of a command are told.
  struct Settings: Sendable {
    var folder: String
    var address: ListenAddress?
    var sharesPort = false
    var accessLog: String?
  }

  /// Bytes that the system keeps unsent for one connection at most: a thousand slow readers are 256 MB.
  static var unsentLimit: Int { 262_144 }
  /// Connections of one loop at a time.
  static var mostConnections: Int { 16_384 }

  /// A server that listens.
  static func open(
    _ settings: Settings, _ store: FolderStore, _ loop: Loop, _ ending: Ending, _ console: Console
  ) throws -> FileServing<KernelGround> {
    let kernel = KernelSockets(
      on: loop, unsentLimit: unsentLimit, sharesPorts: settings.sharesPort, readsByEvents: true)
    let clock = WallClock(secondsAtStart: loop.wallTime)
    var limits = ServerLimits()
    limits.connections = mostConnections
    let codings = Codings.system
    var server = try Listening.find(settings.address) { address throws(SocketError) in
      var server = FileServer(store: store, address: address, clock: clock, limits: limits, codings: codings)
      try server.listen(kernel)
      return server
    }
    let log = try settings.accessLog.map { try AccessLog(path: $0, clock: clock) }
    server.recordsClients = log != nil
    return FileServing(server, on: KernelGround(kernel), log: log, loop, ending, console)
  }

  /// Lets the process have as many descriptors as the system allows it: 1,024 are the usual default.
  static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = min(limit.rlim_max, rlim_t(mostConnections) + 1_024)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
