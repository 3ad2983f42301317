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
  private let cable: CableWorld<S>
  private let kernel: KernelSockets
  private let loop: Loop
  private let console: Console
  private let recorder: RecordingWriter?
  private var capture: PacketCapture?
  private var gateway: Gateway
  private var clock: PacedClock
  private var story: Story
  private let folder: FolderStore
  private var visitor: Visitor?
  private var isStopping = false
  /// Connections as they were last told.
  private var flowCount = 0

  init(
    _ command: Serve, _ folder: FolderStore, _ cable: CableWorld<S>, _ scene: Scene,
    _ recorder: RecordingWriter?, _ loop: Loop, _ console: Console
  ) throws {
    self.folder = folder
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
    story = Story(client: cable.client, server: cable.server)
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
      if loop.now >= .start + Visitor.patience { visit() }
      if interrupt.isAsked, !isStopping { try stop() }
      if isStopping { gateway.closeServed(kernel) }
      if isStopping, gateway.flowCount == 0 { break }
      loop.turn(until: nextTurn)
    }
    try capture?.close()
  }

  /// Lets the world's clock catch up, and carries what came up on either side to the other.
  private mutating func turn() {
    cable.world.advance(to: clock.virtual(at: loop.now, cable.world))
    repeat {
      while let event = kernel.nextEvent() {
        gateway.handle(event, kernel)
        visitor?.handle(event, kernel)
      }
      gateway.takeOutput { message in
        if !isStopping { recorder?.message(message, at: cable.world.now) }
        cable.receive(message)
      }
      cable.takeOutput { gateway.receive($0, kernel) }
    } while gateway.hasOutput
    visitor?.expire(kernel)
    tell()
  }

  private mutating func tell() {
    if gateway.flowCount != flowCount {
      flowCount = gateway.flowCount
      console.detail("\(cable.world.now): \(flowCount) connections through the cable")
    }
    story.listen(cable.world)
    while let record = cable.nextRecord() {
      if !story.isTold { story.ended(record) } else { console.say("\(record)") }
    }
    for line in story.tell() { console.say(line) }
  }

  /// Somebody who looks at a quiet terminal sees a request after all.
  private mutating func visit() {
    guard visitor == nil, !story.isTold, gateway.flowCount == 0, console.isInteractive, !isStopping,
      let own = Visitor(folder, at: address, kernel)
    else { return }
    visitor = own
    console.say("nobody has come yet, so here is a request of Strata's own: \(own.url)")
  }

  private var nextTurn: Instant {
    if gateway.hasOutput { return loop.now }
    var next = clock.wall(of: cable.world.nextDeadline, loop.now)
    if isStopping { next = min(next, gateway.silenceEnds) }
    let visit = Instant.start + Visitor.patience
    return loop.now < visit ? min(next, visit) : next
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
