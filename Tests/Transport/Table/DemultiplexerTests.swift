import StrataBase
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct DemultiplexerTests {

  @Test(arguments: 0..<8) func agreesWithADictionaryUnderRandomInsertsAndRemoves(seed: Int) {
    var random = Random(seed: UInt64(seed))
    var table = Demultiplexer(random: &random, capacity: 4)
    var model: [Int: Int] = [:]
    // 256 x 16 keys, so that inserts often meet a key that is there already.
    var keys: [ConnectionKey] = []
    for address in 0..<256 {
      for port in 0..<16 {
        keys.append(
          ConnectionKey(
            remote: Address(v4: UInt32(address)), local: Address(v4: 1), ports: UInt32(port) << 16))
      }
    }
    for step in 0..<20_000 {
      let at = Int(random.below(step < 10_000 ? UInt64(keys.count) : 400))
      switch random.below(3) {
      case 0:
        expect(table.remove(keys[at]) == (model.removeValue(forKey: at) != nil))
      case 1:
        table.insert(keys[at], Place(.connection, step))
        model[at] = step
      default:
        let place = table.find(keys[at])
        expect(place == model[at].map { Place(.connection, $0) } ?? .empty)
      }
      expect(table.count == model.count)
    }
    for at in keys.indices {
      expect(table.find(keys[at]) == model[at].map { Place(.connection, $0) } ?? .empty)
    }
    for at in keys.indices where model[at] != nil { table.remove(keys[at]) }
    expect(table.count == 0)
    expect(keys.allSatisfy { table.find($0).isEmpty })
  }

  @Test func growsAndStaysAtMostThreeQuartersFull() {
    var random = Random(seed: 1)
    var table = Demultiplexer(random: &random, capacity: 4)
    for n in 0..<5_000 {
      table.insert(ConnectionKey(remote: .any, local: .any, ports: UInt32(n)), Place(.halfOpen, n))
      expect(table.count * 4 <= table.capacity * 3)
    }
    for n in 0..<5_000 {
      expect(table.find(ConnectionKey(remote: .any, local: .any, ports: UInt32(n))).index == n)
    }
  }

  @Test func tellsKeysApartThatDifferInOneFieldOnly() {
    var random = Random(seed: 2)
    var table = Demultiplexer(random: &random)
    let one = Address(high: 1, low: 2), other = Address(high: 1, low: 3), third = Address(high: 2, low: 2)
    let keys = [
      ConnectionKey(remote: one, local: one, ports: 1), ConnectionKey(remote: one, local: one, ports: 2),
      ConnectionKey(remote: other, local: one, ports: 1), ConnectionKey(remote: one, local: other, ports: 1),
      ConnectionKey(remote: third, local: one, ports: 1), ConnectionKey(remote: one, local: third, ports: 1),
    ]
    for (n, key) in keys.enumerated() { table.insert(key, Place(.timeWait, n)) }
    for (n, key) in keys.enumerated() { expect(table.find(key).index == n) }
  }

  @Test func aKeyNamesBothEndsAsTheyAre() {
    let local = SocketName(Address("10.0.0.1")!, 80), remote = SocketName(Address("10.0.0.2")!, 40_000)
    let key = ConnectionKey(local: local, remote: remote)
    expect(key.localName == local)
    expect(key.remoteName == remote)
    expect(key.portsOut == TCPHeader.ports(source: 80, destination: 40_000))
    expect(key == ConnectionKey(ConnectionName(local: local, remote: remote)))
  }

  @Test func placesKeepKindAndIndex() {
    expect(Place.empty.isEmpty)
    for kind in [Place.Kind.connection, .halfOpen, .timeWait] {
      let place = Place(kind, 0xff_ffff)
      expect(place.kind == kind && place.index == 0xff_ffff && !place.isEmpty)
    }
  }
}
