import StrataBase

/// The socket calls of one host: the surface that every ground meets, and on which the async and the
/// `Program` adapters stand.
///
/// No call ever blocks. What cannot be done now throws `wouldBlock`, and an event says when it can.
/// Two rules make that safe:
/// - Use a socket until it throws `wouldBlock` (a short `read` or `write` will do too); only then is
///   another event sure to come. A ground may also announce again what is still so.
/// - Take events until `nextEvent` gives nil before you wait.
///
/// All calls of one ground belong to one thread.
///
/// ```swift
/// let listener = try sockets.socket(.stream)
/// try sockets.bind(listener, to: SocketAddress("10.0.0.1:80")!)
/// try sockets.listen(listener, backlog: 128)
/// while let event = sockets.nextEvent() {
///   if event.descriptor == listener { let (client, peer) = try sockets.accept(listener) }
/// }
/// ```
public protocol SocketCalls: AnyObject, SendableMetatype {
  /// The ground's clock.
  var now: Instant { get }

  func socket(_ kind: SocketKind) throws(SocketError) -> Descriptor

  /// Takes a local address; port 0 takes any free port. Throws `addressInUse` and
  /// `addressNotAvailable`.
  func bind(_ d: Descriptor, to address: SocketAddress) throws(SocketError)

  /// Begins to accept connections. About `backlog` finished ones wait; one more is not answered, and
  /// its peer tries again. A socket that is not bound gets a free port.
  func listen(_ d: Descriptor, backlog: Int) throws(SocketError)

  /// Takes the next finished connection. What it is ready for already is announced as an event too.
  func accept(_ d: Descriptor) throws(SocketError) -> (descriptor: Descriptor, peer: SocketAddress)

  /// Begins a connection: throws `inProgress`, and later the socket is `writable` or has `failed`
  /// (`takeError` says why). May also return at once; `writable` is announced then as well.
  ///
  /// A datagram socket only gets a peer, at once: it hears that one alone, `send` needs no address, and
  /// the network's errors about it make it `failed` (`connectionRefused` where nobody listens).
  func connect(_ d: Descriptor, to peer: SocketAddress) throws(SocketError)

  /// Why the socket failed, once; nil when it has not, or when it was taken before (SO_ERROR).
  func takeError(_ d: Descriptor) -> SocketError?

  /// Reads what is there into the front of `target` and gives its count; 0 is the end of the stream.
  func read(_ d: Descriptor, into target: inout MutableRawSpan) throws(SocketError) -> Int

  /// Takes at least the first byte, or throws `wouldBlock`; gives how many it took. No bytes: 0.
  func write(_ d: Descriptor, _ bytes: RawSpan) throws(SocketError) -> Int

  /// Reads in place: `body` sees the next bytes that lie together and says how many it used, which is
  /// the result. More may wait behind them. 0 without a call of `body` is the end of the stream.
  ///
  /// What it did not use comes again. It need not come longer: a body that needs more than it was
  /// shown must take what it has.
  func drain(_ d: Descriptor, _ body: (RawSpan) -> Int) throws(SocketError) -> Int

  /// Writes in place: `body` fills the front of the ground's own buffer, never an empty one, and says
  /// how many bytes it filled, which is the result. All of them are accepted.
  func fill(_ d: Descriptor, _ body: (inout MutableRawSpan) -> Int) throws(SocketError) -> Int

  /// Sends bytes of a file of the operating system, from `offset` on, without showing them to us: at
  /// most `count`, and at least one, or it throws `wouldBlock`. 0: the file ends before `offset`. A
  /// ground that has no such way, as most have not, throws `notSupported`: use `fill`.
  func sendFile(
    _ d: Descriptor, from file: Int32, at offset: UInt64, count: Int
  ) throws(SocketError) -> Int

  /// Sends one datagram whole, of up to 65,507 bytes over IPv4 and 65,527 over IPv6; nil: to the peer. A
  /// socket that is not bound gets a free port.
  func send(_ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?) throws(SocketError)

  /// Takes one datagram. What of it does not fit is lost; `count` is what was stored.
  func receive(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> (count: Int, from: SocketAddress)

  /// The same, with what came beside the bytes.
  func receiveDatagram(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> ReceivedDatagram

  /// The oldest thing that the network said of what this socket sent, where `receiveErrors` is on; nil:
  /// nothing waits. While something does the socket is `failed`, and its calls throw the newest of it, once.
  /// More than a ground keeps are lost.
  func takeNetworkError(_ d: Descriptor) -> NetworkError?

  func shutdown(_ d: Descriptor, _ way: Shutdown) throws(SocketError)

  /// Closes in order: what was accepted for sending is still sent. When received bytes were not read,
  /// the peer gets a reset instead, so that it learns of the loss (RFC 1122 §4.2.2.13). No error: a
  /// closed descriptor is closed.
  func close(_ d: Descriptor)

  /// Closes at once and resets the connection: the peer's calls throw `connectionReset`.
  func abort(_ d: Descriptor)

  func setOption(_ d: Descriptor, _ option: SocketOption) throws(SocketError)

  /// The hops that what is sent to a single host may take.
  func timeToLive(_ d: Descriptor) throws(SocketError) -> Int

  func localAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress

  /// Throws `notConnected` when there is no peer.
  func peerAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress

  /// What the socket is ready for now. Nothing for a closed one.
  func readiness(_ d: Descriptor) -> Readiness

  /// Bytes that were accepted and that the peer has not taken yet, as far as is known.
  func unsent(_ d: Descriptor) -> Int

  /// The next event: what a socket became ready for since its last event was taken. Nil: none waits.
  func nextEvent() -> SocketEvent?
}

extension SocketCalls {
  public func sendFile(
    _ d: Descriptor, from file: Int32, at offset: UInt64, count: Int
  ) throws(SocketError) -> Int { throw .notSupported }

  public func receiveDatagram(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> ReceivedDatagram {
    let (count, from) = try receive(d, into: &target)
    return ReceivedDatagram(count: count, from: from, timeToLive: nil)
  }

  public func takeNetworkError(_ d: Descriptor) -> NetworkError? { nil }

  public func timeToLive(_ d: Descriptor) throws(SocketError) -> Int { throw .notSupported }
}
