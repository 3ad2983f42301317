import StrataBase
import StrataInternet
import StrataLink
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// One host whose link carries IP packets, in virtual time: packets and instants go in, packets with the
/// instants at which they were made come out. It makes none by itself: no neighbour is asked for, no group
/// joined, no router solicited, and an address holds at once.
///
/// ```swift
/// let host = PacketHost(mtu: 1_500, seed: 1)!
/// try host.addAddress("192.0.2.1/24", gateway: nil)
/// let socket = try host.socket(domain: 2, type: 1, protocol: 0)
/// host.receive(packet.span.bytes)
/// while host.nextCount != nil { host.takePacket { packet, time in ... } }
/// ```
public final class PacketHost {
  /// Packets that wait to be taken, with the instants at which they were made. Behind them a host's own
  /// queue fills, and then TCP stops.
  public static let mostWaiting = 4_096
  /// Most bytes of a packet, and least: RFC 791 §3.1 has every link take 68.
  public static let mtus = 68...65_535
  /// Most addresses of IPv4: each is an interface of its own on the one link.
  public static let mostV4Addresses = 16
  /// The hops that a packet may take where nothing else is said.
  static let timeToLive = 64

  public let table: SocketTable
  /// What streams that are opened from now on are made with.
  public var settings = TCPSettings()
  public private(set) var now = Instant.start
  private let host: Host
  private let pool: FramePool
  private let capabilities: LinkCapabilities
  private var waiting = FrameQueue(capacity: PacketHost.mostWaiting)
  private var times: [Instant] = []
  private var firstTime = 0
  private var interfaces: [Int] = []

  /// `mtu`: bytes of a packet. Nil where it is not one of `mtus`.
  public init?(mtu: Int, seed: UInt64) {
    guard PacketHost.mtus.contains(mtu) else { return nil }
    // Large buffers are for packets that do not fit a standard one, and for datagrams in pieces.
    pool = FramePool(standard: 65_536, large: 4_096)
    var settings = HostSettings()
    settings.internet.interfaces = PacketHost.mostV4Addresses
    host = Host(pool: pool, random: Random(seed: seed), trace: Trace(), settings: settings)
    capabilities = LinkCapabilities(mtu: mtu)
    interfaces = [host.attachPacketLink(addresses: [], capabilities: capabilities)]
    table = host.makeSocketTable()
  }

  deinit {
    host.stop()
    while waiting.pop() != nil {}
    pool.destroy()
  }

  // MARK: Addresses

  /// Gives the host an address, with its network, and a router for everything else of that version.
  public func addAddress(_ text: String, gateway: String?) throws(ErrorNumber) {
    guard let prefix = AddressPrefix(text), !prefix.address.isUnspecified, !prefix.address.isMulticast,
      !prefix.address.isLoopback, !prefix.address.isBroadcast
    else { throw .invalidArgument }
    let router = gateway.flatMap { Address($0) }
    if gateway != nil, router?.isV4 != prefix.address.isV4 || router?.isUnspecified != false {
      throw .invalidArgument
    }
    // RFC 8200 §5: "IPv6 requires that every link in the Internet have an MTU of 1280 octets or greater."
    if !prefix.address.isV4, capabilities.mtu < 1_280 { throw .invalidArgument }
    if host.withInternet({ $0.isLocal(prefix.address) }) { throw .addressInUse }
    let interface = try attach(prefix)
    guard let router else { return }
    let everything = AddressPrefix(prefix.address.isV4 ? .anyV4 : .any, length: 0)
    host.addRoute(to: everything, gateway: router, interface: interface)
  }

  private func attach(_ prefix: AddressPrefix) throws(ErrorNumber) -> Int {
    let first = interfaces[0]
    if !prefix.address.isV4 {
      guard host.addAddress(prefix, to: first) else { throw .noSpace }
      // Where an address has to be looked at before it holds, that is now.
      work()
      return first
    }
    if host.withInternet({ $0.interface(first).address.isUnspecified }) {
      host.configure(first, address: prefix)
      return first
    }
    guard interfaces.count < PacketHost.mostV4Addresses else { throw .noSpace }
    interfaces.append(host.attachPacketLink(addresses: [prefix], capabilities: capabilities))
    return interfaces[interfaces.count - 1]
  }

  // MARK: Packets and time

  /// A packet arrived. Throws `messageTooLong` where it is longer than the link takes.
  public func receive(_ packet: RawSpan) throws(ErrorNumber) {
    if packet.byteCount > capabilities.mtu { throw .messageTooLong }
    guard packet.byteCount > 0 else { throw .invalidArgument }
    guard var frame = pool.take(large: packet.byteCount > Frame.standardRoom) else { throw .noMemory }
    frame.append(packet)
    // Whichever of its addresses it is for: a host owns them all on all its links (RFC 1122 §3.3.4.2).
    host.receive(frame, on: interfaces[0], at: now)
    work()
  }

  /// Bytes of the packet that waits longest; nil: none waits.
  public var nextCount: Int? {
    collect()
    return waiting.isEmpty ? nil : waiting.firstCount
  }

  /// Takes the packet that waits longest and shows it to `body`, with the instant at which it was made.
  public func takePacket(_ body: (RawSpan, Instant) -> Void) {
    collect()
    guard let frame = waiting.pop() else { return }
    body(frame.bytes, times[firstTime])
    firstTime += 1
    if waiting.isEmpty || firstTime >= PacketHost.mostWaiting {
      times.removeFirst(firstTime)
      firstTime = 0
    }
  }

  /// Lets the host do what calls made necessary: to be said after calls of its sockets.
  public func work() {
    var idle = 0
    // What becomes due by what was sent comes in a second turn.
    while idle < 2 {
      host.flush(at: now)
      idle = collect() ? 0 : idle + 1
      if host.nextDeadline > now { return }
      host.expire(at: now)
    }
  }

  /// Takes what the host made. False: nothing.
  @discardableResult
  private func collect() -> Bool {
    var any = false
    while !waiting.isFull, let frame = host.takeOutgoing() {
      waiting.push(frame)
      times.append(now)
      any = true
    }
    return any
  }

  /// When time makes the host do something; `never`: not before something else happens.
  public var nextDeadline: Instant { host.nextDeadline }

  /// Lets everything that is due until `time` happen, each at its own instant; then it is `time`. It never
  /// goes back.
  public func advance(to time: Instant) {
    while host.nextDeadline <= time {
      now = max(host.nextDeadline, now)
      host.expire(at: now)
      work()
      // Nobody takes the packets: time alone brings nothing more.
      if host.nextDeadline <= now { break }
    }
    now = max(now, time)
    host.advance(to: now)
  }

  // MARK: Sockets

  /// Opens a socket, as `socket` does.
  public func socket(domain: Int32, type: Int32, protocol number: Int32) throws(ErrorNumber) -> BSDSocket {
    try BSDSocket(on: table, domain: domain, type: type, protocol: number, settings: settings)
  }
}
