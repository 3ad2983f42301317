import StrataBase
import StrataSockets
import StrataStack
import StrataWire

// What runs on a world's hosts.
extension World {
  /// Gives a host code that runs when it starts, and again, from the beginning, when it is started again.
  /// What it throws fails `run` with the host's name.
  public func boot(_ host: WorldHost, _ body: @escaping @Sendable (HostNetwork) async throws -> Void) {
    let report = FailureReport(self), name = host.name
    add(to: host) { host in
      _ = host.spawn(report.names, failed: { report.failed(name, $0) }, body)
    }
  }

  /// Gives a host a program that is made anew whenever it starts.
  ///
  /// ```swift
  /// let echo = world.program(on: world.host("server")) { boot in Echo(random: boot.random) }
  /// ```
  @discardableResult
  public func program<P: Program>(
    on host: WorldHost, _ make: @escaping (HostBoot) -> P
  ) -> ProgramReference<P> {
    let place = ProgramReference<P>.Place()
    let index = host.boots.count
    add(to: host) { [unowned self] host in
      let boot = HostBoot(
        host: host.name, number: host.boot, random: host.random(inOrder: index), now: self.now,
        names: self.names)
      let box = ProgramBox(make(boot), on: host.host.makeSocketTable())
      place.box = box
      host.programs.append(box)
      box.start()
    }
    return ProgramReference(place: place, node: host, index: index)
  }

  private func add(to host: WorldHost, _ boot: @escaping (WorldHost) -> Void) {
    host.boots.append(boot)
    if unbooted.contains(where: { $0 === host }) || !host.isUp { return }
    touch(host)
    boot(host)
  }

  func start(_ host: WorldHost) {
    touch(host)
    for boot in host.boots { boot(host) }
  }

  /// Starts a program on a host, at this instant, and not again after a restart.
  @discardableResult
  public func run<P: Program>(_ program: P, on host: WorldHost) -> ProgramReference<P> {
    let box = ProgramBox(program, on: host.host.makeSocketTable())
    touch(host)
    if host.isUp {
      host.programs.append(box)
      box.start()
    }
    return ProgramReference(place: .init(box), node: host, index: max(host.programs.count - 1, 0))
  }

  /// A program as it is now.
  public func program<P: Program>(_ reference: ProgramReference<P>) -> P { reference.box.program }

  /// Changes a running program from outside. What it does with its sockets goes out at this instant.
  public func withProgram<P: Program, R>(_ reference: ProgramReference<P>, _ body: (inout P) -> R) -> R {
    touch(reference.node)
    return body(&reference.box.program)
  }

  /// Takes something out of a program. Nothing happens in the world by it: no host has to answer.
  public func take<P: Program, R>(from reference: ProgramReference<P>, _ body: (inout P) -> R) -> R {
    body(&reference.box.program)
  }

  /// Hands a program a message from outside the world, and lets everything answer that answers at this
  /// instant: so the run depends on the messages and their instants alone, and a recording keeps these.
  public func input<P: Program>(_ message: RawSpan, to reference: ProgramReference<P>) {
    touch(reference.node)
    reference.box.receive(message)
    advance(to: now)
  }

  /// Runs asynchronous code on a host, from this instant on, and not again after a restart. Its sockets
  /// are in its argument; its jobs run on the world's thread, in order, at the instants that wake them. A
  /// job that comes from elsewhere, such as another thread, makes `run` throw: that run would not repeat.
  @discardableResult
  public func spawn(
    on host: WorldHost, _ body: @escaping @Sendable (HostNetwork) async throws -> Void
  ) -> Spawned {
    touch(host)
    return host.spawn(names, body)
  }

  /// Puts a frame on a cable as if what is at that end had sent it. False: no buffer is left for it, or it
  /// is larger than the largest.
  @discardableResult
  public func inject(_ bytes: RawSpan, onto cable: Int, from end: Int) -> Bool {
    guard bytes.byteCount <= Frame.largeRoom,
      var frame = pool.take(large: bytes.byteCount > Frame.standardRoom)
    else { return false }
    frame.append(bytes)
    put(frame, on: cable, end)
    return true
  }
}

/// How the code of a host, which may run on after its world, tells that it threw.
private final class FailureReport: @unchecked Sendable {
  private weak var world: World?
  let names: HostNames

  init(_ world: World) {
    self.world = world
    names = world.names
  }

  func failed(_ host: String, _ error: any Error) {
    guard let world else { return }
    world.fail("\(host) threw \(error) at \(world.now)")
  }
}
