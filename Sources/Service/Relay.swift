import StrataBase
import StrataSockets

/// What a gateway and a forwarder have in common: flows, each a connection on this half and a twin on
/// the other, copied both ways with credit. Messages go in and come out; there is no other tie, so the
/// halves may be in different worlds.
///
/// A half reads from its connection only what it has credit for, so a slow peer on one side holds back
/// the sender on the other, and neither keeps more than `window` bytes a direction.
struct Relay: Sendable {
  /// The most bytes a flow has on their way in a direction: sent, and not taken on the other half.
  static var window: Int { 262_144 }
  /// The most flows at a time.
  static var mostFlows: Int { 1_024 }
  private static var slotBits: UInt32 { 10 }
  /// How long a connection that is to be reset may take to get what was sent before.
  static var breakLimit: Interval { .seconds(10) }
  /// How often it is looked whether it has that: no ground announces it.
  static var breakPause: Interval { .milliseconds(1) }

  private var flows: [RelayFlow?] = []
  /// How often each slot was used, the upper bits of its flows' names.
  private var uses: [UInt32] = []
  private var free: [Int] = []
  /// The slot of each descriptor, or -1.
  private var slotOfDescriptor: [Int32] = []
  private(set) var count = 0
  /// Flows that are to be reset, out of their places already, and when they are looked at next.
  private var breaking: [RelayFlow] = []
  private var breakDue = Instant.never
  var outbox = RelayOutbox()

  var isFull: Bool { count == Self.mostFlows }
  /// Those in their places, and those that are still to be reset.
  var openCount: Int { count + breaking.count }

  // MARK: flows

  /// A flow that begins on this half; nil when there are too many.
  mutating func open(_ descriptor: Descriptor, port: UInt16, now: Instant) -> UInt32? {
    if isFull { return nil }
    let slot: Int
    if let again = free.popLast() {
      slot = again
    } else {
      slot = flows.count
      flows.append(nil)
      uses.append(0)
    }
    uses[slot] = (uses[slot] + 1) & (1 << 22 - 1)
    let id = uses[slot] << Self.slotBits | UInt32(slot)
    insert(RelayFlow(id: id, descriptor: descriptor, isConnected: true, port: port, now: now), at: slot)
    return id
  }

  /// A flow that began on the other half, under its name.
  mutating func join(_ flow: RelayFlow) {
    let slot = Self.slot(of: flow.id)
    while flows.count <= slot { flows.append(nil) }
    insert(flow, at: slot)
  }

  private mutating func insert(_ flow: RelayFlow, at slot: Int) {
    let index = Int(flow.descriptor.rawValue)
    while slotOfDescriptor.count <= index { slotOfDescriptor.append(-1) }
    slotOfDescriptor[index] = Int32(slot)
    flows[slot] = flow
    count += 1
  }

  static func slot(of id: UInt32) -> Int { Int(id & (1 << slotBits - 1)) }

  /// Whether a flow of another name has the slot that this name would take.
  func isTaken(_ id: UInt32) -> Bool {
    let slot = Self.slot(of: id)
    return slot < flows.count && flows[slot] != nil
  }

  /// The client's port of a flow that is open.
  func port(of id: UInt32) -> UInt16? { find(id).flatMap { flows[$0]?.port } }

  private func find(_ id: UInt32) -> Int? {
    let slot = Self.slot(of: id)
    guard slot < flows.count, flows[slot]?.id == id else { return nil }
    return slot
  }

  private func find(_ descriptor: Descriptor) -> Int? {
    let index = Int(descriptor.rawValue)
    guard index < slotOfDescriptor.count, slotOfDescriptor[index] >= 0 else { return nil }
    return Int(slotOfDescriptor[index])
  }

  private mutating func remove(_ slot: Int) {
    guard let flow = flows[slot] else { return }
    slotOfDescriptor[Int(flow.descriptor.rawValue)] = -1
    flows[slot] = nil
    count -= 1
    // Slots of the other half's flows are its own to give out.
    if slot < uses.count { free.append(slot) }
  }

  /// Ends all flows at once.
  mutating func abortAll(_ sockets: some SocketCalls) {
    for flow in breaking { sockets.abort(flow.descriptor) }
    breaking = []
    for slot in flows.indices {
      guard let flow = flows[slot] else { continue }
      sockets.abort(flow.descriptor)
      outbox.append(.reset, flow.id)
      remove(slot)
    }
  }

  // MARK: in

  /// A message of the other half about a flow that is known here. Late ones, of flows that are over,
  /// are of no use any more.
  mutating func receive(_ message: borrowing RelayMessage, _ sockets: some SocketCalls) {
    guard let slot = find(message.flow) else { return }
    switch message.kind {
    case .bytes:
      // The other half holds itself to the window; one that does not is broken.
      if flows[slot]!.inputEnded || flows[slot]!.waitingCount + message.content.byteCount > Self.window {
        reset(slot, sockets)
        return
      }
      deliver(message.content, slot, sockets)
    case .ended:
      flows[slot]!.inputEnded = true
      flush(slot, sockets)
    case .took:
      let untaken = flows[slot]!.untaken
      flows[slot]!.untaken = max(0, untaken - message.count)
      collect(slot, sockets)
      if flows[slot] != nil { finish(slot, sockets) }
    case .reset, .refused:
      sockets.abort(flows[slot]!.descriptor)
      remove(slot)
    case .broken:
      breakOff(slot, sockets)
    case .opened: break
    }
  }

  /// Something happened to a connection of this half.
  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard let slot = find(event.descriptor) else { return }
    let isConnected = flows[slot]!.isConnected
    if event.readiness.contains(.failed), sockets.takeError(event.descriptor) != nil || !isConnected {
      let flow = flows[slot]!
      sockets.close(flow.descriptor)
      outbox.append(isConnected ? .reset : .refused, flow.id)
      remove(slot)
      return
    }
    if !isConnected {
      if !event.readiness.contains(.writable) { return }
      flows[slot]!.isConnected = true
    }
    if event.readiness.contains(.writable) { flush(slot, sockets) }
    if flows[slot] != nil { collect(slot, sockets) }
  }

  // MARK: to the peer

  /// Straight into the socket, if nothing waits before; what it does not take waits.
  private mutating func deliver(_ content: RawSpan, _ slot: Int, _ sockets: some SocketCalls) {
    var done = 0
    // Single fields, not a copy of the flow: a copy would make the array below copy itself.
    let (id, descriptor) = (flows[slot]!.id, flows[slot]!.descriptor)
    if flows[slot]!.isConnected && flows[slot]!.waitingCount == 0 {
      do throws(SocketError) {
        while done < content.byteCount {
          done += try sockets.write(descriptor, content.extracting(done..<content.byteCount))
        }
      } catch .wouldBlock {
      } catch {
        reset(slot, sockets)
        return
      }
      if done > 0 { took(done, id, slot, sockets) }
    }
    if done < content.byteCount {
      content.extracting(done..<content.byteCount).withUnsafeBytes { rest in
        flows[slot]!.waiting.append(contentsOf: rest)
      }
    }
  }

  /// Writes what waits, and the end behind it.
  private mutating func flush(_ slot: Int, _ sockets: some SocketCalls) {
    let flow = flows[slot]!
    if !flow.isConnected { return }
    var done = 0
    do throws(SocketError) {
      let bytes = flow.waiting.span.bytes
      while flow.written + done < bytes.byteCount {
        let rest = bytes.extracting((flow.written + done)..<bytes.byteCount)
        done += try sockets.write(flow.descriptor, rest)
      }
      if flow.inputEnded && !flow.isShut {
        try sockets.shutdown(flow.descriptor, .write)
        flows[slot]!.isShut = true
      }
    } catch .wouldBlock {
    } catch {
      reset(slot, sockets)
      return
    }
    flows[slot]!.written += done
    compact(slot)
    if done > 0 { took(done, flow.id, slot, sockets) }
    finish(slot, sockets)
  }

  private mutating func took(_ count: Int, _ id: UInt32, _ slot: Int, _ sockets: some SocketCalls) {
    outbox.append(took: count, id)
    flows[slot]!.moved = sockets.now
  }

  /// Gives back what was written: all of it, or once it is more than a half.
  private mutating func compact(_ slot: Int) {
    let (written, count) = (flows[slot]!.written, flows[slot]!.waiting.count)
    if written == count {
      flows[slot]!.waiting = []
    } else if written > count / 2 {
      flows[slot]!.waiting.removeFirst(written)
    } else {
      return
    }
    flows[slot]!.written = 0
  }

  // MARK: from the peer

  /// Reads what there is credit for. An edge that came while there was none is not lost: `took` looks
  /// again.
  private mutating func collect(_ slot: Int, _ sockets: some SocketCalls) {
    let flow = flows[slot]!
    if !flow.isConnected || flow.outputEnded { return }
    var untaken = flow.untaken
    do throws(SocketError) {
      while untaken < Self.window {
        var sawBytes = false
        let room = min(Self.window - untaken, RelayMessage.mostContent)
        let read = try sockets.drain(flow.descriptor) { bytes in
          sawBytes = true
          let n = min(room, bytes.byteCount)
          outbox.append(bytes.extracting(0..<n), flow.id)
          return n
        }
        untaken += read
        if !sawBytes {
          flows[slot]!.outputEnded = true
          outbox.append(.ended, flow.id)
          break
        }
      }
    } catch .wouldBlock {
    } catch {
      reset(slot, sockets)
      return
    }
    if untaken != flow.untaken { flows[slot]!.moved = sockets.now }
    flows[slot]!.untaken = untaken
    finish(slot, sockets)
  }

  // MARK: ends

  /// Closes connections whose peer was told the end and has not ended itself, as if it had.
  mutating func closeShut(_ sockets: some SocketCalls) {
    for slot in flows.indices {
      guard let flow = flows[slot], flow.isShut else { continue }
      if !flow.outputEnded { outbox.append(.ended, flow.id) }
      sockets.close(flow.descriptor)
      remove(slot)
    }
  }

  /// Ends those in which nothing has moved for `span`: nothing else would ever end a flow whose peer is
  /// silent, or gone without a word.
  mutating func abortSilent(for span: Interval, _ sockets: some SocketCalls) {
    for slot in flows.indices {
      if let flow = flows[slot], flow.moved + span <= sockets.now { reset(slot, sockets) }
    }
  }

  /// When bytes moved last in the flow in which that is longest ago; `never` without flows.
  var longestSilence: Instant { flows.reduce(.never) { min($0, $1?.moved ?? .never) } }

  /// When to call `expire`.
  var nextDeadline: Instant { breakDue }

  /// Takes a flow out of its place, to be reset once its peer has all that was sent before.
  private mutating func breakOff(_ slot: Int, _ sockets: some SocketCalls) {
    guard var flow = flows[slot] else { return }
    remove(slot)
    if breaking.count == Self.mostFlows { sockets.abort(breaking.removeFirst().descriptor) }
    flow.breaksBy = sockets.now + Self.breakLimit
    breaking.append(flow)
    expire(sockets)
  }

  /// Moves on the flows that are to be reset.
  mutating func expire(_ sockets: some SocketCalls) {
    for at in breaking.indices.reversed() where Self.isBroken(&breaking[at], sockets) {
      sockets.abort(breaking.remove(at: at).descriptor)
    }
    breakDue = breaking.isEmpty ? .never : sockets.now + Self.breakPause
  }

  /// Whether the peer has all that waits, or it has taken too long for it.
  private static func isBroken(_ flow: inout RelayFlow, _ sockets: some SocketCalls) -> Bool {
    if flow.breaksBy <= sockets.now { return true }
    if !flow.isConnected {
      let readiness = sockets.readiness(flow.descriptor)
      if readiness.contains(.failed) { return true }
      if !readiness.contains(.writable) { return false }
      flow.isConnected = true
    }
    do throws(SocketError) {
      while flow.waitingCount > 0 {
        flow.written += try sockets.write(
          flow.descriptor, flow.waiting.span.bytes.extracting(droppingFirst: flow.written))
      }
    } catch {
      return error != .wouldBlock
    }
    return sockets.unsent(flow.descriptor) == 0
  }

  private mutating func finish(_ slot: Int, _ sockets: some SocketCalls) {
    guard let flow = flows[slot], flow.isOver else { return }
    sockets.close(flow.descriptor)
    remove(slot)
  }

  /// Something is broken on this half: both connections are reset.
  private mutating func reset(_ slot: Int, _ sockets: some SocketCalls) {
    guard let flow = flows[slot] else { return }
    sockets.abort(flow.descriptor)
    outbox.append(.reset, flow.id)
    remove(slot)
  }

  /// The most bytes that wait in a flow now, for tests and metrics.
  var mostWaiting: Int { flows.reduce(0) { max($0, $1?.waitingCount ?? 0) } }
}
