import ArgumentParser
import Glibc
import StrataBase
import StrataFiles
import StrataLoop
import StrataService
import StrataSockets

/// `strata get URL`: fetches one file over HTTP, through our own stack or on the kernel's.
struct Get: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Fetch a file over HTTP.",
    discussion: """
      On the cable, the default, the request is made by a client host in a small world and crosses a \
      simulated cable; from the cable's other end the kernel carries it to the real server.
      """)

  @Argument(help: "The URL, with http.", transform: URLArgument.parse) var url: URLArgument

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write to this file, - for standard output.", valueName: "file"))
  var output: String?

  @Option(
    help: ArgumentHelp("What is underneath: cable or kernel.", valueName: "ground"), transform: Ground.parse)
  var on = Ground.cable

  @OptionGroup(title: "Cable") var cable: CableOptions

  @Flag(name: .shortAndLong, help: "Print only errors.") var quiet = false

  func run() throws {
    try on.check()
    let target = try Resolver.address(of: url.web)
    let path = output ?? url.web.fileName ?? "-"
    if path == "-" {
      try fetch(from: target, into: DescriptorSink.standardOutput)
    } else {
      try fetch(from: target, into: FileSink(path: path))
    }
  }

  private func fetch<S: Sink>(from target: SocketAddress, into sink: S) throws {
    let ended: Download<S>
    do {
      let loop = try Loop()
      switch on {
      case .kernel: ended = KernelFetching(loop).run(Download(url.web, at: target, into: sink))
      case .cable, .planned:
        let inside = Download(url.web, at: CableFetching<S>.server, into: sink)
        var fetching = CableFetching(cable, inside, to: target, loop)
        ended = fetching.run()
        if fetching.wasRefused { throw CommandFailure.failed("\(url.web): \(SocketError.connectionRefused)") }
      }
    } catch let error as LoopError { throw CommandFailure.failed("\(error)") }
    if case .failed(let error) = ended.state { throw CommandFailure.failed("\(url.web): \(error)") }
    let span = ended.ended - ended.started
    let size = ByteCount(ended.received)
    Console(isQuiet: quiet).say("\(url.web)  \(ended.response?.status.code ?? 0)  \(size) in \(span)")
  }
}

/// A URL on the command line.
struct URLArgument: Quantity {
  static let form = "write a URL like http://127.0.0.1:8080/file; https is not there yet"
  let web: WebAddress
  init?(argument: String) {
    guard let web = WebAddress(argument) else { return nil }
    self.web = web
  }
}
