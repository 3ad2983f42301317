import StrataBase
import StrataFiles
import StrataKernel
import StrataService
import StrataSockets

/// Asks for a file itself when nobody else does, so that there is something to see.
struct Visitor {
  /// How long it waits for somebody to come.
  static let patience = Interval.seconds(5)

  let url: WebAddress
  private var download: Download<Drain>

  /// Takes bytes and lets them go.
  private struct Drain: Sink {
    mutating func begin(at offset: UInt64) {}
    mutating func write(_ bytes: RawSpan) {}
    mutating func finish() {}
    mutating func abandon() {}
  }

  /// Visits the first file of the folder, or the folder itself where it holds none.
  init?(_ store: some Store, at address: SocketAddress, _ kernel: KernelSockets) {
    var store = store
    var path = ""
    if case .folder(let folder) = store.lookUp([]), let file = folder.entries.first(where: { !$0.isFolder }) {
      path = file.name.percentEncoded
    }
    guard let url = WebAddress("http://\(address)/\(path)") else { return nil }
    self.url = url
    download = Download(url, at: address, into: Drain())
    download.start(kernel)
  }

  mutating func handle(_ event: SocketEvent, _ kernel: KernelSockets) { download.handle(event, kernel) }

  mutating func expire(_ kernel: KernelSockets) {
    if download.nextDeadline <= kernel.now { download.expire(kernel) }
  }
}
