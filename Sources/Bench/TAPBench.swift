import CDevices
import Glibc
import StrataBase
import StrataDevices
import StrataLoop
import StrataSockets
import StrataStack
import StrataWire

/// Strata on a TAP against the kernel's TCP, in a network namespace of its own, beside what the device
/// allows without any stack: every figure of one run on one machine.
///
/// ```swift
/// try TAPBench(settings).run { print($0) }
/// ```
public struct TAPBench {
  public struct Settings: Sendable {
    /// How long each measurement takes, and how often it is made; the median counts.
    public var time = Interval.seconds(1)
    public var runs = 5
    /// Bytes of each socket buffer of ours.
    public var buffer = 262_144
    /// Connections that are open at a time where connections are counted.
    public var connectionsAtATime = 64
    /// Only measurements whose name has this in it; nil: all.
    public var only: String?
    public init() {}
  }

  /// What one measurement gave.
  struct Figure {
    /// Bytes, rounds or connections.
    var count: Int
    /// Processor time of our thread, and of the process, which is both ends.
    var own: Interval
    var both: Interval
    var wall: Interval
    /// Allocations cannot be seen here; what can: times without a buffer.
    var noBuffers: UInt64 = 0

    var gigabitsPerProcessorSecond: Double { Double(count) * 8 / Double(max(own.nanoseconds, 1)) }
    var gigabitsPerSecond: Double { Double(count) * 8 / Double(max(wall.nanoseconds, 1)) }
    var gigabitsOfBoth: Double { Double(count) * 8 / Double(max(both.nanoseconds, 1)) }
    var eachSecond: Double { Double(count) * 1e9 / Double(max(wall.nanoseconds, 1)) }
  }

  private let settings: Settings
  private static let link = "bench0"
  private static let kernel = AddressPrefix("10.9.0.1/24")!
  private static let own = AddressPrefix("10.9.0.2/24")!

  public init(_ settings: Settings = Settings()) { self.settings = settings }

  /// Measures, and gives `tell` a line for each figure. Call it before the process has other threads.
  public func run(_ tell: (String) -> Void) throws(DeviceError) {
    try DeviceError.check(strata_namespace_enter(), "a network namespace")
    tell("Gbit per second of our processor time; median of \(settings.runs) runs, and all of them")
    for offloads in [true, false] {
      let name = offloads ? "super-frames" : "1,500-byte frames"
      for sends in [false, true] {
        let way = sends ? "send" : "receive"
        guard isWanted("\(way) \(name)") else { continue }
        let limit = try measure { () throws(DeviceError) in try raw(sends: sends, offloads: offloads) }
        tell(row("\(name), \(way), no stack", limit))
        let strata = try measure { () throws(DeviceError) in
          try serve(sends ? .receive : .send, at: sends ? .source : .sink, offloads: offloads)
        }
        let most = median(limit, \.gigabitsPerProcessorSecond)
        let ratio = median(strata, \.gigabitsPerProcessorSecond) / most
        let share = most > 0 ? "\(rounded(ratio, 2)) of the limit" : "the limit was not found"
        tell(row("\(name), \(way), Strata", strata) + ", " + share)
      }
    }
    if isWanted("ping-pong") {
      let rounds = try measure { () throws(DeviceError) in
        try serve(.pingPong, at: .echo, offloads: true)
      }
      tell("ping-pong of 1 byte: \(Int(median(rounds, \.eachSecond))) a second")
    }
    if isWanted("connect") {
      let connections = try measure { () throws(DeviceError) in
        try serve(.connect(atATime: settings.connectionsAtATime), at: .answer, offloads: true)
      }
      tell("connect, echo, close: \(Int(median(connections, \.eachSecond))) a second")
    }
  }

  private func isWanted(_ name: String) -> Bool { settings.only.map { name.contains($0) } ?? true }

  private func measure(_ body: () throws(DeviceError) -> Figure) throws(DeviceError) -> [Figure] {
    var figures: [Figure] = []
    for _ in 0..<settings.runs { figures.append(try body()) }
    return figures
  }

  // MARK: The two ends

  private func open(_ offloads: Bool, _ pool: FramePool) throws(DeviceError) -> SystemDevice {
    var device = try SystemDevice.tap(Self.link, pool: pool, offloads: offloads)
    try device.link.addAddress(Self.kernel)
    try device.link.raise()
    return device
  }

  private func raw(sends: Bool, offloads: Bool) throws(DeviceError) -> Figure {
    let pool = FramePool(standard: 64)
    defer { pool.destroy() }
    let device = try open(offloads, pool)
    var end = RawEnd(device, address: Self.own.address, offloads: offloads)
    let peer = KernelPeer(sends ? .receive : .send, to: SocketAddress(address: Self.own.address, port: 9))
    end.run(sends: sends, for: warmUp)
    let before = end.bytes, watch = Stopwatch()
    end.run(sends: sends, for: settings.time)
    let figure = watch.figure(end.bytes - before)
    peer.halt()
    end.run(sends: false, for: .milliseconds(100))
    peer.join()
    return figure
  }

  /// What passes before the clock starts: the congestion windows open.
  private var warmUp: Interval { .milliseconds(200) }

  private func serve(
    _ work: KernelPeer.Work, at service: BenchService, offloads: Bool
  ) throws(DeviceError) -> Figure {
    let pool = FramePool(standard: 65_536, large: 1_024)
    let loop: Loop
    do { loop = try Loop() } catch { throw .unwatchable(error) }
    var hostSettings = HostSettings()
    hostSettings.tcp.sendBuffer = settings.buffer
    hostSettings.tcp.receiveBuffer = settings.buffer
    let ground = try DeviceHost(
      try open(offloads, pool), on: loop, addresses: [Self.own], pool: pool, settings: hostSettings)
    defer {
      ground.close()
      pool.destroy()
    }
    var server: BenchServer<SocketTable>
    do { server = try BenchServer(ground.sockets) } catch { throw .system(error.errno, Self.link) }
    let peer = KernelPeer(work, to: SocketAddress(address: Self.own.address, port: service.rawValue))
    turn(ground, &server, loop, for: warmUp)
    let before = count(work, peer, server), watch = Stopwatch()
    turn(ground, &server, loop, for: settings.time)
    var figure = watch.figure(count(work, peer, server) - before)
    figure.noBuffers = ground.counters.noBuffers
    peer.halt()
    turn(ground, &server, loop, for: .milliseconds(100))
    peer.join()
    if peer.isFailed { throw .system(ETIMEDOUT, Self.link) }
    return figure
  }

  private func count(_ work: KernelPeer.Work, _ peer: KernelPeer, _ server: BenchServer<SocketTable>) -> Int {
    switch work {
    case .send: server.received
    // What the peer has read: bytes in our buffers do not count.
    default: peer.count
    }
  }

  private func turn(
    _ ground: DeviceHost, _ server: inout BenchServer<SocketTable>, _ loop: Loop, for time: Interval
  ) {
    let end = loop.now + time
    while true {
      let isBusy = server.turn()
      let now = ground.host.now
      if now >= end { return }
      ground.turn(until: isBusy ? now : end)
    }
  }

  // MARK: Saying it

  private func row(_ name: String, _ figures: [Figure]) -> String {
    let all = figures.map { rounded($0.gigabitsPerProcessorSecond, 1) }.joined(separator: " ")
    let wall = rounded(median(figures, \.gigabitsPerSecond), 1)
    let middle = rounded(median(figures, \.gigabitsPerProcessorSecond), 1)
    let without = figures.map(\.noBuffers).max() ?? 0
    let lack = without > 0 ? ", \(without) times without a buffer" : ""
    return "\(name): \(middle) (\(all)), \(wall) Gbit/s\(lack)"
  }

  private func median(_ figures: [Figure], _ value: KeyPath<Figure, Double>) -> Double {
    figures.map { $0[keyPath: value] }.sorted()[figures.count / 2]
  }

  private func rounded(_ value: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }
}

/// Clocks that are read together.
struct Stopwatch {
  private let start = Stopwatch.read()

  private static func read() -> (own: Int64, both: Int64, wall: Int64) {
    func nanoseconds(_ clock: clockid_t) -> Int64 {
      var time = timespec()
      clock_gettime(clock, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
    return (
      nanoseconds(CLOCK_THREAD_CPUTIME_ID), nanoseconds(CLOCK_PROCESS_CPUTIME_ID),
      nanoseconds(CLOCK_MONOTONIC)
    )
  }

  func figure(_ count: Int) -> TAPBench.Figure {
    let end = Self.read()
    return TAPBench.Figure(
      count: count, own: .nanoseconds(end.own - start.own), both: .nanoseconds(end.both - start.both),
      wall: .nanoseconds(end.wall - start.wall))
  }
}
