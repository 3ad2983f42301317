import StrataBase
import StrataFiles
import StrataKernel
import StrataLoop
import StrataRecording
import StrataService
import StrataSockets

/// Serves a folder through a simulated cable: carries real clients into a world and the world's answers
/// out, and lets the world's clock follow the wall's.
struct CableServing<S: Store> {
  private let command: Serve
  private let cable: CableWorld<S>
  private let kernel: KernelSockets
  private let loop: Loop
  private let console: Console
  private let recorder: RecordingWriter?
  private var capture: PacketCapture?
  private var gateway: Gateway
  private var clock: PacedClock
  private var story: Story
  private var isStopping = false

  init(
    _ command: Serve, _ cable: CableWorld<S>, _ scene: Scene, _ recorder: RecordingWriter?, _ loop: Loop,
    _ console: Console
  ) throws {
    self.command = command
    self.cable = cable
    self.recorder = recorder
    self.loop = loop
    self.console = console
    kernel = KernelSockets(on: loop)
    let kernel = kernel
    gateway = try Listening.find(command.listen) { address throws(SocketError) in
      var gateway = Gateway(address: address)
      try gateway.listen(kernel)
      return gateway
    }
    clock = PacedClock(command.pace)
    story = Story(server: cable.server, client: cable.client)
    if let path = command.pcap {
      let capture = try PacketCapture(
        path: path, host: cable.client.name, epoch: UInt64(scene.epoch) * 1_000_000_000)
      cable.world.observers.append(capture)
      self.capture = capture
    }
  }

  /// Where it can be reached.
  var address: SocketAddress { gateway.localAddress ?? gateway.address }

  /// Serves until it is interrupted; then lets what is under way finish.
  mutating func run(_ interrupt: Interrupt) throws(RecordingError) {
    while !loop.isStopped {
      turn()
      if interrupt.isAsked, !isStopping { try stop() }
      if isStopping, gateway.flowCount == 0 { break }
      loop.turn(until: nextTurn)
    }
    try capture?.close()
  }

  /// Lets the world's clock catch up, and carries what came up on either side to the other.
  private mutating func turn() {
    cable.world.advance(to: clock.virtual(at: loop.now, cable.world))
    repeat {
      while let event = kernel.nextEvent() { gateway.handle(event, kernel) }
      gateway.takeOutput { message in
        if !isStopping { recorder?.message(message, at: cable.world.now) }
        cable.receive(message)
      }
      cable.takeOutput { gateway.receive($0, kernel) }
    } while gateway.hasOutput
    while let record = cable.nextRecord() {
      for line in story.tell(record, cable.world) { console.say(line) }
    }
  }

  private var nextTurn: Instant {
    gateway.hasOutput ? loop.now : clock.wall(of: cable.world.nextDeadline, loop.now)
  }

  /// The first interrupt: no new clients, and the recording ends here.
  private mutating func stop() throws(RecordingError) {
    isStopping = true
    console.say("\nstopping: \(gateway.flowCount) connections to finish; Ctrl-C again to stop at once")
    try recorder?.close(at: cable.world.now, events: cable.world.eventCount, hash: cable.world.eventHash)
    gateway.stopListening(kernel)
    cable.stop()
  }
}
