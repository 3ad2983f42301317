import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataWire

/// One host of a world with its place in it: a name, the cables that end here, and what runs on it.
public final class Node {
  public let name: String
  /// From 1; the host number of this node's events.
  public let number: Int
  public let address: AddressPrefix
  public let host: Host

  struct Port {
    let cable: Int
    let end: Int
  }
  /// By interface number.
  var ports: [Port] = []
  var programs: [RunningProgram] = []
  var tasks: [AsyncSockets<SocketTable>] = []
  private var spawned: [Spawned] = []
  let foreign = ForeignJobs()
  /// Where the jobs of `tasks` wait.
  let jobs: RunQueue
  var isUnsettled = false
  /// The instant of its entry in the world's agenda.
  var queuedAt = Instant.never

  init(name: String, number: Int, address: AddressPrefix, host: Host) {
    self.name = name
    self.number = number
    self.address = address
    self.host = host
    jobs = foreign.makeQueue()
  }

  func plug(cable: Int, end: Int, settings: CableSettings) {
    let hardware = HardwareAddress(0x02, 0, 0, UInt8(ports.count), UInt8(number >> 8), UInt8(number & 0xff))
    let interface = host.attach(hardware: hardware, address: address, capabilities: settings.capabilities)
    precondition(interface == ports.count)
    ports.append(Port(cable: cable, end: end))
  }

  func interface(of cable: Int, end: Int) -> Int {
    ports.firstIndex { $0.cable == cable && $0.end == end }!
  }

  var nextDeadline: Instant {
    var due = host.nextDeadline
    for program in programs { due = min(due, program.nextDeadline) }
    for net in tasks { due = min(due, net.nextDeadline) }
    return due
  }

  func expire(at now: Instant) {
    host.expire(at: now)
    for program in programs where program.nextDeadline <= now { program.expire() }
    for net in tasks where net.nextDeadline <= now { net.expire() }
  }

  /// Starts asynchronous code with sockets of its own.
  func spawn(_ body: @escaping @Sendable (AsyncSockets<SocketTable>) async throws -> Void) -> Spawned {
    let net = AsyncSockets(host.makeSocketTable(), on: jobs)
    let spawned = Spawned(on: self)
    tasks.append(net)
    self.spawned.append(spawned)
    jobs.inside {
      spawned.task = Task(executorPreference: jobs) {
        do { try await body(net) } catch { spawned.failure = error }
        spawned.isFinished = true
      }
    }
    return spawned
  }

  /// Stack and programs answer each other until neither has anything more to say at this instant, or
  /// `most` rounds have passed: then it is false.
  func settle(at now: Instant, most: Int) -> Bool {
    // Programs read first, so that one segment acknowledges, opens the window and carries their answer.
    host.announce()
    _ = runPrograms(most: most)
    for _ in 0..<most {
      host.flush(at: now)
      if !runPrograms(most: most) { return true }
    }
    return false
  }

  /// Lets programs and tasks take what is announced; false when nothing was.
  private func runPrograms(most: Int) -> Bool {
    var isBusy = false
    for program in programs where program.handleEvents(most: most) { isBusy = true }
    for net in tasks { net.dispatch() }
    if jobs.run() { isBusy = true }
    return isBusy
  }

  /// Ends what runs here. Tasks are cancelled, so that they end as well, if they can.
  func tearDown() {
    programs.removeAll()
    for spawned in spawned { spawned.cancel() }
    for _ in 0..<Node.mostFarewells where jobs.run() {
      for net in tasks { net.dispatch() }
    }
    spawned.removeAll()
    tasks.removeAll()
    host.stop()
  }

  /// How often the tasks of a host that is torn down get to run.
  static let mostFarewells = 100
}
