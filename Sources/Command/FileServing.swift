import StrataBase
import StrataFiles
import StrataLoop
import StrataService
import StrataSockets

/// A file server on a ground's sockets, with a loop of its own.
struct FileServing<G: SocketGround> {
  private let ground: G
  private let loop: Loop
  private let console: Console
  private var log: AccessLog?
  private var server: FileServer<FolderStore>
  private let ending: Ending

  /// `server` listens already.
  init(
    _ server: FileServer<FolderStore>, on ground: G, log: AccessLog? = nil, _ loop: Loop, _ ending: Ending,
    _ console: Console
  ) {
    self.server = server
    self.ground = ground
    self.log = log
    self.loop = loop
    self.console = console
    self.ending = ending
    ending.join(loop.waker)
  }

  /// Where it can be reached.
  var address: SocketAddress { server.localAddress ?? server.address }

  /// Serves until it is asked to end, or the ground is of no use any more; then lets what is under way
  /// finish.
  mutating func run() throws(CommandFailure) {
    let sockets = ground.sockets
    var isStopping = false
    while !loop.isStopped {
      while let event = sockets.nextEvent() { server.handle(event, sockets) }
      if server.nextDeadline <= sockets.now { server.expire(sockets) }
      tell()
      if let failure = ground.failure { throw failure }
      if !isStopping, ending.isAsked {
        isStopping = true
        server.stop(sockets)
        let count = server.connectionCount
        console.say("\nstopping: \(count) connections to finish; Ctrl-C again to stop at once")
      }
      if isStopping, server.connectionCount == 0, ground.isSettled { break }
      ground.turn(until: server.nextDeadline)
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
}
