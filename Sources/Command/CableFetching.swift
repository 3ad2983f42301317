import StrataBase
import StrataFiles
import StrataKernel
import StrataLoop
import StrataService
import StrataSimulator
import StrataSockets
import StrataWire

/// Fetches through a simulated cable: the client is a host in a world, and the far end of the cable
/// carries what comes to the real server.
struct CableFetching<S: Sink> {
  /// Where the client believes the server to be.
  static var server: SocketAddress { SocketAddress("10.0.0.2:80")! }

  private let loop: Loop
  private let kernel: KernelSockets
  private let world: World
  private let download: ProgramReference<Download<S>>
  private let gateway: ProgramReference<Gateway>
  private var forwarder: Forwarder
  /// Nobody listens where the cable's far end carries to. Inside the world that is a reset.
  private(set) var wasRefused = false

  init(_ cable: CableOptions, _ download: Download<S>, to target: SocketAddress, _ loop: Loop) {
    self.loop = loop
    kernel = KernelSockets(on: loop)
    forwarder = Forwarder(target: target)
    world = World(seed: cable.seed)
    let client = world.host("client", AddressPrefix("10.0.0.1/24")!)
    let far = world.host("server", AddressPrefix("10.0.0.2/24")!)
    world.cable(client, far, cable.settings)
    gateway = world.run(Gateway(address: Self.server), on: far)
    self.download = world.run(download, on: client)
  }

  /// Runs the download to its end, and gives it as it was then.
  mutating func run(_ progress: ProgressLine) -> Download<S> {
    var progress = progress
    defer { progress.clear() }
    while !world.program(download).isOver {
      world.advance(to: loop.now)
      carry()
      if world.program(download).isOver { break }
      progress.draw(world.program(download), at: loop.now)
      loop.turn(until: min(world.nextDeadline, progress.deadline))
    }
    return world.program(download)
  }

  /// Takes what came up on either side to the other.
  private mutating func carry() {
    while let event = kernel.nextEvent() { forwarder.handle(event, kernel) }
    world.take(from: gateway) { gateway in
      gateway.takeOutput { forwarder.receive($0, kernel) }
    }
    forwarder.takeOutput { message in
      if RelayMessage(message)?.kind == .refused { wasRefused = true }
      world.input(message, to: gateway)
    }
  }
}
