import StrataBase
import StrataInternet
import StrataLink
import StrataWire

@testable import StrataTransport

/// Two hosts of one version of IP, joined by a cable.
struct Pair: ~Copyable {
  /// A host with all of its layers.
  struct End: ~Copyable {
    let number: Int
    var internet: Internet
    var tcp: TCP
    var udp: UDP
  }

  let pool: FramePool
  var cable: Cable
  var a: End
  var b: End
  var now = Instant.start
  /// Turns since the start.
  var turns = 0

  init(
    _ family: Family, cable settings: CableSettings = CableSettings(delay: .milliseconds(1)),
    frames: Int = 16_384,
    tcp: TCPSettings = TCPSettings(), limits: TableLimits = TableLimits(), seed: UInt64 = 1, large: Int = 0
  ) {
    let pool = FramePool(standard: frames, large: large)
    self.pool = pool
    cable = Cable(settings: settings, number: 1, seed: seed, trace: Trace(), pool: pool)
    func end(_ number: Int, _ address: Address) -> End {
      var internet = Internet(pool: pool, random: Random(seed: seed + 10), trace: Trace())
      _ = internet.attach(
        hardware: HardwareAddress(2, 0, 0, 0, 0, UInt8(number + 1)),
        addresses: [AddressPrefix(address, length: family.networkLength)], capabilities: LinkCapabilities(),
        duplicateProbes: 0)
      let random = Random(seed: seed * 2 + UInt64(number))
      return End(
        number: number, internet: internet,
        tcp: TCP(pool: pool, random: random, trace: Trace(), settings: tcp, limits: limits),
        udp: UDP(pool: pool, random: random, trace: Trace()))
    }
    a = end(0, family.a)
    b = end(1, family.b)
  }

  /// One turn of both hosts at `now`.
  mutating func turn() {
    turns += 1
    Self.turn(&a, &cable, at: now)
    Self.turn(&b, &cable, at: now)
  }

  private static func turn(_ end: inout End, _ cable: inout Cable, at now: Instant) {
    while let frame = cable.receive(at: end.number, now) {
      switch end.internet.receive(frame, on: 0, at: now) {
      case .none: break
      case .packet(let packet):
        if packet.protocol == .tcp {
          end.tcp.receive(packet, &end.internet, at: now)
        } else {
          end.udp.receive(packet, &end.internet, at: now)
        }
      case .error(let error):
        end.tcp.failed(error, at: now)
        end.udp.failed(error, at: now)
      }
    }
    if end.internet.nextDeadline <= now { end.internet.expire(at: now) }
    if end.tcp.nextDeadline <= now { end.tcp.expire(at: now) }
    while let error = end.internet.nextError() {
      end.tcp.failed(error, at: now)
      end.udp.failed(error, at: now)
    }
    end.tcp.transmit(&end.internet, budget: 256, at: now)
    while let frame = end.internet.outgoing.pop() { cable.send(frame, from: end.number, at: now) }
  }

  /// When something happens next by itself.
  var next: Instant {
    let hosts = min(
      min(a.internet.nextDeadline, a.tcp.nextDeadline), min(b.internet.nextDeadline, b.tcp.nextDeadline))
    return a.tcp.hasOutput || b.tcp.hasOutput ? now : min(hosts, cable.nextArrival)
  }

  /// Runs until `body` says that it is done, at most `most` of virtual time. `body` is called after each
  /// turn. False: it was not done in time.
  @discardableResult
  mutating func run(most: Interval = .seconds(600), _ body: (inout Pair) -> Bool) -> Bool {
    let end = now + most
    while true {
      turn()
      if body(&self) { return true }
      let next = next
      if next > end { return false }
      now = max(now, next)
    }
  }

  /// Lets everything happen that happens by itself in this time.
  mutating func passes(_ interval: Interval) {
    let end = now + interval
    run(most: interval) { _ in false }
    now = end
    turn()
  }
}
