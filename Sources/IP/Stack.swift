import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire
import Synchronization

/// TCP and UDP for a program that is handed IP packets: a tunnel, a VPN app, a test. Packets for whatever
/// address are taken, so that the program can carry on what they ask for elsewhere. It needs no thread, no
/// descriptor and no right; any thread may call.
///
/// ```swift
/// let stack = Stack(.ip(mtu: 1_500), memory: .mebibytes(16))
/// stack.onOutput { packets in packets.forEach { tunnel.write($0) } }
/// stack.receive(packet)
/// for await offer in stack.offers(.anyDestination) {
///   guard let upstream = try? await dial(offer.destination) else { offer.refuse(); continue }
///   let near = try await offer.accept()
/// }
/// ```
public final class Stack: Sendable {
  /// What packets travel on.
  public enum Link: Sendable {
    /// IP packets of up to `mtu` bytes with nothing in front; 1,280 at least where IPv6 is to pass.
    case ip(mtu: Int)
  }

  /// Who moves the stack's clock.
  public enum Time: Sendable {
    /// The system's clock.
    case continuous
    /// Only `advance`: for tests, and for replaying.
    case manual
  }

  /// Which destinations a sequence is about.
  public enum Destination: Sendable {
    /// All that no socket of this stack has.
    case anyDestination
  }

  let core: Mutex<Core>
  private let output: Output
  private let timer: Timer?

  /// `memory`: half of it bounds the buffers of packets, on their way and waiting to be read. What
  /// connections keep until it is acknowledged is bounded for each by itself
  /// (`TCPSettings.Values.sendBuffer`).
  /// `addresses`: the stack's own, of which `connect` needs one. `seed` decides every random choice: give one
  /// to repeat a run.
  public init(
    _ link: Link, memory: MemorySize, addresses: [AddressPrefix] = [], time: Time = .continuous,
    seed: UInt64 = .random(in: 0 ... .max)
  ) {
    core = Mutex(Core(link, memory, addresses, seed: seed))
    output = Output()
    timer = time == .continuous ? Timer() : nil
  }

  // MARK: Packets

  /// Takes packets away: called with all that wait, one batch after the other in their order, on the thread
  /// whose call made them. It may call the stack.
  public func onOutput(_ body: @escaping @Sendable (borrowing PacketBatch) -> Void) {
    output.setTaker(body)
    turn { _ in }
  }

  /// One IP packet arrives. One for which no memory is left is lost, as on any link.
  public func receive(_ packet: RawSpan) { turn { $0.receive(packet) } }

  /// A batch of packets arrives, and is answered as one.
  public func receive(_ packets: some Sequence<some Collection<UInt8>>) {
    turn { core in
      for packet in packets {
        packet.withContiguousStorageIfAvailable { core.receive($0.span.bytes) }
          ?? core.receive(
            Array(packet).span.bytes)
      }
    }
  }

  // MARK: Time

  /// The stack's clock, from its making on.
  public var now: Instant { core.withLock { $0.host.now } }

  /// When `advance` has something to do; `never` while nothing waits.
  public var nextDeadline: Instant { core.withLock { $0.nextDeadline } }

  /// Moves the clock, never back, and lets what is due happen. Of a stack whose time is `manual`.
  public func advance(to now: Instant) {
    precondition(timer == nil, "this stack follows the system's clock")
    turn { $0.advance(to: now) }
  }

  // MARK: What it shows

  /// Connections, listeners and sockets for datagrams.
  public var socketCount: Int { core.withLock { $0.sockets.count } }
  /// Bytes that buffers of packets take.
  public var packetMemory: Int { core.withLock { $0.pool.memory } }

  // MARK: Inside

  /// Lets `body` work on the core, and does what follows: answers, wakes tasks, sets the timer.
  @discardableResult
  func turn<R>(_ body: (Core) -> R) -> R {
    let (result, woken, deadline) = core.withLock { core in
      if let timer { core.advance(to: timer.now) }
      // What stays inside of the lock is the core alone; `R` is what its calls give out.
      nonisolated(unsafe) let result = body(core)
      core.settle()
      return (Transfer(result), core.takeWoken(), core.nextDeadline)
    }
    for waiter in woken { waiter.resume() }
    output.deliver(core)
    timer?.wake(at: deadline) { [weak self] in self?.turn { _ in } }
    return result.value
  }

  /// A value on its way out of the lock.
  private struct Transfer<R>: @unchecked Sendable {
    let value: R
    init(_ value: R) { self.value = value }
  }
}
