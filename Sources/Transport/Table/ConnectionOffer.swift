import StrataBase
import StrataInternet
import StrataWire

/// A connection that a peer asks for and that nobody has answered yet.
public struct ConnectionOffer: Equatable, Sendable {
  /// Names it in calls of the table.
  public let handle: Handle
  /// Both ends as this host would see them: `local` is where the peer wants to go.
  public let name: ConnectionName
}

// SYNs that wait for a user to say whether they are answered, as a gateway has to that dials onwards first.
extension TCP {
  /// Takes connections to every address and port that no other listener takes, one such listener a host.
  /// None is answered before `answer`. `backlog` as with `listen`.
  ///
  /// Throws `addressInUse`, `tableFull`.
  public mutating func listenToAll(backlog: Int, owner: UInt64) throws(TransportError) -> Handle {
    guard !listeners.hasOneOfAll else { throw .addressInUse }
    guard !listeners.isFull else { throw .tableFull }
    let number = listeners.nextNumber
    guard let handle = endpoints.insert(Endpoint(listener: number, owner: owner)) else { throw .tableFull }
    listeners.insert(
      Listener(
        name: SocketName(.any, 0), handle: handle, backlog: min(backlog, limits.backlog),
        mostOffers: limits.halfOpenPerListener),
      ofAll: true)
    return handle
  }

  /// The offer that waits longest; nil when none waits or the handle is stale. It is shown once.
  public mutating func nextOffer(_ listener: Handle) -> ConnectionOffer? {
    guard let listening = listenerPointer(listener) else { return nil }
    while let handle = listening.pointee.offers.pop() {
      guard let entry = halfOpen.offer(handle) else { continue }
      return ConnectionOffer(
        handle: handle, name: ConnectionName(local: entry.key.localName, remote: entry.key.remoteName))
    }
    return nil
  }

  /// Sends the SYN+ACK. When its peer has answered that, the connection is in the listener's finished queue.
  /// False for an offer that is not there any more: its peer gave up, or it waited too long.
  @discardableResult
  public mutating func answer(_ offer: Handle, _ internet: inout Internet, at now: Instant) -> Bool {
    guard let entry = halfOpen.answer(offer, at: now) else { return false }
    sendHandshake(entry, &internet, at: now)
    return true
  }

  /// Whether an offer, answered or not, may still become a connection.
  public func isPending(_ offer: Handle) -> Bool { halfOpen.handle(at: offer.index) == offer }

  /// Answers by a reset, as if nobody listened. False as with `answer`.
  @discardableResult
  public mutating func refuse(_ offer: Handle, _ internet: inout Internet, at now: Instant) -> Bool {
    guard let entry = halfOpen.offer(offer) else { return false }
    forget(offer.index, at: now)
    var reset = ControlSegment(to: entry.key, flags: [.rst, .ack])
    reset.acknowledgment = entry.theirs + 1
    answer(reset, &internet, at: now)
    return true
  }

  /// Shows a new entry to whoever listens.
  mutating func offer(_ index: Int, _ listener: UnsafeMutablePointer<Listener>) {
    guard let handle = halfOpen.handle(at: index) else { return }
    _ = listener.pointee.offers.push(handle)
    notices.push(listener.pointee.handle.index)
  }

  /// The same SYN once more is no news; a reset takes the offer back.
  mutating func arrivedAtOffer(_ index: Int, _ entry: HalfOpen, _ header: SegmentHeader, at now: Instant) {
    traceArrival(header, at: now)
    if header.flags.contains(.rst), header.sequence == entry.theirs + 1 { forget(index, at: now) }
  }
}
