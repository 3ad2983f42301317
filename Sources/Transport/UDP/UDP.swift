import StrataBase
import StrataInternet
import StrataWire

/// All of a host's UDP sockets.
///
/// ```swift
/// var udp = UDP(pool: pool, random: Random(seed: 1), trace: Trace())
/// let socket = try udp.bind(SocketName(.anyV4, 53), owner: 1, internet)
/// try udp.send(socket, question.bytes, to: server, &internet, at: now)
/// udp.receive(packet, &internet, at: now)
/// while let datagram = udp.next(socket) { answer(datagram.frame.bytes, to: datagram.source) }
/// ```
public struct UDP: ~Copyable {
  private let pool: FramePool
  private let trace: Trace
  private var sockets: Slab<UDPSocket>
  private var bindings = Bindings()
  private var ports: Ports
  /// Sockets whose users are to be told something.
  private var notices = SlotQueue()
  public private(set) var counters = UDPCounters()

  /// At most `capacity` sockets. Memory is taken as they come.
  public init(pool: FramePool, random: Random, trace: Trace, capacity: Int = 16_384) {
    var random = random
    self.pool = pool
    self.trace = trace
    sockets = Slab(capacity: capacity)
    ports = Ports(random: &random)
  }

  /// Sockets that there are.
  public var count: Int { sockets.count }

  // MARK: - Opening and closing

  /// Opens a socket with a local name. An unspecified address means all of ours, port 0 any free one.
  ///
  /// Throws `addressInUse`, `addressNotAvailable`, `noPortLeft`, `tableFull`.
  public mutating func bind(
    _ name: SocketName, owner: UInt64, settings: UDPSettings = .init(), _ internet: borrowing Internet
  ) throws(TransportError) -> Handle {
    guard name.address.isUnspecified || internet.isLocal(name.address) else { throw .addressNotAvailable }
    var name = name
    if name.port == 0 {
      guard let port = ports.pick({ !bindings.contains(port: $0) }) else { throw .noPortLeft }
      name.port = port
    } else if bindings.overlaps(name) {
      throw .addressInUse
    }
    guard let handle = sockets.insert(UDPSocket(name: name, owner: owner, settings: settings)) else {
      throw .tableFull
    }
    bindings.insert(name, number: handle.index)
    return handle
  }

  /// Hears and sends to one peer only from now on; nil lets go of it. What others sent before stays.
  ///
  /// Throws `staleHandle`, `invalidArgument`, `noRoute`.
  public mutating func connect(
    _ handle: Handle, to peer: SocketName?, _ internet: borrowing Internet
  ) throws(TransportError) {
    guard let socket = sockets.pointer(handle) else { throw .staleHandle }
    if let peer {
      guard peer.port != 0, !peer.address.isUnspecified else { throw .invalidArgument }
      try route(socket, to: peer.address, internet)
    }
    socket.pointee.peer = peer
    socket.pointee.failure = nil
  }

  /// Closes a socket. Datagrams that wait are gone.
  public mutating func close(_ handle: Handle) {
    guard let socket = sockets.remove(handle) else { return }
    bindings.remove(socket.name, number: handle.index)
    notices.remove(handle.index)
  }

  // MARK: - Sending

  /// Sends one datagram, to the peer where `destination` is nil.
  ///
  /// Throws `staleHandle`, `notConnected`, `invalidArgument`, `noRoute`, `broadcastForbidden`,
  /// `messageTooLong`, `noBuffers`.
  public mutating func send(
    _ handle: Handle, _ payload: RawSpan, to destination: SocketName? = nil, _ internet: inout Internet,
    at now: Instant
  ) throws(TransportError) {
    guard let socket = sockets.pointer(handle) else { throw .staleHandle }
    guard let destination = destination ?? socket.pointee.peer else { throw .notConnected }
    guard destination.port != 0, !destination.address.isUnspecified else { throw .invalidArgument }
    try route(socket, to: destination.address, internet)
    guard var path = socket.pointee.path else { throw .noRoute }
    if path.kind == .broadcast, !socket.pointee.settings.broadcast { throw .broadcastForbidden }
    let headers = UDPHeader.count + (path.source.isV4 ? IPv4Header.count : 40)
    if payload.byteCount > path.mtu - headers { throw .messageTooLong }
    guard internet.outgoingRoom > 0,
      var frame = pool.take(large: payload.byteCount > Frame.standardRoom)
    else { throw .noBuffers }
    frame.append(payload.byteCount)
    let sum = payload.withUnsafeBytes { bytes in
      bytes.baseAddress.map { Checksum.copy($0, to: frame.start, count: bytes.count) } ?? 0
    }
    frame.prepend(UDPHeader.count)
    let pseudo = PseudoHeader.sum(
      source: path.source, destination: destination.address, protocol: .udp, count: frame.count)
    var out = frame.mutableBytes
    UDPHeader.emit(
      &out, at: 0, sourcePort: socket.pointee.name.port, destinationPort: destination.port,
      payloadCount: payload.byteCount, pseudo: pseudo, payloadSum: sum)
    counters.datagramsOut &+= 1
    trace(
      Event(
        .datagramSent, at: now, flow: handle.slot,
        a: UInt64(socket.pointee.name.port) << 16 | UInt64(destination.port),
        c: UInt32(truncatingIfNeeded: payload.byteCount)))
    internet.send(frame, on: &path, to: destination.address, protocol: .udp, at: now)
    socket.pointee.path = path
  }

  /// Sees to it that the socket's path leads to `destination`.
  private func route(
    _ socket: UnsafeMutablePointer<UDPSocket>, to destination: Address, _ internet: borrowing Internet
  ) throws(TransportError) {
    if socket.pointee.path != nil, socket.pointee.pathDestination == destination { return }
    guard let path = internet.path(to: destination, from: socket.pointee.name.address) else { throw .noRoute }
    socket.pointee.path = path
    socket.pointee.pathDestination = destination
  }

  // MARK: - Receiving

  /// Takes one packet that carries UDP and puts it into the queue of the socket it is for.
  public mutating func receive(_ packet: consuming Packet, _ internet: inout Internet, at now: Instant) {
    counters.datagramsIn &+= 1
    let from = packet.source, to = packet.destination, count = packet.frame.count
    let source: SocketName, destination: SocketName
    let total: Int
    do throws(WireError) {
      let view = try UDPView(packet.frame.bytes)
      total = view.raw.byteCount
      if !packet.frame.notes.checksumIsVerified {
        let pseudo = PseudoHeader.sum(source: from, destination: to, protocol: .udp, count: total)
        guard view.checksumIsRight(pseudo: pseudo) else { throw .checksum }
      }
      source = SocketName(from, view.sourcePort)
      destination = SocketName(to, view.destinationPort)
    } catch {
      if case .checksum = error { return drop(.checksum, count, at: now) }
      return drop(.malformed, count, at: now)
    }
    guard let index = bindings.match(destination), let handle = sockets.handle(at: index),
      let socket = sockets.pointer(handle), socket.pointee.hears(source)
    else {
      drop(.nobody, count, at: now)
      // RFC 1122 §4.1.3.1: "If a datagram arrives addressed to a UDP port for which there is no pending
      // LISTEN call, UDP SHOULD send an ICMP Port Unreachable message."
      internet.sendUnreachable(.port, for: packet, at: now)
      return
    }
    var frame = packet.takeFrame()
    frame.truncate(to: total)
    frame.dropFirst(UDPHeader.count)
    guard socket.pointee.queue.push(Datagram(frame: frame, source: source, destination: destination)) else {
      return drop(.queueFull, count, flow: handle.slot, at: now)
    }
    trace(
      Event(
        .datagramArrived, at: now, flow: handle.slot, a: UInt64(destination.port) << 16 | UInt64(source.port),
        c: UInt32(truncatingIfNeeded: total - UDPHeader.count)))
    // Every arrival is told: one that reads a datagram a notice would otherwise be left with the rest.
    notices.push(index)
  }

  private mutating func drop(_ reason: DatagramDrop, _ count: Int, flow: UInt32 = .max, at now: Instant) {
    switch reason {
    case .malformed: counters.malformed += 1
    case .checksum: counters.badChecksum += 1
    case .nobody: counters.nobody += 1
    case .queueFull: counters.queueFull += 1
    }
    trace(
      Event(
        .datagramDropped, at: now, flow: flow, c: UInt32(truncatingIfNeeded: count), d: reason.rawValue))
  }

  /// The datagram that waits longest, to be read in place; nil when none waits or the handle is stale.
  public mutating func next(_ handle: Handle) -> Datagram? { sockets.pointer(handle)?.pointee.queue.pop() }

  /// Copies the datagram that waits longest; what does not fit is lost, and `count` says how long it
  /// was. Nil when none waits.
  ///
  /// Throws `staleHandle`.
  public mutating func receive(
    _ handle: Handle, into target: inout MutableRawSpan
  ) throws(TransportError) -> (count: Int, from: SocketName)? {
    guard sockets.pointer(handle) != nil else { throw .staleHandle }
    guard let datagram = next(handle) else { return nil }
    let count = datagram.frame.count
    target.set(datagram.frame.bytes.extracting(first: min(count, target.byteCount)), at: 0)
    return (count, datagram.source)
  }

  /// The network says that a datagram of ours did not arrive. Only a socket with a peer can tell whom it
  /// was for (RFC 1122 §4.1.3.3).
  public mutating func failed(_ error: ControlError, at now: Instant) {
    guard error.protocol == .udp,
      let index = bindings.match(SocketName(error.source, error.sourcePort)),
      let handle = sockets.handle(at: index), let socket = sockets.pointer(handle),
      socket.pointee.peer == SocketName(error.destination, error.destinationPort)
    else { return }
    socket.pointee.failure = error.kind
    notices.push(index)
  }

  // MARK: - Asking

  /// What the network said of a datagram to the peer since this was last asked.
  public mutating func takeFailure(_ handle: Handle) -> ControlError.Kind? {
    guard let socket = sockets.pointer(handle) else { return nil }
    defer { socket.pointee.failure = nil }
    return socket.pointee.failure
  }

  /// What a socket is ready for now; empty for a stale handle.
  public func readiness(_ handle: Handle) -> Readiness { sockets.pointer(handle)?.pointee.readiness ?? [] }

  /// A socket's own name, with its port; nil for a stale handle.
  public func name(_ handle: Handle) -> SocketName? { sockets.pointer(handle)?.pointee.name }

  /// The one peer that a socket hears; nil where it hears all.
  public func peer(_ handle: Handle) -> SocketName? { sockets.pointer(handle)?.pointee.peer }

  /// Datagrams that wait to be read, and the memory that they hold; nil for a stale handle.
  public func waiting(_ handle: Handle) -> (datagrams: Int, memory: Int)? {
    guard let socket = sockets.pointer(handle) else { return nil }
    return (socket.pointee.queue.count, socket.pointee.queue.charge)
  }

  /// The next thing to tell a user; nil when there is none. At most one waits for each socket.
  public mutating func nextNotice() -> Notice? {
    while let index = notices.first {
      notices.remove(index)
      guard let handle = sockets.handle(at: index), let socket = sockets.pointer(handle) else { continue }
      return Notice(owner: socket.pointee.owner, readiness: socket.pointee.readiness)
    }
    return nil
  }
}
