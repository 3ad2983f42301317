import StrataBase
import StrataInternet
import StrataWire

// What connections have to send, and what time makes them do.
extension TCP {
  /// Segments that a connection may send before the next one has its turn: enough to stay in the cache,
  /// too few to keep others waiting.
  static var burst: Int { 8 }

  /// Lets connections that are ready send, in turn, at most `budget` segments together, while the
  /// interfaces take frames and the pool has some. A connection that did not finish stays ready.
  public mutating func transmit(_ internet: inout Internet, budget: Int, at now: Instant) {
    var left = budget
    while left > 0, let index = handshakes.first, internet.outgoingRoom > 0 {
      handshakes.remove(index)
      if let entry = halfOpen.pointer(index)?.pointee { sendHandshake(entry, &internet, at: now) }
      left &-= 1
    }
    while left > 0, let index = ready.first, internet.outgoingRoom > 0 {
      guard let endpoint = pointer(at: index), let connection = endpoint.pointee.connection else {
        ready.remove(index)
        continue
      }
      var turn = min(Self.burst, left)
      let given = turn
      var isThrough = false
      while turn > 0, internet.outgoingRoom > 0 {
        guard var frame = pool.take(large: connection.pointee.wantsLargeFrame) ?? pool.take() else {
          counters.noBuffers += 1
          return
        }
        guard connection.pointee.emit(into: &frame, at: now) else {
          isThrough = true
          break
        }
        counters.segmentsOut &+= 1
        internet.send(
          frame, on: &endpoint.pointee.path!, to: connection.pointee.name.remoteAddress, protocol: .tcp,
          at: now)
        turn &-= 1
      }
      left &-= given &- turn
      ready.remove(index)
      if !isThrough, connection.pointee.hasOutput {
        ready.push(index)
        arm(index, endpoint)
      } else {
        quietened(index, endpoint, at: now)
      }
    }
  }

  /// A connection has said all that it has to say for now.
  @inline(__always)
  private mutating func quietened(
    _ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>, at now: Instant
  ) {
    if endpoint.pointee.isEnding {
      enterTimeWait(index, endpoint, at: now)
    } else if !endpoint.pointee.isHeld, endpoint.pointee.connection?.pointee.state == .closed {
      leaveWire(endpoint)
      release(index)
    } else {
      arm(index, endpoint)
    }
  }

  /// Does what is due: timers of connections, SYN+ACKs that were lost, names whose 2 MSL have passed.
  public mutating func expire(at now: Instant) {
    while let entry = deadlines.removeDue(at: now) {
      guard let endpoint = endpoints.pointer(entry.owner), endpoint.pointee.queuedAt == entry.at,
        let connection = endpoint.pointee.connection
      else { continue }
      endpoint.pointee.queuedAt = .never
      let index = entry.owner.index
      // Deadlines move later without a word to the heap: then this was only a time to look.
      if connection.pointee.nextDeadline > now {
        arm(index, endpoint)
      } else {
        settle(index, endpoint, connection.pointee.expire(at: now), at: now)
      }
    }
    while let index = halfOpen.due(at: now) {
      if halfOpen.sentAgain(index, at: now) {
        counters.handshakesSentAgain += 1
        handshakes.push(index)
      } else {
        counters.halfOpenExpired += 1
        forget(index, at: now)
      }
    }
    while timeWait.nextDeadline <= now, let index = timeWait.oldest, let entry = timeWait.remove(index) {
      demultiplexer.remove(entry.key)
    }
  }
}
