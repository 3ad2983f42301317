import StrataWire

/// Local names and the number that each was given, sorted by port. An unspecified address stands for
/// every address of its version, `::` for every address at all.
struct Bindings: Sendable {
  private struct Binding: Sendable {
    let name: SocketName
    let number: Int
  }

  private var bindings: [Binding] = []

  var count: Int { bindings.count }

  /// The number of the name that answers for `local`: itself first, then a wildcard.
  func match(_ local: SocketName) -> Int? {
    var wildcard: Int?
    var at = firstIndex(of: local.port)
    while at < bindings.count, bindings[at].name.port == local.port {
      let address = bindings[at].name.address
      if address == local.address { return bindings[at].number }
      if Self.covers(address, local.address) { wildcard = bindings[at].number }
      at += 1
    }
    return wildcard
  }

  /// Whether a packet could belong to `name` and to a name that is here already.
  func overlaps(_ name: SocketName) -> Bool {
    var at = firstIndex(of: name.port)
    while at < bindings.count, bindings[at].name.port == name.port {
      let address = bindings[at].name.address
      if address == name.address || Self.covers(address, name.address) || Self.covers(name.address, address) {
        return true
      }
      at += 1
    }
    return false
  }

  /// The numbers of all names that answer for `local`, in no order that means anything.
  func all(matching local: SocketName) -> [Int] {
    var numbers: [Int] = []
    var at = firstIndex(of: local.port)
    while at < bindings.count, bindings[at].name.port == local.port {
      let address = bindings[at].name.address
      if address == local.address || Self.covers(address, local.address) {
        numbers.append(bindings[at].number)
      }
      at += 1
    }
    return numbers
  }

  /// The numbers of all names that a packet could belong to as well as to `name`.
  func all(overlapping name: SocketName) -> [Int] {
    var numbers: [Int] = []
    var at = firstIndex(of: name.port)
    while at < bindings.count, bindings[at].name.port == name.port {
      let address = bindings[at].name.address
      if address == name.address || Self.covers(address, name.address) || Self.covers(name.address, address) {
        numbers.append(bindings[at].number)
      }
      at += 1
    }
    return numbers
  }

  /// Whether any name has this port.
  func contains(port: UInt16) -> Bool {
    let at = firstIndex(of: port)
    return at < bindings.count && bindings[at].name.port == port
  }

  mutating func insert(_ name: SocketName, number: Int) {
    bindings.insert(Binding(name: name, number: number), at: firstIndex(of: name.port))
  }

  /// Takes out the name that was given this number; false when it is not there.
  @discardableResult
  mutating func remove(_ name: SocketName, number: Int) -> Bool {
    var at = firstIndex(of: name.port)
    while at < bindings.count, bindings[at].name.port == name.port {
      if bindings[at].name == name, bindings[at].number == number {
        bindings.remove(at: at)
        return true
      }
      at += 1
    }
    return false
  }

  private static func covers(_ wildcard: Address, _ address: Address) -> Bool {
    wildcard == .any || (wildcard == .anyV4 && address.isV4)
  }

  private func firstIndex(of port: UInt16) -> Int {
    var low = 0, high = bindings.count
    while low < high {
      let middle = (low + high) / 2
      if bindings[middle].name.port < port { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
