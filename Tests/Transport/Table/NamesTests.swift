import StrataBase
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct NamesTests {
  private let a = Address("10.0.0.1")!, b = Address("10.0.0.2")!, six = Address("2001:db8::1")!

  @Test func anExactBindingGoesBeforeAWildcard() {
    var bindings = Bindings()
    bindings.insert(SocketName(.anyV4, 80), number: 1)
    bindings.insert(SocketName(a, 80), number: 2)
    bindings.insert(SocketName(a, 81), number: 3)
    #expect(bindings.match(SocketName(a, 80)) == 2)
    #expect(bindings.match(SocketName(b, 80)) == 1)
    #expect(bindings.match(SocketName(b, 81)) == nil)
    #expect(bindings.match(SocketName(six, 80)) == nil)
    bindings.remove(SocketName(a, 80), number: 2)
    #expect(bindings.match(SocketName(a, 80)) == 1)
  }

  @Test func wildcardsOverlapWithWhatTheyCover() {
    var bindings = Bindings()
    bindings.insert(SocketName(a, 80), number: 1)
    #expect(bindings.overlaps(SocketName(.anyV4, 80)))
    #expect(bindings.overlaps(SocketName(.any, 80)))
    #expect(bindings.overlaps(SocketName(a, 80)))
    #expect(!bindings.overlaps(SocketName(b, 80)))
    #expect(!bindings.overlaps(SocketName(a, 79)))
    bindings.insert(SocketName(.any, 90), number: 2)
    #expect(bindings.overlaps(SocketName(six, 90)))
    #expect(bindings.overlaps(SocketName(b, 90)))
  }

  @Test func everyEphemeralPortIsGivenOutOnceAndThenNone() {
    var random = Random(seed: 3)
    var ports = Ports(random: &random)
    var taken = Set<UInt16>()
    for _ in 0..<Ports.ephemeral.count {
      guard let port = ports.pick({ !taken.contains($0) }) else { break }
      #expect(Ports.ephemeral.contains(port))
      taken.insert(port)
    }
    #expect(taken.count == 28_232)
    let none = ports.pick { !taken.contains($0) }
    #expect(none == nil)
  }

  @Test func portsBeginWhereTheSeedSays() {
    var one = Random(seed: 4), same = Random(seed: 4), other = Random(seed: 5)
    var first = Ports(random: &one), second = Ports(random: &same), third = Ports(random: &other)
    let picks = (0..<10).map { _ in first.pick { _ in true } }
    let same10 = (0..<10).map { _ in second.pick { _ in true } }
    let other10 = (0..<10).map { _ in third.pick { _ in true } }
    #expect(picks == same10)
    #expect(picks != other10)
  }

  // The vectors of the paper's appendix A and of its reference code: key 00 01 ... 0f, bytes 00 01 02 ...
  @Test func sipHashGivesTheReferenceVectors() {
    let hash = SipHash(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
    let expected: [(Int, UInt64)] = [
      (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (7, 0xab02_00f5_8b01_d137),
      (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5), (63, 0x958a_324c_eb06_4572),
    ]
    for (count, value) in expected { #expect(hash((0..<count).map { UInt8($0) }) == value) }
  }

  @Test func hashingANameIsHashingItsBytes() {
    let hash = SipHash(key: (1, 2))
    let key = ConnectionKey(remote: six, local: a, ports: 0x1234_5678)
    var bytes: [UInt8] = []
    for word in [key.remote.high, key.remote.low, key.local.high, key.local.low] {
      withUnsafeBytes(of: word.littleEndian) { bytes += $0 }
    }
    withUnsafeBytes(of: key.ports.littleEndian) { bytes += $0 }
    #expect(hash(key) == hash(bytes))
  }

  @Test func initialSequenceNumbersFollowTheClockAndDifferByName() {
    var random = Random(seed: 6)
    let numbers = InitialSequence(random: &random)
    let one = ConnectionKey(remote: b, local: a, ports: 1), two = ConnectionKey(remote: b, local: a, ports: 2)
    let start = numbers.sequence(one, at: .start)
    #expect(numbers.sequence(one, at: .start + .seconds(1)) - start == 250_000)
    #expect(numbers.sequence(two, at: .start) != start)
    #expect(numbers.timestampOffset(one) != numbers.timestampOffset(two))
    var other = Random(seed: 7)
    #expect(InitialSequence(random: &other).sequence(one, at: .start) != start)
  }

  @Test func namesPrintAsInAURL() {
    #expect(SocketName(a, 80).description == "10.0.0.1:80")
    #expect(SocketName(six, 443).description == "[2001:db8::1]:443")
  }
}
