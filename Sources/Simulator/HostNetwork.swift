import StrataBase
import StrataSockets
import StrataStack
import StrataWire

/// What asynchronous code on a host of a world works with: sockets, a clock, random numbers, and the
/// names of the other hosts. It belongs to one boot of one host; when that ends, all calls that wait
/// throw `cancelled`.
///
/// ```swift
/// world.host("client") { net in
///   let socket = try await net.connect(to: "server", port: 7)
///   try await socket.write(Array("hello".utf8))
///   try await net.clock.sleep(for: .seconds(1))
/// }
/// ```
public final class HostNetwork: @unchecked Sendable {
  /// The sockets themselves, as code that runs on every ground takes them.
  public let sockets: AsyncSockets<SocketTable>
  /// The host's name.
  public let host: String
  /// How often the host was started; 1 is the first time.
  public let boot: Int
  /// The world's clock.
  public let clock: WorldClock
  /// Random numbers that depend on the world's seed, the host's name and the boot alone.
  public var random: HostRandom
  private let names: HostNames

  init(_ sockets: AsyncSockets<SocketTable>, host: String, boot: Int, random: HostRandom, names: HostNames) {
    self.sockets = sockets
    self.host = host
    self.boot = boot
    self.random = random
    self.names = names
    clock = WorldClock(sockets)
  }

  /// The socket calls below, which never wait.
  public var calls: SocketTable { sockets.calls }
  /// What runs this host's tasks: `Task(executorPreference: net.queue) { ... }`. A plain `Task { ... }`
  /// runs there too.
  public var queue: RunQueue { sockets.queue }

  /// The first address of a host of this world.
  public func address(of name: String) throws(CheckFailure) -> Address { try addresses(of: name)[0] }

  /// All addresses of a host of this world.
  public func addresses(of name: String) throws(CheckFailure) -> [Address] {
    guard let host = names[name], !host.addresses.isEmpty else {
      throw CheckFailure(
        "\(self.host) asked for the address of \(name), and no host of the world has that name")
    }
    return host.addresses.map(\.address)
  }

  /// The instant that is so long from now, for calls that wait until one.
  public func deadline(after interval: Interval) -> Instant { calls.now + interval }

  /// Opens a listening socket.
  public func listen(
    _ address: SocketAddress, backlog: Int = 128
  ) throws(SocketError) -> AsyncListener<SocketTable> {
    try sockets.listen(address, backlog: backlog)
  }

  /// Opens a listening socket for both versions of IP; port 0 takes any free one.
  public func listen(port: UInt16, backlog: Int = 128) throws(SocketError) -> AsyncListener<SocketTable> {
    try sockets.listen(SocketAddress(address: .any, port: port), backlog: backlog)
  }

  /// Connects to a peer. Until `deadline`; then it throws `timedOut`.
  nonisolated(nonsending) public func connect(
    to peer: SocketAddress, until deadline: Instant? = nil
  ) async throws(SocketError) -> AsyncStreamSocket<SocketTable> {
    try await sockets.connect(to: peer, until: deadline)
  }

  /// Connects to a host by its name. Throws `CheckFailure` for a name that no host has.
  nonisolated(nonsending) public func connect(
    to host: String, port: UInt16, until deadline: Instant? = nil
  ) async throws -> AsyncStreamSocket<SocketTable> {
    let peer = SocketAddress(address: try address(of: host), port: port)
    return try await sockets.connect(to: peer, until: deadline)
  }
}
