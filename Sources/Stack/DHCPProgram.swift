import StrataBase
import StrataInternet
import StrataSockets
import StrataWire

/// Gets an interface of a host its address by DHCP, and keeps it. The interface may have none before:
/// attach it with 0.0.0.0/0.
///
/// ```swift
/// let program = DHCPProgram(interface: 0, hardware: mine, random: Random(seed: 1))
/// let reference = world.run(program, on: node)
/// try world.run(for: .seconds(10))
/// print(world.program(reference).lease?.address ?? "no address yet")
/// ```
public struct DHCPProgram: Program {
  public let interface: Int
  private let hardware: HardwareAddress
  private let random: Random
  private var client: DHCPClient?
  private var socket: Descriptor?
  private var configured: DHCPLease?

  public init(interface: Int, hardware: HardwareAddress, random: Random) {
    self.interface = interface
    self.hardware = hardware
    self.random = random
  }

  /// What holds now.
  public var lease: DHCPLease? { client?.lease }
  public var state: DHCPClient.State? { client?.state }
  public var nextDeadline: Instant { client?.nextDeadline ?? .never }

  public mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let socket = try sockets.socket(.datagram)
      try sockets.setOption(socket, .broadcast(true))
      try sockets.bind(socket, to: SocketAddress(address: .anyV4, port: DHCPHeader.clientPort))
      if let table = sockets as? SocketTable { try table.setOutlet(socket, interface) }
      self.socket = socket
    } catch {
      // Without its port it has nothing to do: somebody else configures this host.
      return
    }
    client = DHCPClient(hardware: hardware, random: random, at: sockets.now)
    transmit(sockets)
  }

  public mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    var bytes = [UInt8](repeating: 0, count: 1_500)
    guard event.descriptor == socket else { return }
    while true {
      var span = bytes.mutableSpan
      var target = span.mutableBytes
      guard let got = try? sockets.receive(event.descriptor, into: &target) else { break }
      if got.from.port == DHCPHeader.serverPort {
        client?.receive(target.bytes.extracting(first: got.count), at: sockets.now)
      }
    }
    configure(sockets)
    transmit(sockets)
  }

  public mutating func expire(_ sockets: some SocketCalls) {
    client?.expire(at: sockets.now)
    configure(sockets)
    transmit(sockets)
  }

  private mutating func transmit(_ sockets: some SocketCalls) {
    var bytes = [UInt8](repeating: 0, count: DHCPHeader.smallestLimit)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    guard let socket, let message = client?.nextMessage(into: &out) else { return }
    let server = SocketAddress(address: message.to, port: DHCPHeader.serverPort)
    // What cannot be sent is sent again when its time is over, as if it had been lost.
    try? sockets.send(socket, out.bytes.extracting(first: message.count), to: server)
  }

  /// Gives the interface what the lease says, when that changed.
  private mutating func configure(_ sockets: some SocketCalls) {
    guard let table = sockets as? SocketTable, !table.open.pointee.isStopped,
      lease?.address != configured?.address || lease?.routes != configured?.routes
    else { return }
    configured = lease
    let internet = table.layers
    let none = AddressPrefix(.anyV4, length: 0)
    internet.pointee.internet.configure(interface, address: lease?.address ?? none)
    for route in lease?.routes ?? [] {
      let gateway = route.gateway.isUnspecified ? nil : route.gateway
      internet.pointee.internet.addRoute(to: route.network, gateway: gateway, interface: interface)
    }
  }
}
