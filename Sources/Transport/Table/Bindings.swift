import StrataWire

/// Local names and the number that each was given, sorted by port. An unspecified address stands for
/// every address of its version, `::` for every address at all unless it is for IPv6 only (RFC 3493 §5.3).
struct Bindings: Sendable {
  private struct Binding: Sendable {
    let name: SocketName
    let number: Int
    let v6Only: Bool

    /// Whether this is a wildcard that stands for `address` too.
    func covers(_ address: Address) -> Bool {
      if name.address == .any { return !(v6Only && address.isV4) }
      return name.address == .anyV4 && address.isV4
    }
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
      if bindings[at].covers(local.address) { wildcard = bindings[at].number }
      at += 1
    }
    return wildcard
  }

  /// Whether a packet could belong to `name` and to a name that is here already.
  func overlaps(_ name: SocketName, v6Only: Bool = false) -> Bool {
    !all(overlapping: name, v6Only: v6Only).isEmpty
  }

  /// The numbers of all names that answer for `local`, in no order that means anything.
  func all(matching local: SocketName) -> [Int] {
    var numbers: [Int] = []
    var at = firstIndex(of: local.port)
    while at < bindings.count, bindings[at].name.port == local.port {
      let there = bindings[at]
      if there.name == local || there.covers(local.address) { numbers.append(there.number) }
      at += 1
    }
    return numbers
  }

  /// The numbers of all names that a packet could belong to as well as to `name`.
  func all(overlapping name: SocketName, v6Only: Bool = false) -> [Int] {
    let wanted = Binding(name: name, number: 0, v6Only: v6Only)
    var numbers: [Int] = []
    var at = firstIndex(of: name.port)
    while at < bindings.count, bindings[at].name.port == name.port {
      let there = bindings[at]
      if there.name == name || there.covers(name.address) || wanted.covers(there.name.address) {
        numbers.append(there.number)
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

  mutating func insert(_ name: SocketName, number: Int, v6Only: Bool = false) {
    bindings.insert(Binding(name: name, number: number, v6Only: v6Only), at: firstIndex(of: name.port))
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

  private func firstIndex(of port: UInt16) -> Int {
    var low = 0, high = bindings.count
    while low < high {
      let middle = (low + high) / 2
      if bindings[middle].name.port < port { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
