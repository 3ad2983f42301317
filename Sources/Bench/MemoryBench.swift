import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataWire

/// Host to host in memory: one program writes, the other reads, with both stacks and the cable between
/// them on one thread. Every payload byte is copied in by the writer and summed by the reader.
public struct MemoryBench: ~Copyable {
  public struct Settings: Sendable {
    public var megabytes = 2_000
    public var superFrames = false
    /// Bytes that the writer copies in at a time: a piece that stays in cache.
    public var piece = 16_384
    /// Bytes of each socket buffer.
    public var buffer = 65_536
    public init() {}
  }

  public struct Result: Sendable {
    public let bytes: Int
    public let segments: Int
    /// Processor time of the transfer, both ends together.
    public let time: Interval
    public var gigabitsPerSecond: Double { Double(bytes) * 8 / Double(time.nanoseconds) }
    public var nanosecondsPerSegment: Double { Double(time.nanoseconds) / Double(segments) }
  }

  private let settings: Settings
  private let pool = FramePool(standard: 1_024, large: 64)
  private let writer: Host
  private let reader: Host
  private var cable: Cable
  private var now = Instant.start
  private var segments = 0

  public init(_ settings: Settings = Settings()) {
    self.settings = settings
    var hostSettings = HostSettings()
    hostSettings.connections = 16
    hostSettings.tcp.sendBuffer = settings.buffer
    hostSettings.tcp.receiveBuffer = settings.buffer
    writer = Host(pool: pool, random: Random(seed: 1), trace: Trace(), settings: hostSettings)
    reader = Host(pool: pool, random: Random(seed: 2), trace: Trace(), settings: hostSettings)
    let wire = CableSettings(superFrames: settings.superFrames)
    cable = Cable(settings: wire, number: 0, seed: 3, trace: Trace(), pool: pool)
    for (host, last) in [(writer, UInt8(1)), (reader, UInt8(2))] {
      _ = host.attach(
        hardware: HardwareAddress(2, 0, 0, 0, 0, last), address: AddressPrefix("10.0.0.\(last)/24")!,
        capabilities: wire.capabilities)
    }
  }

  /// Sends `megabytes` through and gives what it cost. `clock` gives processor time in nanoseconds.
  public mutating func run(clock: () -> Int64) throws(SocketError) -> Result {
    let (source, sink) = try connect()
    let goal = settings.megabytes << 20
    let payload = [UInt8](unsafeUninitializedCapacity: settings.piece) { buffer, count in
      for at in buffer.indices { buffer[at] = UInt8(truncatingIfNeeded: at &* 167 &>> 3) }
      count = buffer.count
    }
    var written = 0, read = 0
    var sum: UInt64 = 0
    segments = 0
    let start = clock()
    while read < goal {
      if written < goal {
        let piece = payload.span.bytes.extracting(first: min(settings.piece, goal &- written))
        if let n = try? source.sockets.write(source.descriptor, piece) { written &+= n }
      }
      turn()
      while let n = try? sink.sockets.drain(
        sink.descriptor,
        { bytes in
          sum &+= Checksum.sum(bytes)
          return bytes.byteCount
        }), n > 0
      { read &+= n }
    }
    let time = Interval(nanoseconds: clock() - start)
    precondition(sum != 0)
    return Result(bytes: read, segments: segments, time: time)
  }

  private typealias End = (sockets: SocketTable, descriptor: Descriptor)

  private mutating func connect() throws(SocketError) -> (End, End) {
    let near = writer.makeSocketTable(), far = reader.makeSocketTable()
    let name = SocketAddress("10.0.0.2:9")!
    let listener = try far.socket(.stream)
    try far.bind(listener, to: name)
    try far.listen(listener, backlog: 1)
    let source = try near.socket(.stream)
    do { try near.connect(source, to: name) } catch .inProgress {}
    while !near.readiness(source).contains(.writable) { turn() }
    turn()
    return ((near, source), (far, try far.accept(listener).descriptor))
  }

  /// One round: what the writer has goes over, what the reader answers comes back. 10 us pass.
  private mutating func turn() {
    now = now + .microseconds(10)
    turn(writer, end: 0)
    turn(reader, end: 1)
  }

  private mutating func turn(_ host: Host, end: Int) {
    while let frame = cable.receive(at: end, now) {
      segments &+= 1
      host.receive(frame, on: 0, at: now)
    }
    if host.nextDeadline <= now { host.expire(at: now) }
    host.flush(at: now)
    while let frame = host.takeOutgoing() { cable.send(frame, from: end, at: now) }
  }
}
