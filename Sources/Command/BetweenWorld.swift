import StrataBase
import StrataLink
import StrataRecording
import StrataService
import StrataSimulator
import StrataSockets
import StrataWire

/// The world of `strata between`: a client host and a server host on one cable, each with a program that
/// leads outside, and the faults at byte offsets where bytes come out.
///
/// ```swift
/// let between = BetweenWorld(scene, faults)
/// between.world.advance(to: now)
/// if between.receive(message, from: .near) { recorder.message(message, at: between.world.now) }
/// between.takeOutput { side, message in ... }
/// ```
///
/// It follows from its scene and from what `put` was given; a replay gives it that again.
final class BetweenWorld {
  /// The two ends that lead outside.
  enum Side {
    /// The client's.
    case near
    /// The server's.
    case far
  }

  /// What there is to tell.
  enum News: CustomStringConvertible {
    case fault(
      at: Instant, connection: UInt32, StreamFault.Direction, offset: UInt64, StreamFault.Action)
    case over(BetweenConnection)

    var description: String {
      switch self {
      case .fault(_, let connection, let direction, let offset, let action):
        "connection \(connection): \(action) at byte \(offset) \(direction)"
      case .over(let connection): connection.description
      }
    }
  }

  let world: World
  let client: WorldHost
  let server: WorldHost
  let cable: Int
  /// Where the client's half believes the server to be.
  let address: SocketAddress
  private let forwarder: ProgramReference<Forwarder>
  private let gateway: ProgramReference<Gateway>
  private let faults: [StreamFault]

  /// Those that are not over, by number.
  private var connections: [UInt32: BetweenConnection] = [:]
  private var connectionCount: UInt32 = 0
  /// The last connection of each place of the relays, and of each port of the client's host.
  private var nearPlaces = [UInt32](repeating: 0, count: Gateway.mostFlows)
  private var farPlaces = [UInt32](repeating: 0, count: Gateway.mostFlows)
  private var ports: [UInt16: UInt32] = [:]
  /// Connections with something held, in order.
  private var holding: [BetweenConnection] = []
  /// Flows whose halves in the world are to be reset, and those outside.
  private var inward: [(side: Side, flow: UInt32)] = []
  private var outward: [(side: Side, flow: UInt32)] = []
  private var news: [News] = []

  init(_ scene: Scene, _ faults: [StreamFault]) {
    self.faults = faults
    let port = scene.target.flatMap { SocketAddress($0)?.port } ?? 80
    address = SocketAddress(address: Address("10.0.0.2")!, port: port)
    world = World(seed: scene.seed)
    client = world.host("client", AddressPrefix("10.0.0.1/24")!)
    server = world.host("server", AddressPrefix("10.0.0.2/24")!)
    cable = world.cable(client, server, scene.cable)
    gateway = world.run(Gateway(address: address), on: server)
    forwarder = world.run(Forwarder(target: address), on: client)
  }

  // MARK: in

  /// A message from outside. False: a fault keeps it from the world, and it is not to be recorded.
  func receive(_ bytes: RawSpan, from side: Side) -> Bool {
    guard let message = RelayMessage(bytes) else { return false }
    if let connection = find(message, side), connection.isSevered {
      leave(connection, message.kind, side)
      return false
    }
    put(bytes, from: side)
    return true
  }

  /// A message enters the world at its present instant.
  func put(_ bytes: RawSpan, from side: Side) {
    guard let message = RelayMessage(bytes) else { return }
    if side == .near, message.kind == .opened {
      begin(message.flow, message.slot)
      world.input(bytes, to: forwarder)
      if let port = world.program(forwarder).port(of: message.flow) { ports[port] = connectionCount }
      return
    }
    if let connection = find(message, side) {
      switch message.kind {
      case .reset: connection.ending = connection.ending ?? (side == .near ? .resetByClient : .resetByServer)
      case .refused:
        connection.ending = connection.ending ?? .refused
        // What was handed out waited for a connection in vain.
        connection.up.delivered = 0
      default: break
      }
      // One that never got to the server has nobody else to tell.
      if message.kind == .reset, connection.farFlow == nil { finish(connection, .lost) }
      if message.kind == .reset, connection.ending == .reset {
        if side == .near { connection.isNearGone = true } else { connection.isFarGone = true }
        // From now on the halves in the world have nothing more to say about it.
        if connection.isNearGone && connection.isFarGone { connections[connection.number] = nil }
      }
    }
    if side == .near { world.input(bytes, to: forwarder) } else { world.input(bytes, to: gateway) }
  }

  /// Ends the halves in the world whose connections a fault has ended; each message of this kind is handed
  /// over to be recorded.
  func endSevered(_ record: (RawSpan, Side) -> Void) {
    for (side, flow) in inward {
      let message = RelayMessage.bytes(.reset, flow)
      put(message.span.bytes, from: side)
      record(message.span.bytes, side)
    }
    inward.removeAll()
  }

  private func begin(_ flow: UInt32, _ place: Int) {
    connectionCount += 1
    nearPlaces[place] = connectionCount
    connections[connectionCount] = BetweenConnection(
      number: connectionCount, flow: flow, began: world.now, faults: faults, seed: world.seed)
  }

  private func find(_ message: borrowing RelayMessage, _ side: Side) -> BetweenConnection? {
    let number = side == .near ? nearPlaces[message.slot] : farPlaces[message.slot]
    guard let connection = connections[number] else { return nil }
    return (side == .near ? connection.nearFlow : connection.farFlow) == message.flow ? connection : nil
  }

  /// What happens outside to a connection that is severed. One that was cut is over when both ends have
  /// gone.
  private func leave(_ connection: BetweenConnection, _ kind: RelayMessage.Kind, _ side: Side) {
    guard connection.ending == .cut, [.ended, .reset, .refused].contains(kind) else { return }
    if side == .near { connection.isNearGone = true } else { connection.isFarGone = true }
    if connection.isNearGone && connection.isFarGone { release(connection) }
  }

  private func release(_ connection: BetweenConnection) {
    outward.append((.near, connection.nearFlow))
    inward.append((.near, connection.nearFlow))
    if let flow = connection.farFlow {
      outward.append((.far, flow))
      inward.append((.far, flow))
    }
    finish(connection, .cut)
  }

  /// Gives up the connections that were cut: their ends would wait for ever.
  func releaseCut() {
    for number in connections.keys.sorted() {
      if let connection = connections[number], connection.ending == .cut { release(connection) }
    }
  }

  // MARK: out

  /// Hands over what the world has for the outside, faults applied.
  func takeOutput(_ emit: (Side, RawSpan) -> Void) {
    for (side, flow) in outward { emit(side, RelayMessage.bytes(.reset, flow).span.bytes) }
    outward.removeAll()
    world.take(from: forwarder) { $0.takeOutput { pass($0, to: .near, emit) } }
    world.take(from: gateway) { $0.takeOutput { pass($0, to: .far, emit) } }
    while let at = holding.firstIndex(where: { deadline(of: $0) <= world.now }) {
      goOn(holding.remove(at: at), emit)
    }
  }

  /// When the next hold ends.
  var nextDeadline: Instant { holding.reduce(.never) { min($0, deadline(of: $1)) } }

  private func deadline(of connection: BetweenConnection) -> Instant {
    min(connection.up.heldUntil ?? .never, connection.down.heldUntil ?? .never)
  }

  private func pass(_ bytes: RawSpan, to side: Side, _ emit: (Side, RawSpan) -> Void) {
    guard let message = RelayMessage(bytes) else { return }
    if side == .far, message.kind == .opened {
      return arrive(bytes, message.flow, message.slot, message.port, emit)
    }
    guard let connection = find(message, side) else { return emit(side, bytes) }
    if connection.isSevered { return }
    let direction = side == .near ? StreamFault.Direction.down : .up
    switch message.kind {
    case .bytes, .ended:
      if connection[direction].heldUntil != nil {
        connection[direction].held.append(bytes.array)
      } else if message.kind == .bytes {
        deliver(bytes, message.content, of: connection, direction, emit)
      } else {
        emit(side, bytes)
        connection[direction].hasEnded = true
        if connection[direction.opposite].hasEnded { finish(connection, .closed) }
      }
    case .reset, .refused:
      emit(side, bytes)
      finish(connection, .lost)
    case .opened, .took, .broken: emit(side, bytes)
    }
  }

  /// A connection got to the server's host.
  private func arrive(
    _ bytes: RawSpan, _ flow: UInt32, _ place: Int, _ port: UInt16, _ emit: (Side, RawSpan) -> Void
  ) {
    emit(.far, bytes)
    guard let number = ports[port], let connection = connections[number] else { return }
    farPlaces[place] = number
    connection.farFlow = flow
    for direction in [StreamFault.Direction.up, .down] { strike(connection, direction, emit) }
  }

  /// Hands bytes out up to the next fault.
  private func deliver(
    _ message: RawSpan, _ content: RawSpan, of connection: BetweenConnection,
    _ direction: StreamFault.Direction,
    _ emit: (Side, RawSpan) -> Void
  ) {
    let side = direction == .up ? Side.far : .near
    let flow = direction == .up ? connection.farFlow! : connection.nearFlow
    var rest = content
    strike(connection, direction, emit)
    while rest.byteCount > 0, !connection.isSevered {
      let next = connection[direction].plan.first
      let room = next.map { $0.offset - connection[direction].delivered } ?? .max
      if room == 0, case .hold(let span)? = next?.action {
        connection[direction].plan.removeFirst()
        tell(next!, connection, direction)
        connection[direction].heldUntil = world.now + span
        connection[direction].held = [RelayMessage.bytes(.bytes, flow) + rest.array]
        holding.append(connection)
        return
      }
      let count = Int(min(room, UInt64(rest.byteCount)))
      if count == content.byteCount {
        emit(side, message)
      } else {
        emit(side, (RelayMessage.bytes(.bytes, flow) + rest.extracting(first: count).array).span.bytes)
      }
      connection[direction].delivered += UInt64(count)
      rest = rest.extracting(droppingFirst: count)
      strike(connection, direction, emit)
    }
  }

  /// A cut or a reset comes as soon as the last byte in front of it is out.
  private func strike(
    _ connection: BetweenConnection, _ direction: StreamFault.Direction, _ emit: (Side, RawSpan) -> Void
  ) {
    guard let next = connection[direction].plan.first, next.offset == connection[direction].delivered,
      !connection.isSevered, let farFlow = connection.farFlow
    else { return }
    switch next.action {
    case .hold: return
    case .cut:
      tell(next, connection, direction)
      connection.end(.cut, at: world.now)
    case .reset:
      tell(next, connection, direction)
      // The side that gets the bytes has all of them before it is reset.
      emit(.near, RelayMessage.bytes(direction == .up ? .reset : .broken, connection.nearFlow).span.bytes)
      emit(.far, RelayMessage.bytes(direction == .up ? .broken : .reset, farFlow).span.bytes)
      inward += [(.near, connection.nearFlow), (.far, farFlow)]
      connection.end(.reset, at: world.now)
      holding.removeAll { $0 === connection }
      news.append(.over(connection))
    }
  }

  /// A hold is over: what waited goes on, up to the next fault.
  private func goOn(_ connection: BetweenConnection, _ emit: (Side, RawSpan) -> Void) {
    for direction in [StreamFault.Direction.up, .down] {
      guard let end = connection[direction].heldUntil, end <= world.now else { continue }
      let held = connection[direction].held
      connection[direction].heldUntil = nil
      connection[direction].held = []
      for message in held { pass(message.span.bytes, to: direction == .up ? .far : .near, emit) }
    }
    if deadline(of: connection) != .never, !holding.contains(where: { $0 === connection }) {
      holding.append(connection)
    }
  }

  // MARK: news

  private func tell(
    _ fault: BetweenConnection.Planned, _ connection: BetweenConnection,
    _ direction: StreamFault.Direction
  ) {
    news.append(
      .fault(
        at: world.now, connection: connection.number, direction, offset: fault.offset, fault.action))
  }

  private func finish(
    _ connection: BetweenConnection, _ ending: BetweenConnection.Ending
  ) {
    connection.end(ending, at: world.now)
    holding.removeAll { $0 === connection }
    guard connections.removeValue(forKey: connection.number) != nil else { return }
    news.append(.over(connection))
  }

  var hasNews: Bool { !news.isEmpty }

  /// What happened since it was asked last, in order.
  func takeNews() -> [News] {
    defer { news = [] }
    return news
  }

  /// Connections that are not over, in order.
  var open: [BetweenConnection] { connections.keys.sorted().compactMap { connections[$0] } }
}
