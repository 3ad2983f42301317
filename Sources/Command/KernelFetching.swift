import StrataFiles
import StrataKernel
import StrataLoop
import StrataService

/// Fetches on the operating system's sockets.
struct KernelFetching {
  private let loop: Loop
  private let kernel: KernelSockets

  init(_ loop: Loop) {
    self.loop = loop
    kernel = KernelSockets(on: loop)
  }

  /// Runs a download to its end, and gives it as it was then.
  func run<S: Sink>(_ download: Download<S>, _ progress: ProgressLine) -> Download<S> {
    var progress = progress
    var download = download
    download.start(kernel)
    while !download.isOver {
      while let event = kernel.nextEvent() { download.handle(event, kernel) }
      if download.nextDeadline <= loop.now { download.expire(kernel) }
      progress.draw(download, at: loop.now)
      if !download.isOver { loop.turn(until: min(download.nextDeadline, progress.deadline)) }
    }
    progress.clear()
    return download
  }
}
