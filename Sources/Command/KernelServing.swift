import StrataBase
import StrataFiles
import StrataKernel
import StrataLoop
import StrataService
import StrataSockets

/// Serves a folder on the operating system's sockets.
struct KernelServing {
  private let loop: Loop
  private let console: Console
  private let kernel: KernelSockets
  private var server: FileServer<FolderStore>

  init(_ command: Serve, _ store: FolderStore, _ loop: Loop, _ console: Console) throws {
    self.loop = loop
    self.console = console
    let kernel = KernelSockets(on: loop)
    let clock = WallClock(secondsAtStart: loop.wallTime)
    server = try Listening.find(command.listen) { address throws(SocketError) in
      var server = FileServer(store: store, address: address, clock: clock)
      try server.listen(kernel)
      return server
    }
    self.kernel = kernel
  }

  /// Where it can be reached.
  var address: SocketAddress { server.localAddress ?? server.address }

  /// Serves until it is interrupted; then lets what is under way finish.
  mutating func run(_ interrupt: Interrupt) {
    var isStopping = false
    while !loop.isStopped {
      while let event = kernel.nextEvent() { server.handle(event, kernel) }
      if server.nextDeadline <= loop.now { server.expire(kernel) }
      while let record = server.nextRecord() { console.say("\(record)") }
      if interrupt.isAsked, !isStopping {
        isStopping = true
        server.stop(kernel)
        console.say(
          "\nstopping: \(server.connectionCount) connections to finish; Ctrl-C again to stop at once")
      }
      if isStopping, server.connectionCount == 0, kernel.count == 0 { break }
      loop.turn(until: server.nextDeadline)
    }
  }
}
