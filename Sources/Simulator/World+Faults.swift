import StrataBase
import StrataLink
import StrataStack

// What befalls a world's hosts and cables while it runs. A name that nothing has makes `run` throw.
extension World {
  // MARK: partitions

  /// From now on two hosts do not hear each other: what one sends is kept from the other where it would
  /// arrive, counted in `framesCut(.partition)`, and told in the trace. Others hear both.
  public func partition(_ a: String, _ b: String) { partition([a], [b]) }

  /// The same for each of the ones with each of the others.
  public func partition(_ group: [String], _ others: [String]) {
    forEachPair(group, others) { partitions.part($0.number, $1.number) }
  }

  /// Two hosts hear each other again.
  public func heal(_ a: String, _ b: String) { heal([a], [b]) }

  public func heal(_ group: [String], _ others: [String]) {
    forEachPair(group, others) { partitions.heal($0.number, $1.number) }
  }

  /// All hosts hear each other again.
  public func heal() { partitions.healAll() }

  private func forEachPair(_ group: [String], _ others: [String], _ body: (WorldHost, WorldHost) -> Void) {
    let group = group.compactMap(named), others = others.compactMap(named)
    for one in group { for other in others { body(one, other) } }
  }

  private func named(_ name: String) -> WorldHost? {
    if names[name] == nil { fail("there is no host \(name), at \(now)") }
    return names[name]
  }

  // MARK: hosts

  /// Takes a host's power away: its peers hear nothing more, its tasks are cancelled and what they still
  /// come to does not count. With `restartAfter` it starts again by then, as a fresh host with the same
  /// name and addresses, unless it was started before.
  public func crash(_ name: String, restartAfter pause: Interval? = nil) {
    guard let host = named(name) else { return }
    host.powerOff()
    let boot = host.boot
    if let pause {
      at(now + pause) { world in
        if !host.isUp, host.boot == boot { world.powerOn(host) }
      }
    }
  }

  /// Starts a host that is down; one that is up loses its power for an instant.
  public func restart(_ name: String) {
    guard let host = named(name) else { return }
    host.powerOff()
    powerOn(host)
  }

  private func powerOn(_ host: WorldHost) {
    host.powerOn(at: now)
    start(host)
  }

  /// Ends a host's programs in order: its tasks are cancelled, its sockets closed, and its stack still
  /// tells their peers. Nothing runs on it then before `restart`.
  public func stop(_ name: String) {
    guard let host = named(name) else { return }
    touch(host)
    host.closePrograms()
  }

  // MARK: cables

  /// Changes the settings of the cables between two places, for what is sent from now on.
  public func change(_ a: String, _ b: String, _ body: (inout CableSettings) -> Void) {
    for number in cables(between: a, b) { withCable(number) { body(&$0.settings) } }
  }

  /// Changes the settings of all cables of a host or switch.
  public func change(_ name: String, _ body: (inout CableSettings) -> Void) {
    for number in cables(of: name) { withCable(number) { body(&$0.settings) } }
  }

  /// Pulls the cables between two places out: what is on its way on them is lost.
  public func unplug(_ a: String, _ b: String) {
    for number in cables(between: a, b) { withCable(number) { $0.unplug(at: now) } }
  }

  /// Pulls out all cables of a host or switch.
  public func unplug(_ name: String) {
    for number in cables(of: name) { withCable(number) { $0.unplug(at: now) } }
  }

  public func replug(_ a: String, _ b: String) {
    for number in cables(between: a, b) { withCable(number) { $0.replug() } }
  }
  public func replug(_ name: String) {
    for number in cables(of: name) { withCable(number) { $0.replug() } }
  }

  private func cables(of name: String) -> [Int] {
    let found = cables.indices.filter { cables[$0].joins(name) }
    if found.isEmpty { fail("no cable is plugged into \(name), at \(now)") }
    return found
  }

  private func cables(between a: String, _ b: String) -> [Int] {
    let found = cables.indices.filter { cables[$0].joins(a) && cables[$0].joins(b) }
    if found.isEmpty {
      fail("no cable joins \(a) and \(b), at \(now); name one place alone to mean all of its cables")
    }
    return found
  }
}
