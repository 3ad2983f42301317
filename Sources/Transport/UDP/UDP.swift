import StrataBase
import StrataInternet
import StrataWire

/// All of a host's UDP sockets, and its echo sockets, which differ by what they put on the wire alone.
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
  var sockets: Slab<UDPSocket>
  private(set) var bindings = Bindings()
  /// The names of echo sockets, with identifiers for ports.
  private(set) var identifiers = Bindings()
  private var ports: Ports
  /// The socket that takes what no name takes, whatever its address and port.
  private var ofAll: Handle?
  /// Sockets whose users are to be told something.
  var notices = SlotQueue()
  public internal(set) var counters = UDPCounters()

  /// What a socket sends and receives.
  public enum Kind: Sendable {
    /// Datagrams of UDP.
    case datagram
    /// Echo requests of ICMP or ICMPv6, and the replies to them.
    case echo
  }

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

  /// Opens a socket with a local name. An unspecified address means all of ours of one version or, for
  /// datagrams, `::` of both; port 0 any free one.
  ///
  /// Throws `addressInUse`, `addressNotAvailable`, `noPortLeft`, `tableFull`.
  public mutating func bind(
    _ name: SocketName, kind: Kind = .datagram, owner: UInt64, settings: UDPSettings = .init(),
    _ internet: borrowing Internet
  ) throws(TransportError) -> Handle {
    guard name.address.isUnspecified || name.address.isMulticast || internet.isLocal(name.address) else {
      throw .addressNotAvailable
    }
    var name = name, settings = settings
    if kind == .echo { settings.v6Only = true }
    name = try free(name, beside: kind == .echo ? identifiers : bindings, settings)
    guard let handle = sockets.insert(UDPSocket(kind, name: name, owner: owner, settings: settings)) else {
      throw .tableFull
    }
    if kind == .echo {
      identifiers.insert(name, number: handle.index, v6Only: true)
    } else {
      bindings.insert(name, number: handle.index, v6Only: settings.v6Only)
    }
    return handle
  }

  /// Opens a socket that takes datagrams to every address and port that no other socket takes, one such
  /// socket a host. It sends in whatever name it is told.
  ///
  /// Throws `addressInUse`, `tableFull`.
  public mutating func bindToAll(
    owner: UInt64, settings: UDPSettings = .init()
  ) throws(TransportError) -> Handle {
    if ofAll.flatMap({ sockets.pointer($0) }) != nil { throw .addressInUse }
    let socket = UDPSocket(.datagram, name: SocketName(.any, 0), owner: owner, settings: settings)
    guard let handle = sockets.insert(socket) else { throw .tableFull }
    ofAll = handle
    return handle
  }

  /// The name itself, or with a free port where it has none.
  private mutating func free(
    _ name: SocketName, beside taken: Bindings, _ settings: UDPSettings
  ) throws(TransportError) -> SocketName {
    if name.port == 0 {
      guard let port = ports.pick({ !taken.contains(port: $0) }) else { throw .noPortLeft }
      return SocketName(name.address, port)
    }
    let others = taken.all(overlapping: name, v6Only: settings.v6Only)
    guard others.allSatisfy({ settings.sharesName && sharesName($0) }) else { throw .addressInUse }
    return name
  }

  private func sharesName(_ index: Int) -> Bool {
    sockets.handle(at: index).flatMap { sockets.pointer($0)?.pointee.settings.sharesName } ?? false
  }

  /// Hears and sends to one peer only from now on; nil lets go of it. What others sent before stays.
  ///
  /// Throws `staleHandle`, `invalidArgument`, `noRoute`.
  public mutating func connect(
    _ handle: Handle, to peer: SocketName?, _ internet: borrowing Internet
  ) throws(TransportError) {
    guard let socket = sockets.pointer(handle) else { throw .staleHandle }
    if let peer {
      let isNamed = peer.port != 0 || socket.pointee.kind == .echo
      guard isNamed, !peer.address.isUnspecified else { throw .invalidArgument }
      try route(socket, to: peer.address, internet)
    }
    socket.pointee.peer = peer
    socket.pointee.failure = nil
  }

  /// Closes a socket, which leaves its groups. Datagrams that wait are gone.
  public mutating func close(_ handle: Handle, _ internet: inout Internet, at now: Instant) {
    guard let socket = sockets.remove(handle) else { return }
    for membership in socket.groups {
      internet.leave(membership.group, on: membership.interface, at: now)
    }
    if handle == ofAll {
      ofAll = nil
    } else if socket.kind == .echo {
      identifiers.remove(socket.name, number: handle.index)
    } else {
      bindings.remove(socket.name, number: handle.index)
    }
    notices.remove(handle.index)
  }

  // MARK: - Sending

  /// Sends one datagram, to the peer where `destination` is nil. `source`: the name it comes from, where that
  /// is not the socket's own.
  ///
  /// Throws `staleHandle`, `notConnected`, `invalidArgument`, `noRoute`, `broadcastForbidden`,
  /// `messageTooLong`, `noBuffers`.
  public mutating func send(
    _ handle: Handle, _ payload: RawSpan, to destination: SocketName? = nil,
    from source: SocketName? = nil, _ internet: inout Internet, at now: Instant
  ) throws(TransportError) {
    guard let socket = sockets.pointer(handle) else { throw .staleHandle }
    guard let destination = destination ?? socket.pointee.peer else { throw .notConnected }
    let isEcho = socket.pointee.kind == .echo
    guard destination.port != 0 || isEcho, !destination.address.isUnspecified,
      !isEcho || Self.isRequest(payload, isV4: destination.address.isV4)
    else { throw .invalidArgument }
    if source == nil { try route(socket, to: destination.address, internet) }
    let found =
      source.map { internet.path(to: destination.address, from: $0.address) } ?? socket.pointee.path
    guard var path = found else { throw .noRoute }
    if path.kind == .broadcast, !socket.pointee.settings.broadcast { throw .broadcastForbidden }
    if path.kind == .multicast {
      path.timeToLive = socket.pointee.settings.groupTimeToLive
    } else if let hops = socket.pointee.settings.timeToLive {
      path.timeToLive = hops
    }
    let headers = (isEcho ? 0 : UDPHeader.count) + (path.isV4 ? IPv4Header.count : IPv6Header.count)
    let mayBeCut = socket.pointee.settings.mayBeCut || path.kind == .loopback
    // A piece of IPv6 has one more header than its packet has.
    let longest = IPv4Header.mostTotal - (path.isV4 ? 0 : IPv6Fragment.headerCount)
    if payload.byteCount > (mayBeCut ? longest : path.mtu) - headers { throw .messageTooLong }
    guard internet.outgoingRoom >= internet.pieces(of: payload.byteCount + UDPHeader.count, on: path),
      var frame = pool.take(large: payload.byteCount > Frame.standardRoom)
    else { throw .noBuffers }
    let port = (source ?? socket.pointee.name).port
    if isEcho {
      frame.append(payload)
      Self.sealRequest(&frame, identifier: port, from: path.source, to: destination.address)
    } else {
      Self.emit(payload, into: &frame, from: SocketName(path.source, port), to: destination)
    }
    let carried: IPProtocol = !isEcho ? .udp : path.isV4 ? .icmp : .icmpv6
    counters.datagramsOut &+= 1
    trace(
      Event(
        .datagramSent, at: now, flow: handle.slot,
        a: UInt64(port) << 16 | UInt64(destination.port),
        c: UInt32(truncatingIfNeeded: payload.byteCount)))
    if path.kind == .multicast, socket.pointee.settings.loopsBack,
      internet.isMember(of: destination.address, on: path.interface)
    {
      internet.loopBackCopy(of: frame, on: path, to: destination.address, protocol: carried, at: now)
    }
    internet.send(frame, on: &path, to: destination.address, protocol: carried, at: now)
    if source == nil { socket.pointee.path = path }
  }

  /// Copies a payload into an empty frame, with its header in front.
  private static func emit(
    _ payload: RawSpan, into frame: inout Frame, from source: SocketName, to destination: SocketName
  ) {
    frame.append(payload.byteCount)
    let sum = payload.withUnsafeBytes { bytes in
      bytes.baseAddress.map { Checksum.copy($0, to: frame.start, count: bytes.count) } ?? 0
    }
    frame.prepend(UDPHeader.count)
    let pseudo = PseudoHeader.sum(
      source: source.address, destination: destination.address, protocol: .udp, count: frame.count)
    var out = frame.mutableBytes
    UDPHeader.emit(
      &out, at: 0, sourcePort: source.port, destinationPort: destination.port,
      payloadCount: payload.byteCount, pseudo: pseudo, payloadSum: sum)
  }

  /// Sees to it that the socket's path leads to `destination`.
  private func route(
    _ socket: UnsafeMutablePointer<UDPSocket>, to destination: Address, _ internet: borrowing Internet
  ) throws(TransportError) {
    let generation = internet.pathGeneration
    if socket.pointee.path != nil, socket.pointee.pathDestination == destination,
      socket.pointee.pathGeneration == generation
    {
      return
    }
    // A name of one version leads to no peer of the other; `::` leads to both, unless it is for IPv6 only.
    let name = socket.pointee.name.address, outlet = socket.pointee.settings.outlet
    let isOfBoth = name == .any && !socket.pointee.settings.v6Only
    guard name.isV4 == destination.isV4 || isOfBoth,
      let path = internet.path(to: destination, from: name.isMulticast ? nil : name, by: outlet)
    else {
      throw .noRoute
    }
    socket.pointee.path = path
    socket.pointee.pathDestination = destination
    socket.pointee.pathGeneration = generation
  }

  // MARK: - Receiving

  /// Takes one packet that carries UDP or an echo reply, and puts it into the queue of the socket it is for.
  public mutating func receive(_ packet: consuming Packet, _ internet: inout Internet, at now: Instant) {
    counters.datagramsIn &+= 1
    if packet.protocol != .udp { return receiveReply(packet, at: now) }
    let from = packet.source, to = packet.destination, count = packet.frame.count
    let timeToLive = packet.timeToLive
    let source: SocketName, destination: SocketName
    let total: Int
    do throws(WireError) {
      let view = try UDPView(packet.frame.bytes)
      total = view.raw.byteCount
      if !packet.frame.notes.checksumIsVerified {
        let pseudo = PseudoHeader.sum(source: from, destination: to, protocol: .udp, count: total)
        // RFC 8200 §8.1: over IPv6 "the default behavior is that UDP checksum is not optional".
        guard view.checksumIsRight(pseudo: pseudo), view.hasChecksum || from.isV4 else { throw .checksum }
      }
      source = SocketName(from, view.sourcePort)
      destination = SocketName(to, view.destinationPort)
    } catch {
      if case .checksum = error { return drop(.checksum, count, at: now) }
      return drop(.malformed, count, at: now)
    }
    if packet.isBroadcast {
      return receiveByAll(packet, from: source, to: destination, total: total, at: now)
    }
    guard let handle = bindings.match(destination).flatMap({ sockets.handle(at: $0) }) ?? ofAll,
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
    queue(frame, at: handle, socket, from: source, to: destination, timeToLive: timeToLive, at: now)
  }

  /// Puts a payload into a socket's queue.
  mutating func queue(
    _ frame: consuming Frame, at handle: Handle, _ socket: UnsafeMutablePointer<UDPSocket>,
    from source: SocketName, to destination: SocketName, timeToLive: UInt8, at now: Instant
  ) {
    let count = frame.count
    let datagram = Datagram(
      frame: frame, source: source, destination: destination, timeToLive: timeToLive)
    guard socket.pointee.queue.push(datagram) else {
      return drop(.queueFull, count + UDPHeader.count, flow: handle.slot, at: now)
    }
    trace(
      Event(
        .datagramArrived, at: now, flow: handle.slot, a: UInt64(destination.port) << 16 | UInt64(source.port),
        c: UInt32(truncatingIfNeeded: count)))
    // Every arrival is told: one that reads a datagram a notice would otherwise be left with the rest.
    notices.push(handle.index)
  }

  /// What went to everyone or to a group is for every socket that hears it (RFC 1122 §4.1.3.5 and §4.1.4).
  private mutating func receiveByAll(
    _ packet: consuming Packet, from source: SocketName, to destination: SocketName, total: Int,
    at now: Instant
  ) {
    let interface = Int(packet.frame.notes.interface), isGroup = destination.address.isMulticast
    let timeToLive = packet.timeToLive
    var frame = packet.takeFrame()
    frame.truncate(to: total)
    frame.dropFirst(UDPHeader.count)
    let hearers = bindings.all(matching: destination).compactMap { sockets.handle(at: $0) }.filter {
      guard let socket = sockets.pointer($0), socket.pointee.hears(source) else { return false }
      return !isGroup || socket.pointee.isMember(of: destination.address, on: interface)
    }
    guard let last = hearers.last else { return drop(.nobody, total, at: now) }
    for handle in hearers.dropLast() {
      guard let socket = sockets.pointer(handle) else { continue }
      guard var copy = pool.take(large: frame.count > Frame.standardRoom) else {
        drop(.queueFull, total, flow: handle.slot, at: now)
        continue
      }
      copy.append(frame.bytes)
      queue(copy, at: handle, socket, from: source, to: destination, timeToLive: timeToLive, at: now)
    }
    guard let socket = sockets.pointer(last) else { return }
    queue(frame, at: last, socket, from: source, to: destination, timeToLive: timeToLive, at: now)
  }

  mutating func drop(_ reason: DatagramDrop, _ count: Int, flow: UInt32 = .max, at now: Instant) {
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

  /// Shows the datagram that waits longest, which stays; nil when none waits or the handle is stale.
  public func withNext<R>(_ handle: Handle, _ body: (borrowing Datagram) -> R) -> R? {
    guard let socket = sockets.pointer(handle), let first = socket.pointee.queue.first else { return nil }
    return body(first.pointee)
  }

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

  // MARK: - Asking

  /// What a socket is ready for now; empty for a stale handle.
  public func readiness(_ handle: Handle) -> Readiness { sockets.pointer(handle)?.pointee.readiness ?? [] }

  /// A socket's own name, with its port; nil for a stale handle.
  public func name(_ handle: Handle) -> SocketName? { sockets.pointer(handle)?.pointee.name }

  /// The same, with the address that datagrams to the peer have where it is bound to none.
  public func usedName(_ handle: Handle) -> SocketName? {
    guard let socket = sockets.pointer(handle) else { return nil }
    let name = socket.pointee.name
    guard name.address.isUnspecified, let peer = socket.pointee.peer, let path = socket.pointee.path,
      socket.pointee.pathDestination == peer.address
    else { return name }
    return SocketName(path.source, name.port)
  }

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
