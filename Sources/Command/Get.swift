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
    help: ArgumentHelp("What is underneath: cable, kernel, tap:NAME, tun:NAME or packet:LINK.", valueName: "ground"), transform: Ground.parse)
  var on = Ground.cable

  @Flag(help: "Go on with a part that an earlier attempt left, if the server still has the same content.")
  var resume = false

  @Option(
    help: ArgumentHelp("Take at most so much a second, like 10Mbit.", valueName: "rate"),
    transform: BitRate.parse)
  var rateLimit: BitRate?

  @OptionGroup(title: "Device") var device: DeviceOptions
  @OptionGroup(title: "Cable") var cable: CableOptions

  @Flag(name: .shortAndLong, help: "Print only errors.") var quiet = false

  func validate() throws { try device.check(on) }

  func run() throws {
    try on.check()
    let target = try Resolver.address(of: url.web)
    let path = output ?? url.web.fileName ?? "-"
    if path == "-" {
      try fetch(from: target, into: DescriptorSink.standardOutput)
    } else {
      let sink = FileSink(path: path, resumes: resume)
      // Without a strong tag nobody knows whether the server still has what the part began with.
      let part = sink.partTag.map { Part(offset: sink.partSize, tag: $0) }
      try fetch(from: target, into: sink, after: part)
    }
  }

  /// What an earlier attempt left.
  private struct Part {
    let offset: UInt64
    let tag: String
  }

  private func fetch<S: Sink>(from target: SocketAddress, into sink: S, after part: Part? = nil) throws {
    var ended = try run(from: target, into: sink, after: part)
    // The part is as long as all of it, or longer: it is none of this content.
    if part != nil, case .failed(.status(416)) = ended.state { ended = try run(from: target, into: sink) }
    if case .failed(let error) = ended.state { throw CommandFailure.failed("\(url.web): \(error)") }
    if ended.receivedFrom > 0 {
      Console(isQuiet: quiet).say("went on behind \(ByteCount(ended.receivedFrom)) of an earlier attempt")
    }
    let span = ended.ended - ended.started
    let size = ByteCount(ended.received)
    Console(isQuiet: quiet).say("\(url.web)  \(ended.response?.status.code ?? 0)  \(size) in \(span)")
  }

  private func run<S: Sink>(
    from target: SocketAddress, into sink: S, after part: Part? = nil
  ) throws -> Download<S> {
    do {
      let loop = try Loop()
      let progress = ProgressLine(isShown: !quiet)
      var download = Download(url.web, at: on == .cable ? CableFetching<S>.server : target, into: sink)
      download.offset = part?.offset ?? 0
      download.partTag = part?.tag
      download.rateLimit = rateLimit.map { max(1, $0.bitsPerSecond / 8) }
      switch on {
      case .kernel: return try Fetching(ground: KernelGround(loop)).run(download, progress)
      case .device(let kind, let name):
        let ground = try DeviceGround(kind, name, device, loop)
        return try Fetching(ground: ground).run(download, progress)
      case .cable, .planned:
        var fetching = CableFetching(cable, download, to: target, loop)
        let ended = fetching.run(progress)
        if fetching.wasRefused { throw SocketError.connectionRefused }
        return ended
      }
    } catch let failure as CommandFailure {
      throw failure
    } catch {
      throw CommandFailure.failed("\(url.web): \(error)")
    }
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
