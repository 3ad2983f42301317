import StrataBase
import StrataKernel
import StrataLoop
import StrataRecording
import StrataService
import StrataSockets

/// Carries real connections through a world with a cable and on to a real server, and lets the world's
/// clock follow the wall's.
///
/// ```swift
/// var carrier = try BetweenCarrier(scene, faults, target, listen: nil, recorder: nil, loop)
/// while !loop.isStopped {
///   carrier.turn()
///   for news in carrier.takeNews() { print(news) }
///   loop.turn(until: carrier.nextTurn)
/// }
/// ```
struct BetweenCarrier {
  let between: BetweenWorld
  private let loop: Loop
  private let kernel: KernelSockets
  private let recorder: RecordingWriter?
  /// The world's start on the loop's clock.
  private let started: Instant
  private var gateway: Gateway
  private var forwarder: Forwarder
  private var isStopping = false

  /// Listens where it was asked to, or on the first free port from the default on.
  init(
    _ scene: Scene, _ faults: [StreamFault], _ target: SocketAddress, listen: ListenAddress?,
    recorder: RecordingWriter?, _ loop: Loop
  ) throws(CommandFailure) {
    self.loop = loop
    self.recorder = recorder
    started = loop.now
    let kernel = KernelSockets(on: loop)
    self.kernel = kernel
    between = BetweenWorld(scene, faults)
    forwarder = Forwarder(target: target)
    gateway = try Listening.find(listen) { address throws(SocketError) in
      var gateway = Gateway(address: address)
      try gateway.listen(kernel)
      return gateway
    }
  }

  /// Where clients can reach it.
  var address: SocketAddress { gateway.localAddress ?? gateway.address }
  /// Connections with clients that are open.
  var flowCount: Int { gateway.flowCount }
  /// Connections with either side; servers may still have to take what was sent to them.
  var isBusy: Bool { gateway.flowCount > 0 || forwarder.flowCount > 0 }
  /// The most bytes that wait in one flow for either outside to take them.
  var mostWaiting: Int { max(gateway.mostWaiting, forwarder.mostWaiting) }

  /// Lets the world's clock catch up, and carries what came up on each side to the others.
  mutating func turn() {
    let (between, recorder) = (between, recorder)
    func record(_ message: RawSpan, _ side: BetweenWorld.Side) {
      recorder?.message(message, at: between.world.now, isFar: side == .far)
    }
    between.world.advance(to: .start + (loop.now - started))
    if gateway.nextDeadline <= loop.now { gateway.expire(kernel) }
    if forwarder.nextDeadline <= loop.now { forwarder.expire(kernel) }
    repeat {
      while let event = kernel.nextEvent() {
        gateway.handle(event, kernel)
        forwarder.handle(event, kernel)
      }
      gateway.takeOutput { if between.receive($0, from: .near) { record($0, .near) } }
      forwarder.takeOutput { if between.receive($0, from: .far) { record($0, .far) } }
      between.takeOutput { side, message in
        if side == .near { gateway.receive(message, kernel) } else { forwarder.receive(message, kernel) }
      }
      between.endSevered { record($0, $1) }
    } while gateway.hasOutput || forwarder.hasOutput
    if isStopping {
      gateway.closeServed(kernel)
      forwarder.closeSilent(kernel)
    }
    // A message of no bytes means nothing to a world, but a replay comes to its instant: what there is to
    // tell is in the recording, though its run may be killed before anything else comes in.
    if between.hasNews { recorder?.message([UInt8]().span.bytes, at: between.world.now) }
    recorder?.flush()
  }

  /// When to turn again at the latest.
  var nextTurn: Instant {
    if gateway.hasOutput || forwarder.hasOutput { return loop.now }
    let virtual = min(between.world.nextDeadline, between.nextDeadline)
    let world = virtual == .never ? Instant.never : started + (virtual - .start)
    let silence = isStopping ? min(gateway.silenceEnds, forwarder.silenceEnds) : .never
    return min(world, min(silence, min(gateway.nextDeadline, forwarder.nextDeadline)))
  }

  /// Takes no more clients, and lets what is under way finish.
  mutating func stop() {
    isStopping = true
    gateway.stopListening(kernel)
    between.releaseCut()
  }

  /// Ends all connections at once, and the recording.
  mutating func close() throws(RecordingError) {
    let world = between.world
    try recorder?.close(at: world.now, events: world.eventCount, hash: world.eventHash)
    gateway.stop(kernel)
    forwarder.stop(kernel)
  }
}
