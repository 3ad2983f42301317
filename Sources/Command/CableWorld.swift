import StrataBase
import StrataFiles
import StrataLink
import StrataRecording
import StrataService
import StrataSimulator
import StrataSockets
import StrataWire

/// The world of `strata serve`: a client host and a server host on one cable. Everything in it follows
/// from its scene, its store and the messages that it is given.
///
/// ```swift
/// let cable = CableWorld(scene, store: try FolderStore(path: "."))
/// cable.world.advance(to: now)
/// cable.receive(message)                       // from the gateway outside
/// cable.takeOutput { gateway.receive($0, kernel) }
/// ```
struct CableWorld<S: Store> {
  let world: World
  let client: WorldHost
  let server: WorldHost
  let cable: Int
  private let forwarder: ProgramReference<Forwarder>
  private let site: ProgramReference<FileServer<S>>

  init(_ scene: Scene, store: S) {
    world = World(seed: scene.seed)
    client = world.host("client", AddressPrefix("10.0.0.1/24")!)
    server = world.host("server", AddressPrefix("10.0.0.2/24")!)
    cable = world.cable(client, server, scene.cable)
    site = world.run(
      FileServer(
        store: store, address: SocketAddress("10.0.0.2:80")!, clock: WallClock(secondsAtStart: scene.epoch)),
      on: server)
    forwarder = world.run(Forwarder(target: SocketAddress("10.0.0.2:80")!), on: client)
  }

  /// A message from the gateway outside enters at the world's present instant.
  func receive(_ message: RawSpan) { world.input(message, to: forwarder) }

  /// Hands over what the world has for the gateway.
  func takeOutput(_ body: (RawSpan) -> Void) { world.take(from: forwarder) { $0.takeOutput(body) } }

  /// Accepts no more; requests under way finish.
  func stop() { world.withProgram(site) { $0.stop(site.sockets) } }

  /// The next request that is over.
  func nextRecord() -> RequestRecord? { world.take(from: site) { $0.nextRecord() } }
}
