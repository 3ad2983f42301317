import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// What a stack's lock guards: the host, its sockets, and the tasks that wait for them.
final class Core: @unchecked Sendable {
  enum Side {
    case reading
    case writing
  }

  /// Who waits for a descriptor, and how often it was announced: so that nobody sleeps over news that came
  /// between his call and his sleep.
  private struct Place {
    var reader: Waiter?
    var writer: Waiter?
    var news: (reading: UInt64, writing: UInt64) = (0, 0)
  }

  let pool: FramePool
  let host: Host
  let sockets: SocketTable
  private var places: [Place] = []
  private var woken: [Waiter.Woken] = []
  private var tickets: UInt64 = 0
  /// The listener for all, made with the first who asks for offers.
  private(set) var listener: Descriptor?
  private(set) var datagrams: Descriptor?
  /// Offers that were answered, by their name, and who waits for the connection.
  private var accepting: [ConnectionName: (offer: ConnectionOffer, waiter: Waiter)] = [:]
  private var halfOpenCount = 0

  /// Buffers that a stack has however little memory it is given: packets of one small window.
  static var leastBuffers: Int { 64 }
  /// The most finished connections that nobody has taken.
  static var backlog: Int { 1_024 }

  init(_ link: Stack.Link, _ memory: MemorySize, _ addresses: [AddressPrefix], seed: UInt64) {
    let buffer = Frame.payloadStart + Frame.standardRoom
    pool = FramePool(standard: max(memory.bytes / 2 / buffer, Self.leastBuffers))
    host = Host(pool: pool, random: Random(seed: seed), trace: Trace())
    let mtu =
      switch link {
      case .ip(let mtu): mtu
      }
    let capabilities = LinkCapabilities(mtu: mtu)
    _ = host.attachPacketLink(addresses: addresses, capabilities: capabilities, takesAll: true)
    sockets = host.makeSocketTable()
  }

  deinit {
    host.stop()
    pool.destroy()
  }

  // MARK: Packets and time

  func receive(_ packet: RawSpan) {
    guard packet.byteCount <= Frame.standardRoom, var frame = pool.take() else { return }
    frame.append(packet)
    host.receive(frame, on: 0, at: host.now)
  }

  func advance(to now: Instant) {
    guard now > host.now else { return }
    host.advance(to: now)
    if host.nextDeadline <= now { host.expire(at: now) }
  }

  var nextDeadline: Instant { host.nextDeadline }

  /// Lets TCP answer, and finds out who can go on.
  func settle() {
    host.flush(at: host.now)
    takeConnections()
    while let event = sockets.nextEvent() { announce(event) }
    host.flush(at: host.now)
  }

  var hasOutput: Bool { host.hasOutgoing }

  /// Gives the frames of a batch back and puts the next ones in.
  func collect(into batch: inout PacketBatch) {
    batch.removeAll()
    while !batch.isFull, let frame = host.takeOutgoing() { batch.append(frame) }
  }

  // MARK: Who waits

  /// Tasks that can go on, to be resumed outside of the lock.
  func takeWoken() -> [Waiter.Woken] {
    defer { woken.removeAll() }
    return woken
  }

  private func announce(_ event: SocketEvent) {
    let index = place(of: event.descriptor)
    if event.readiness.contains(.writable) || event.readiness.contains(.failed) { tell(index, .writing) }
    if !event.readiness.subtracting(.writable).isEmpty { tell(index, .reading) }
  }

  private func tell(_ index: Int, _ side: Side, _ outcome: Waiter.Outcome = .ready) {
    let waiter: Waiter?
    switch side {
    case .reading:
      places[index].news.reading += 1
      waiter = places[index].reader.take()
    case .writing:
      places[index].news.writing += 1
      waiter = places[index].writer.take()
    }
    if let waiter { woken.append(Waiter.Woken(waiter: waiter, outcome: outcome)) }
  }

  private func place(of d: Descriptor) -> Int {
    let index = Int(d.rawValue)
    while places.count <= index { places.append(Place()) }
    return index
  }

  /// How often a side of a descriptor was announced.
  func news(_ d: Descriptor, _ side: Side) -> UInt64 {
    let news = places[place(of: d)].news
    return side == .reading ? news.reading : news.writing
  }

  func newTicket() -> UInt64 {
    tickets += 1
    return tickets
  }

  /// Lets a task wait for news of a descriptor after the `seen`th. One task waits on a side; a second one
  /// makes the first try again.
  func wait(_ waiter: Waiter, for d: Descriptor, _ side: Side, after seen: UInt64) {
    let index = place(of: d)
    if news(d, side) != seen { return woken.append(Waiter.Woken(waiter: waiter, outcome: .ready)) }
    switch side {
    case .reading:
      swap(&places[index].reader, waiter)
    case .writing:
      swap(&places[index].writer, waiter)
    }
  }

  private func swap(_ place: inout Waiter?, _ waiter: Waiter) {
    if let old = place { woken.append(Waiter.Woken(waiter: old, outcome: .ready)) }
    place = waiter
  }

  /// A task that waits was cancelled.
  func cancel(_ ticket: UInt64, _ d: Descriptor, _ side: Side) {
    let index = place(of: d)
    let waiter = side == .reading ? places[index].reader : places[index].writer
    if waiter?.ticket == ticket { tell(index, side, .cancelled) }
  }

  func close(_ d: Descriptor, isAbort: Bool) {
    if isAbort { sockets.abort(d) } else { sockets.close(d) }
    let index = place(of: d)
    tell(index, .reading)
    tell(index, .writing)
  }

  // MARK: Offers

  func listen() throws(SocketError) -> Descriptor {
    if let listener { return listener }
    let d = try sockets.listenToAll(backlog: Self.backlog)
    listener = d
    return d
  }

  func hearDatagrams() throws(SocketError) -> Descriptor {
    if let datagrams { return datagrams }
    let d = try sockets.datagramsToAll()
    datagrams = d
    return d
  }

  /// Answers an offer; `waiter` gets the connection.
  func accept(_ offer: ConnectionOffer, _ waiter: Waiter) {
    do throws(SocketError) {
      try sockets.answer(offer)
      accepting[offer.name] = (offer, waiter)
    } catch {
      woken.append(Waiter.Woken(waiter: waiter, outcome: .failed(error)))
    }
  }

  func cancelAccept(_ offer: ConnectionOffer, _ ticket: UInt64) {
    guard let entry = accepting[offer.name], entry.waiter.ticket == ticket else { return }
    accepting[offer.name] = nil
    woken.append(Waiter.Woken(waiter: entry.waiter, outcome: .cancelled))
  }

  /// Hands finished connections to who answered them, and says where there will never be one.
  private func takeConnections() {
    guard let listener else { return }
    while let (d, peer) = try? sockets.accept(listener) {
      guard let local = try? sockets.localAddress(d),
        let entry = accepting.removeValue(forKey: ConnectionName(local: local, remote: peer))
      else {
        // Nobody waits for it any more.
        sockets.abort(d)
        continue
      }
      woken.append(Waiter.Woken(waiter: entry.waiter, outcome: .accepted(d)))
    }
    let count = host.withTCP { $0.halfOpenCount }
    if count == halfOpenCount { return }
    halfOpenCount = count
    let lost = accepting.filter { !sockets.isPending($0.value.offer) }
    for (name, entry) in lost {
      accepting[name] = nil
      woken.append(Waiter.Woken(waiter: entry.waiter, outcome: .failed(.connectionAborted)))
    }
  }
}

extension ConnectionName {
  init(local: SocketAddress, remote: SocketAddress) {
    self.init(
      local: SocketName(local.address, local.port), remote: SocketName(remote.address, remote.port))
  }
}
