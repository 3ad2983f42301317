import StrataWire

/// Who has which name in a world, for the code on its hosts.
final class HostNames: @unchecked Sendable {
  private var hosts: [String: WorldHost] = [:]

  subscript(_ name: String) -> WorldHost? {
    get { hosts[name] }
    set { hosts[name] = newValue }
  }

  func removeAll() { hosts.removeAll() }
}
