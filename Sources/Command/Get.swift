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
    help: ArgumentHelp(
      "What is underneath: cable, kernel, tap:NAME, tun:NAME or packet:LINK.", valueName: "ground"),
    transform: Ground.parse)
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
    let path = output ?? url.web.fileName ?? "-"
    if path == "-" {
      try fetch(into: DescriptorSink.standardOutput)
    } else {
      let sink = FileSink(path: path, resumes: resume)
      // Without a strong tag nobody knows whether the server still has what the part began with.
      let part = sink.partTag.map { Part(offset: sink.partSize, tag: $0) }
      try fetch(into: sink, after: part)
    }
  }

  /// What an earlier attempt left.
  private struct Part {
    let offset: UInt64
    let tag: String
  }

  /// Redirects that are followed, one after the other.
  private static var mostRedirects: Int { 10 }

  private func fetch<S: Sink>(into sink: S, after part: Part? = nil) throws {
    let console = Console(isQuiet: quiet)
    var ended = try run(url.web, into: sink, after: part)
    var redirects = 0
    while let place = ended.redirection {
      redirects += 1
      if redirects > Self.mostRedirects { throw CommandFailure.failed("\(url.web): redirects without end") }
      console.say("\(ended.url)  \(ended.response?.status.code ?? 0)  to \(place)")
      ended = try run(place, into: sink, after: part)
    }
    // The part is as long as all of it, or longer: it is none of this content.
    if part != nil, case .failed(.status(416)) = ended.state { ended = try run(ended.url, into: sink) }
    if case .failed(let error) = ended.state { throw CommandFailure.failed("\(ended.url): \(error)") }
    if ended.receivedFrom > 0 {
      console.say("went on behind \(ByteCount(ended.receivedFrom)) of an earlier attempt")
    }
    if let coding = ended.contentCoding {
      console.say("the server packed it although it was not asked to: unpack the file as \(coding)")
    }
    let span = ended.ended - ended.started
    let size = ByteCount(ended.received)
    console.say("\(ended.url)  \(ended.response?.status.code ?? 0)  \(size) in \(span)")
  }

  private func run<S: Sink>(
    _ place: WebAddress, into sink: S, after part: Part? = nil
  ) throws -> Download<S> {
    let target = try Resolver.address(of: place)
    do {
      let loop = try Loop()
      let progress = ProgressLine(isShown: !quiet)
      var download = Download(place, at: on == .cable ? CableFetching<S>.server : target, into: sink)
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
      throw CommandFailure.failed("\(place): \(error)")
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
