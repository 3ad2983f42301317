import StrataBase
import StrataLink
import StrataWire

/// Reads one line of a scenario, word by word.
struct ScenarioReader {
  enum Place {
    case host
    case `switch`
  }

  private let line: Int
  private var words: ArraySlice<String>
  /// What the lines so far have named.
  private(set) var places: [String: Place]

  init(_ text: Substring, number: Int, places: [String: Place]) {
    line = number
    self.places = places
    let code = text.prefix { $0 != "#" }
    words = code.split(whereSeparator: \.isWhitespace).map(String.init)[...]
  }

  func error(_ expected: String) -> ScenarioError { ScenarioError(line: line, expected: expected) }

  mutating func next() -> String? { words.popFirst() }

  func finish() throws(ScenarioError) {
    if let word = words.first { throw error("\(word) is one word too many here") }
  }

  private mutating func word(_ expected: String) throws(ScenarioError) -> String {
    guard let word = next() else { throw error(expected) }
    return word
  }

  private mutating func value<V>(_ form: String, _ read: (String) -> V?) throws(ScenarioError) -> V {
    let text = try word(form)
    guard let value = read(text) else { throw error("\(form), not \(text)") }
    return value
  }

  mutating func number() throws(ScenarioError) -> UInt64 {
    try value("write a whole number") { UInt64($0) }
  }

  mutating func interval() throws(ScenarioError) -> Interval {
    try value(UnitText.intervalForm, UnitText.interval)
  }

  // MARK: names

  mutating func newName(_ place: Place) throws(ScenarioError) -> String {
    let name = try word("give it a name")
    if places[name] != nil { throw error("\(name) is there already") }
    if name.contains("@") {
      throw error("a name has no @: addresses of one interface go behind the cable's end")
    }
    places[name] = place
    return name
  }

  private mutating func host() throws(ScenarioError) -> String {
    let name = try word("name a host")
    guard case .host? = places[name] else { throw error("name a host of a line above; \(name) is none") }
    return name
  }

  private mutating func place() throws(ScenarioError) -> String {
    let name = try word("name a host, router or switch")
    // The default network's switch comes with its first host.
    if places[name] == nil, name != "switch" { throw error("name a place of a line above; \(name) is none") }
    return name
  }

  // MARK: what stands

  mutating func addresses() throws(ScenarioError) -> [AddressPrefix] {
    var addresses: [AddressPrefix] = []
    while let text = next() { addresses.append(try address(text)) }
    return addresses
  }

  private func address(_ text: String) throws(ScenarioError) -> AddressPrefix {
    guard text.contains("/"), let prefix = AddressPrefix(text) else {
      throw error("write an address like 10.0.0.1/24 or fd00::1/64, not \(text)")
    }
    return prefix
  }

  /// `name`, or `name@10.1.0.1/24,fd01::1/64`.
  mutating func end() throws(ScenarioError) -> Scenario.End {
    let text = try word("name both ends of the cable")
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    guard let place = places[name] else { throw error("name a place of a line above; \(name) is none") }
    if parts.count == 1 { return Scenario.End(name: name, addresses: []) }
    if case .switch = place { throw error("\(name) is a switch: it has no addresses") }
    var addresses: [AddressPrefix] = []
    for part in parts[1].split(separator: ",", omittingEmptySubsequences: false) {
      addresses.append(try address(String(part)))
    }
    return Scenario.End(name: name, addresses: addresses)
  }

  mutating func settings() throws(ScenarioError) -> CableSettings {
    var settings = CableSettings()
    try change().apply(&settings)
    return settings
  }

  /// Pairs of a setting and its value, to the end of the line.
  mutating func change() throws(ScenarioError) -> CableChange {
    var change = CableChange()
    while let name = next() {
      switch name {
      case "delay": change.settings.append(.delay(try interval()))
      case "jitter": change.settings.append(.jitter(try interval()))
      case "loss": change.settings.append(.loss(try share()))
      case "reorder": change.settings.append(.reorder(try share()))
      case "duplicate": change.settings.append(.duplicate(try share()))
      case "corrupt": change.settings.append(.corrupt(try share()))
      case "rate": change.settings.append(.rate(try value(UnitText.bitRateForm, UnitText.bitRate)))
      case "queue": change.settings.append(.queue(try count("frames", least: 0)))
      case "mtu": change.settings.append(.mtu(try count("bytes", least: 68)))
      default:
        throw error(
          "a cable has delay, jitter, loss, reorder, duplicate, corrupt, rate, queue and mtu, not \(name)")
      }
    }
    return change
  }

  private mutating func share() throws(ScenarioError) -> Double {
    try value(UnitText.shareForm, UnitText.share)
  }

  private mutating func count(_ what: String, least: Int) throws(ScenarioError) -> Int {
    try value("write a number of \(what), at least \(least)") { Int($0).flatMap { $0 >= least ? $0 : nil } }
  }

  // MARK: what happens

  mutating func event() throws(ScenarioError) -> Scenario.Event {
    let verb = try word("say what happens: partition, heal, crash, restart, stop, change, unplug or replug")
    switch verb {
    case "partition": return .partition(try host(), try host())
    case "heal": return .heal(try host(), try host())
    case "crash":
      let name = try host()
      guard let word = next() else { return .crash(name, nil) }
      guard word == "for" else { throw error("write crash \(name) for 1s, or crash \(name) alone") }
      return .crash(name, try interval())
    case "restart": return .restart(try host())
    case "stop": return .stop(try host())
    case "unplug": return .unplug(try onePlaceOrTwo())
    case "replug": return .replug(try onePlaceOrTwo())
    case "change":
      let names = try onePlaceOrTwo()
      let change = try change()
      if change.settings.isEmpty { throw error("say what changes, like loss 20%") }
      return .change(names, change)
    default:
      throw error(
        "what can happen is partition, heal, crash, restart, stop, change, unplug or replug, not \(verb)")
    }
  }

  private mutating func onePlaceOrTwo() throws(ScenarioError) -> [String] {
    var names = [try place()]
    if let word = words.first, places[word] != nil || word == "switch" { names.append(try place()) }
    return names
  }
}
