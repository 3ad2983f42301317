import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// Sockets for whatever comes to a host that takes packets for all addresses (`Host.attachPacketLink`).
extension SocketTable {
  /// A listener for every address and port that no other one takes. It is readable while an offer or a
  /// finished connection waits. None is answered before `answer`.
  public func listenToAll(backlog: Int) throws(SocketError) -> Descriptor {
    let d = try add(.fresh)
    do throws(SocketError) {
      let owner = owner(d).rawValue
      let entry = try entry(d)
      entry.pointee.handle = try call { () throws(TransportError) in
        try layers.pointee.tcp.listenToAll(backlog: backlog, owner: owner)
      }
      entry.pointee.kind = .listener
      return d
    } catch {
      close(d)
      throw error
    }
  }

  /// The next connection that a peer asks for; throws `wouldBlock` where none waits.
  public func nextOffer(_ d: Descriptor) throws(SocketError) -> ConnectionOffer {
    guard let handle = try listener(d).pointee.handle, let offer = layers.pointee.tcp.nextOffer(handle) else {
      throw .wouldBlock
    }
    return offer
  }

  /// Answers the SYN of an offer. The connection comes up by `accept` once its peer has answered too; until
  /// then false of `isPending` says that it never will. Throws `connectionAborted` where the peer gave up.
  public func answer(_ offer: ConnectionOffer) throws(SocketError) {
    guard !open.pointee.isStopped,
      layers.pointee.tcp.answer(offer.handle, &layers.pointee.internet, at: layers.pointee.now)
    else { throw .connectionAborted }
  }

  /// Refuses an offer by a reset. One whose peer gave up is refused already.
  public func refuse(_ offer: ConnectionOffer) {
    guard !open.pointee.isStopped else { return }
    _ = layers.pointee.tcp.refuse(offer.handle, &layers.pointee.internet, at: layers.pointee.now)
  }

  /// Whether an answered offer may still become a connection.
  public func isPending(_ offer: ConnectionOffer) -> Bool {
    !open.pointee.isStopped && layers.pointee.tcp.isPending(offer.handle)
  }

  /// A socket for datagrams to every address and port that no other socket takes.
  public func datagramsToAll() throws(SocketError) -> Descriptor {
    let d = try add(.datagrams)
    do throws(SocketError) {
      let owner = owner(d).rawValue
      try entry(d).pointee.handle = try call { () throws(TransportError) in
        try layers.pointee.udp.bindToAll(owner: owner)
      }
      return d
    } catch {
      close(d)
      throw error
    }
  }

  /// The next datagram with both its ends; throws `wouldBlock` where none waits.
  public func nextDatagram(_ d: Descriptor) throws(SocketError) -> Datagram {
    guard let datagram = layers.pointee.udp.next(try datagrams(d)) else { throw .wouldBlock }
    return datagram
  }
}
