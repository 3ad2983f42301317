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
  /// Where the jobs of `tasks` wait.
  let jobs = RunQueue()
  var isUnsettled = false
  /// The instant of its entry in the world's agenda.
  var queuedAt = Instant.never

  init(name: String, number: Int, address: AddressPrefix, host: Host) {
    self.name = name
    self.number = number
    self.address = address
    self.host = host
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

  /// Stack and programs answer each other until neither has anything more to say at this instant.
  func settle(at now: Instant) {
    var isBusy = true
    while isBusy {
      host.flush(at: now)
      isBusy = false
      for program in programs where program.handleEvents() { isBusy = true }
      for net in tasks { net.dispatch() }
      if jobs.run() { isBusy = true }
    }
  }

  func tearDown() {
    programs.removeAll()
    tasks.removeAll()
  }
}
