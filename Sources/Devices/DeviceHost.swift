import Glibc
import StrataBase
import StrataInternet
import StrataLink
import StrataLoop
import StrataSockets
import StrataStack
import StrataWire

/// A host of ours on a device of the operating system: other programs, and the kernel itself, are its
/// neighbours. Its owner runs programs on `sockets` and turns it:
///
/// ```swift
/// let device = try SystemDevice.tap("tap0", pool: pool)
/// let ground = try DeviceHost(device, on: loop, addresses: [AddressPrefix("10.9.0.2/24")!], pool: pool)
/// while !loop.isStopped {
///   while let event = ground.sockets.nextEvent() { program.handle(event, ground.sockets) }
///   ground.turn(until: program.nextDeadline)
/// }
/// ```
public final class DeviceHost {
  public let host: Host
  public let sockets: SocketTable
  /// What sees the frames; nil: nobody.
  public var observer: (any DeviceObserver)?

  private var device: SystemDevice
  private let loop: Loop
  private let pool: FramePool
  /// Turns since the loop was last asked what else is ready.
  private var unasked = 0

  /// Frames that are read in one turn at most, and bytes: so much stays in the cache until a program has
  /// read it.
  static var framesATurn: Int { 64 }
  static var bytesATurn: Int { 131_072 }
  /// Turns without waiting after which the loop's other sources have their turn.
  static var turnsBetweenLooks: Int { 16 }
  /// How long a device that takes no more, or a pool that is empty, is left alone.
  static var pause: Interval { .milliseconds(1) }

  /// `gateways`: where packets to other networks go, at most one for each version of IP. Without Ethernet
  /// everything goes to the one neighbour. Throws when the loop cannot wait for the device.
  public init(
    _ device: consuming SystemDevice, on loop: Loop, addresses: [AddressPrefix], gateways: [Address] = [],
    pool: FramePool, settings: HostSettings = HostSettings()
  ) throws(DeviceError) {
    self.loop = loop
    self.pool = pool
    var random = SystemRandomNumberGenerator()
    host = Host(pool: pool, random: Random(seed: random.next()), trace: Trace(), settings: settings)
    let interface: Int
    switch device.kind {
    case .tun:
      interface = host.attachPacketLink(addresses: addresses, capabilities: device.capabilities)
    case .tap:
      // Administered locally, so that it is nobody else's (IEEE 802 §8.4).
      let hardware = HardwareAddress(number: random.next() & 0x00ff_ffff_ffff | 0x0200_0000_0000)
      interface = host.attach(
        hardware: hardware, addresses: addresses, capabilities: device.capabilities,
        duplicateProbes: device.isNew ? 0 : nil)
    case .packetSocket:
      interface = host.attach(
        hardware: device.link.hardware, addresses: addresses, capabilities: device.capabilities)
    }
    for gateway in gateways {
      host.addRoute(
        to: AddressPrefix(gateway.isV4 ? Address("0.0.0.0")! : Address.any, length: 0), gateway: gateway,
        interface: interface)
    }
    sockets = host.makeSocketTable()
    self.device = device
    do throws(LoopError) {
      try loop.addSource(self.device.descriptor, [.readable, .writable]) { [unowned self] _, ready in
        // An error is found by reading.
        if ready != .writable { self.device.noteReadable() }
      }
    } catch {
      throw .unwatchable(error)
    }
  }

  deinit { close() }

  /// Ends the host as a power failure does, and takes it off the loop: the pool has all its frames back.
  public func close() {
    loop.removeSource(device.descriptor)
    host.stop()
    device.releaseBuffers()
  }

  public var kind: SystemDevice.Kind { device.kind }
  public var link: KernelLink { device.link }
  public var counters: DeviceCounters { device.counters }
  /// Why the device is of no use any more; nil while it is.
  public var failure: DeviceError? { device.failure }

  /// Whether all addresses are known to be nobody else's, so that they are used.
  public var isReady: Bool {
    host.withInternet { internet in
      internet.interface(0).ipv6.addresses.allSatisfy { $0.state != .tentative }
    }
  }

  /// Sends what programs wrote, waits until something arrives or `deadline` has come, and takes what
  /// arrived. It does not wait while a program has events to take.
  public func turn(until deadline: Instant) {
    send(at: loop.now)
    wait(until: deadline)
    receive(at: loop.now)
    // Programs read before TCP answers: then acknowledgments tell of the room that reading made.
    host.announce()
  }

  private func send(at now: Instant) {
    if device.isBlocked { device.retry() }
    host.expire(at: now)
    host.flush(at: now)
    while !device.isBlocked, let frame = host.takeOutgoing() {
      if observer != nil { tellSent(frame, at: now) }
      device.send(frame, at: now)
    }
  }

  private func wait(until deadline: Instant) {
    if sockets.hasEvent || !device.isDrained || deadline <= host.now {
      unasked += 1
      if unasked >= Self.turnsBetweenLooks { look(until: .start) }
    } else if device.isBlocked {
      look(until: min(deadline, loop.now + Self.pause))
    } else {
      look(until: min(deadline, host.nextDeadline))
    }
  }

  private func look(until deadline: Instant) {
    unasked = 0
    loop.turn(until: deadline)
  }

  private func receive(at now: Instant) {
    var frames = Self.framesATurn, bytes = Self.bytesATurn
    while frames > 0, bytes > 0, !device.isDrained, let frame = device.receive(at: now) {
      frames &-= 1
      bytes &-= frame.count
      if observer != nil { tellArrived(frame, at: now) }
      host.receive(frame, on: 0, at: now)
    }
  }

  private func tellSent(_ frame: borrowing Frame, at now: Instant) { observer?.sent(frame.bytes, at: now) }
  private func tellArrived(_ frame: borrowing Frame, at now: Instant) {
    observer?.arrived(frame.bytes, at: now)
  }
}

/// Sees the frames of a device as they pass.
public protocol DeviceObserver: AnyObject {
  func sent(_ frame: RawSpan, at now: Instant)
  func arrived(_ frame: RawSpan, at now: Instant)
}
