import StrataBase
import StrataLink
import StrataWire

/// A world and what befalls it, as a text: one thing a line, and behind `#` what is for people. What runs on
/// the hosts is code, which is given to them by name.
///
/// ```text
/// seed 7
/// duration 60s
/// switch floor
/// router gate
/// host a 10.1.0.2/24            # without addresses: in the default network
/// cable a floor delay 5ms loss 1% rate 10Mbit
/// cable gate@10.1.0.1/24 floor
/// at 3s partition a b
/// at 5s crash a for 1s
/// at 8s change a floor loss 20%
/// ```
public struct Scenario: Sendable {
  enum Statement: Sendable {
    case host(String, [AddressPrefix])
    case router(String)
    case `switch`(String)
    case cable(End, End, CableSettings)
    case event(Interval, Event)
  }

  /// A cable's end: a name and the addresses behind its `@`.
  struct End: Sendable {
    let name: String
    let addresses: [AddressPrefix]
  }

  enum Event: Sendable {
    case partition(String, String)
    case heal(String, String)
    case crash(String, Interval?)
    case restart(String)
    case stop(String)
    case change([String], CableChange)
    case unplug([String])
    case replug([String])
  }

  /// What the text says, or 1.
  public private(set) var seed: UInt64 = 1
  /// How long `World.run(_:)` runs it; what the text says, or 60 s.
  public private(set) var duration = Interval.seconds(60)
  private(set) var statements: [Statement] = []

  /// Reads a text. Throws the first thing that is wrong with it.
  public init(_ text: String) throws(ScenarioError) {
    var places: [String: ScenarioReader.Place] = [:]
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      var reader = ScenarioReader(line, number: number, places: places)
      guard let verb = reader.next() else { continue }
      switch verb {
      case "seed": seed = try reader.number()
      case "duration": duration = try reader.interval()
      case "host": statements.append(.host(try reader.newName(.host), try reader.addresses()))
      case "router": statements.append(.router(try reader.newName(.host)))
      case "switch": statements.append(.switch(try reader.newName(.switch)))
      case "cable": statements.append(.cable(try reader.end(), try reader.end(), try reader.settings()))
      case "at": statements.append(.event(try reader.interval(), try reader.event()))
      default:
        throw reader.error("begin with seed, duration, host, router, switch, cable or at, not \(verb)")
      }
      try reader.finish()
      places = reader.places
    }
  }
}

extension World {
  /// Makes the world of a scenario. `seed`: another one than the text says.
  public convenience init(_ scenario: Scenario, seed: UInt64? = nil) {
    self.init(seed: seed ?? scenario.seed)
    for statement in scenario.statements {
      switch statement {
      case .host(let name, let addresses): host(name, addresses: addresses)
      case .router(let name): router(name)
      case .switch(let name): self.switch(name)
      case .cable(let a, let b, let settings):
        if let a = socket(a), let b = socket(b) { cable(a, b, settings) }
      case .event(let time, let event): at(time) { $0.perform(event) }
      }
    }
  }

  /// A host by its name; nil where there is none.
  public func host(named name: String) -> WorldHost? { names[name] }

  /// Runs for as long as the scenario says.
  public func run(_ scenario: Scenario) throws { try run(for: scenario.duration) }

  private func socket(_ end: Scenario.End) -> CableSocket? {
    if let host = names[end.name] { return end.addresses.isEmpty ? host.socket : host.at(end.addresses) }
    return switches.first { $0.name == end.name }?.socket
  }

  private func perform(_ event: Scenario.Event) {
    switch event {
    case .partition(let a, let b): partition(a, b)
    case .heal(let a, let b): heal(a, b)
    case .crash(let name, let pause): crash(name, restartAfter: pause)
    case .restart(let name): restart(name)
    case .stop(let name): stop(name)
    case .change(let names, let change):
      if names.count == 2 {
        self.change(names[0], names[1], change.apply)
      } else {
        self.change(names[0], change.apply)
      }
    case .unplug(let names): names.count == 2 ? unplug(names[0], names[1]) : unplug(names[0])
    case .replug(let names): names.count == 2 ? replug(names[0], names[1]) : replug(names[0])
    }
  }
}
