import StrataBase
import StrataWire

/// Finding a neighbour's hardware address (RFC 826, with the manners of RFC 1122 §2.3.2 and RFC 5227).
enum AddressResolution {
  /// A whole frame with one ARP message; nil when no buffer is left.
  static func message(
    _ operation: ARPOperation, from sender: Interface, to hardware: HardwareAddress?, about target: Address,
    _ pool: FramePool
  ) -> Frame? {
    guard var frame = pool.take() else { return nil }
    frame.append(EthernetHeader.count + ARPHeader.count)
    var out = frame.mutableBytes
    EthernetHeader.emit(&out, at: 0, to: hardware ?? .broadcast, from: sender.hardware, type: .arp)
    ARPHeader.emit(
      &out, at: EthernetHeader.count, operation: operation, senderHardware: sender.hardware,
      senderAddress: sender.address, targetHardware: hardware ?? .zero, targetAddress: target)
    return frame
  }

  /// Whether a neighbour can have these addresses. `address` may be unspecified: RFC 5227 §1.1 asks so
  /// whether an address is free.
  static func allows(_ hardware: HardwareAddress, _ address: Address, on interface: Interface) -> Bool {
    let isOne = !address.isMulticast && !address.isBroadcast && !address.isLoopback
    return isHost(hardware, on: interface) && isOne && address != interface.network.broadcast
  }

  /// Whether this can be the hardware address of another host.
  static func isHost(_ hardware: HardwareAddress, on interface: Interface) -> Bool {
    !hardware.isMulticast && hardware != .zero && hardware != interface.hardware
  }
}

// MARK: - Coming in

extension Internet {
  mutating func receiveARP(_ frame: consuming Frame, on number: Int, isToAll: Bool, at now: Instant) {
    let interface = interfaces[number]
    let count = frame.count
    guard let message = try? ARPView(frame.bytes.extracting(droppingFirst: EthernetHeader.count)) else {
      return drop(.badNeighbourMessage, count, number, at: now)
    }
    let hardware = message.senderHardware, sender = message.senderAddress
    guard AddressResolution.allows(hardware, sender, on: interface) else {
      return drop(.neighbourRefused, count, number, at: now)
    }
    if interface.owns(sender) {
      drop(.addressConflict, count, number, at: now)
      return defend(number, at: now)
    }
    let target = message.targetAddress, isRequest = message.operation == .request
    // RFC 826 "Packet Reception": known senders are brought up to date whatever they say; the asker of
    // a question to us becomes known.
    let known = cache.find(sender, on: number)
    if let known {
      confirm(known, hardware, at: now)
    } else if isRequest, interface.owns(target), interface.network.contains(sender) {
      learn(sender, hardware, on: number, at: now)
    } else if !isRequest, !isToAll {
      return drop(.neighbourUnasked, count, number, at: now)
    }
    guard isRequest, interface.owns(target) else { return }
    guard let reply = AddressResolution.message(.reply, from: interface, to: hardware, about: sender, pool)
    else { return drop(.noBuffer, count, number, at: now) }
    counters.neighboursAnswered &+= 1
    transmit(reply, by: number, at: now)
  }

  /// Somebody else uses our IPv4 address: all are told whose it is. RFC 5227 §2.4 (c): a host that keeps its
  /// address "MUST NOT send another defensive ARP Announcement" within `InternetSettings.defendInterval`, as
  /// two of them would go on for ever.
  private mutating func defend(_ number: Int, at now: Instant) {
    let interface = interfaces[number]
    guard interface.nextDefence <= now else { return }
    guard
      let announcement = AddressResolution.message(
        .request, from: interface, to: nil, about: interface.address, pool)
    else { return drop(.noBuffer, 0, number, at: now) }
    interfaces[number].nextDefence = now + settings.defendInterval
    counters.addressesDefended &+= 1
    transmit(announcement, by: number, at: now)
  }

  /// A neighbour said where it is: what waited for that goes out. `isAnswer`: it hears us, as we asked.
  mutating func confirm(
    _ handle: Handle, _ hardware: HardwareAddress, isAnswer: Bool = true, at now: Instant
  ) {
    guard let entry = cache.pointer(handle) else { return }
    let neighbour = entry.pointee.neighbour
    if neighbour.hardware != hardware { say(neighbour.address, hardware, on: neighbour.interface, at: now) }
    let (state, time) = known(hardware, neighbour.address, on: neighbour.interface, isAnswer: isAnswer)
    cache.set(handle, state, until: now + time)
    guard var waiting = entry.pointee.waiting.take() else { return }
    while var frame = waiting.pop() {
      let mtu = mtu(to: Internet.destination(of: frame.bytes), by: neighbour.interface)
      if frame.count > mtu, frame.notes.segmentSize == 0 {
        sendInPieces(frame, to: hardware, by: neighbour.interface, mtu: mtu, at: now)
      } else {
        prependEthernet(&frame, to: hardware, by: neighbour.interface)
        transmit(frame, by: neighbour.interface, at: now)
      }
    }
  }

  mutating func learn(
    _ address: Address, _ hardware: HardwareAddress, on interface: Int, isAnswer: Bool = true, at now: Instant
  ) {
    makeRoom(at: now)
    let (state, time) = known(hardware, address, on: interface, isAnswer: isAnswer)
    let neighbour = Neighbour(address: address, interface: interface, state: state, deadline: now + time)
    if cache.insert(neighbour) != nil { say(address, hardware, on: interface, at: now) }
  }

  /// The state of a neighbour whose hardware address is known, and how long it holds.
  private func known(
    _ hardware: HardwareAddress, _ address: Address, on interface: Int, isAnswer: Bool
  ) -> (Neighbour.State, Interval) {
    if !isAnswer { return (.stale(hardware, looks: 0), settings.staleTime) }
    return (.reachable(hardware), reachableTime(of: address, on: interface))
  }

  /// How long an answer of this neighbour holds.
  private func reachableTime(of address: Address, on interface: Int) -> Interval {
    address.isV4 ? settings.reachableTime : interfaces[interface].ipv6.reachableTime
  }

  /// How long an answer may take.
  private func askInterval(of address: Address, on interface: Int) -> Interval {
    address.isV4 ? settings.askInterval : interfaces[interface].ipv6.retransmissionTime
  }

  private func say(
    _ address: Address, _ hardware: HardwareAddress, on interface: Int, at now: Instant
  ) {
    trace(
      Event(
        .neighbourLearned, at: now, flow: UInt32(truncatingIfNeeded: interface),
        a: UInt64(bigEndian: address.low), b: hardware.number))
  }

  /// Lets the neighbour go that is least of use, if the cache is full.
  private mutating func makeRoom(at now: Instant) {
    guard cache.count == cache.capacity, let handle = cache.leastUseful(),
      var entry = cache.remove(handle), var waiting = entry.waiting.take()
    else { return }
    let interface = entry.neighbour.interface
    while let frame = waiting.pop() { drop(.neighbourReclaimed, frame.count, interface, at: now) }
  }
}

// MARK: - Going out

extension Internet {
  /// Where frames to a path's next hop go, if that is known; the path remembers the neighbour.
  @inline(never) mutating func resolve(_ path: inout Path, at now: Instant) -> HardwareAddress? {
    if !interfaces[path.interface].isEthernet { return HardwareAddress.zero }
    if let known = cache.find(path.nextHop, on: path.interface) {
      path.neighbour = known
    } else {
      makeRoom(at: now)
      let neighbour = Neighbour(
        address: path.nextHop, interface: path.interface, state: .asking(asks: 1),
        deadline: now + askInterval(of: path.nextHop, on: path.interface))
      guard let handle = cache.insert(neighbour) else { return nil }
      path.neighbour = handle
      ask(neighbour, of: nil, at: now)
    }
    guard let entry = cache.pointer(path.neighbour) else { return nil }
    entry.pointee.neighbour.used = now
    return entry.pointee.neighbour.hardware
  }

  /// Keeps a packet, with its Internet header on, until its neighbour's address is known.
  mutating func wait(_ frame: consuming Frame, for handle: Handle, at now: Instant) {
    guard let entry = cache.pointer(handle) else { return }
    let interface = entry.pointee.neighbour.interface
    if entry.pointee.neighbour.state == .failed { return fail(frame, on: interface, at: now) }
    if entry.pointee.waiting == nil {
      entry.pointee.waiting = FrameQueue(capacity: max(settings.waitingPackets, 1))
    }
    // RFC 1122 §2.3.2.2: "SHOULD save (rather than discard) at least one (the latest) packet".
    if entry.pointee.waiting?.isFull == true, let oldest = entry.pointee.waiting?.pop() {
      drop(.waitingFull, oldest.count, interface, at: now)
    }
    entry.pointee.waiting?.push(frame)
  }

  /// Asks all on the link, or the one that should still have the address.
  private mutating func ask(_ neighbour: Neighbour, of hardware: HardwareAddress?, at now: Instant) {
    let number = neighbour.interface
    counters.neighboursAsked &+= 1
    trace(
      Event(
        .neighbourAsked, at: now, flow: UInt32(truncatingIfNeeded: number),
        a: UInt64(bigEndian: neighbour.address.low)))
    if !neighbour.address.isV4 { return solicit(neighbour.address, of: hardware, on: number, at: now) }
    guard
      let request = AddressResolution.message(
        .request, from: interfaces[number], to: hardware, about: neighbour.address, pool)
    else { return drop(.noBuffer, 0, number, at: now) }
    transmit(request, by: number, at: now)
  }

  // A packet that cannot go: its sender hears of it, which is a transport or another host.
  private mutating func fail(_ frame: consuming Frame, on interface: Int, at now: Instant) {
    let count = frame.count
    let ends = IPv6Input.ends(of: frame.bytes)
    let source = ends?.source ?? Address(v4Native: frame.bytes.native32(at: IPv4Header.source))
    drop(.neighbourFailed, count, interface, at: now)
    guard isLocal(source) else {
      if ends != nil { return sendUnreachableIPv6(.address, about: frame, at: now) }
      return sendUnreachable(.host, about: frame, at: now)
    }
    if let error = ControlError(.hostUnreachable, quoting: frame.bytes) { wait(error, at: now) }
  }
}

// MARK: - Time

extension Internet {
  mutating func expireNeighbours(at now: Instant) {
    var slot = 0
    while let handle = cache.due(at: now, from: slot), let entry = cache.pointer(handle) {
      slot = handle.index + 1
      expire(handle, entry.pointee.neighbour, at: now)
    }
  }

  private mutating func expire(_ handle: Handle, _ neighbour: Neighbour, at now: Instant) {
    let wait = askInterval(of: neighbour.address, on: neighbour.interface)
    switch neighbour.state {
    case .asking(let asks) where asks < settings.asks:
      cache.set(handle, .asking(asks: asks + 1), until: now + wait)
      ask(neighbour, of: nil, at: now)
    case .asking:
      fail(handle, neighbour, at: now)
    case .reachable(let hardware)
    where neighbour.used + reachableTime(of: neighbour.address, on: neighbour.interface) > now:
      // RFC 1122 §2.3.2.1: a "Unicast Poll" asks one that is still in use where it was.
      cache.set(handle, .probing(hardware, asks: 1), until: now + wait)
      ask(neighbour, of: hardware, at: now)
    case .stale(let hardware, _) where neighbour.used + settings.staleTime >= now:
      // RFC 4861 §7.3.3: one that nobody vouches for is asked some seconds after its first packet.
      cache.set(handle, .probing(hardware, asks: 1), until: now + wait)
      ask(neighbour, of: hardware, at: now)
    case .stale(let hardware, let looks) where looks + 1 < settings.staleLooks:
      cache.set(handle, .stale(hardware, looks: looks + 1), until: now + settings.staleTime)
    case .probing(let hardware, let asks) where asks < settings.asks:
      cache.set(handle, .probing(hardware, asks: asks + 1), until: now + wait)
      ask(neighbour, of: hardware, at: now)
    case .probing:
      _ = cache.remove(handle)
      isUnreachable(neighbour.address, on: neighbour.interface, at: now)
    case .reachable, .stale, .failed:
      _ = cache.remove(handle)
    }
  }

  private mutating func fail(_ handle: Handle, _ neighbour: Neighbour, at now: Instant) {
    cache.set(handle, .failed, until: now + settings.failedTime)
    isUnreachable(neighbour.address, on: neighbour.interface, at: now)
    let entry = cache.pointer(handle)
    let count = entry?.pointee.waiting?.count ?? 0
    trace(
      Event(
        .neighbourFailed, at: now, flow: UInt32(truncatingIfNeeded: neighbour.interface),
        a: UInt64(bigEndian: neighbour.address.low), c: UInt32(truncatingIfNeeded: count)))
    guard var waiting = entry?.pointee.waiting.take() else { return }
    while let frame = waiting.pop() { fail(frame, on: neighbour.interface, at: now) }
  }
}
