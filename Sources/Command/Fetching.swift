import StrataFiles
import StrataService

/// Fetches on a ground's own sockets.
struct Fetching<G: SocketGround> {
  let ground: G

  /// Runs a download to its end, and gives it as it was then.
  func run<S: Sink>(_ download: Download<S>, _ progress: ProgressLine) throws(CommandFailure) -> Download<S> {
    var progress = progress
    defer { progress.clear() }
    var download = download
    let sockets = ground.sockets
    download.start(sockets)
    while !download.isOver {
      while let event = sockets.nextEvent() { download.handle(event, sockets) }
      if download.nextDeadline <= sockets.now { download.expire(sockets) }
      if let failure = ground.failure { throw failure }
      progress.draw(download, at: sockets.now)
      if !download.isOver { ground.turn(until: min(download.nextDeadline, progress.deadline)) }
    }
    ground.settle()
    return download
  }
}
