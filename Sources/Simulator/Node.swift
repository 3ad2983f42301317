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
  /// The first of its addresses.
  public var address: AddressPrefix { addresses[0] }
  /// Every interface has all of them.
  public let addresses: [AddressPrefix]
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

  init(name: String, number: Int, addresses: [AddressPrefix], host: Host) {
    self.name = name
    self.number = number
    self.addresses = addresses
    self.host = host
  }

  func plug(cable: Int, end: Int, settings: CableSettings) {
    let hardware = HardwareAddress(0x02, 0, 0, UInt8(ports.count), UInt8(number >> 8), UInt8(number & 0xff))
    // Who made the world knows that no address is in it twice: nobody has to ask for a second before his
    // first packet.
    let interface = host.attach(
      hardware: hardware, addresses: addresses, capabilities: settings.capabilities, duplicateProbes: 0)
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
