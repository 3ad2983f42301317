import StrataBase
import StrataInternet
import StrataWire
import Testing

/// A client, and a server's words put together by hand.
private struct Talk {
  var client = DHCPClient(hardware: mineHardware, random: Random(seed: 7), at: .start)
  let server = Address("10.0.0.1")!

  /// The message that is due, in tcpdump's words, with where it goes.
  mutating func said() -> (text: String, type: DHCPMessageType?, to: Address, transaction: UInt32)? {
    var bytes = [UInt8](repeating: 0xee, count: DHCPHeader.smallestLimit)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    guard let message = client.nextMessage(into: &out),
      let view = try? DHCPView(out.bytes.extracting(first: message.count))
    else { return nil }
    return (view.description, view.type, message.to, view.transaction)
  }

  mutating func hears(
    _ type: DHCPMessageType, _ transaction: UInt32, lease: UInt32 = 3_600, at now: Instant,
    _ more: [UInt8] = bytes("0104ffffff0003040a00000106080a0000050a0000060f04686f6d65")
  ) {
    var bytes = [UInt8](repeating: 0, count: DHCPHeader.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    DHCPHeader.emit(
      &out, at: 0, isReply: true, transaction: transaction, yours: Address("10.0.0.100")!,
      hardware: mineHardware)
    let time = (0..<4).map { UInt8(truncatingIfNeeded: lease >> UInt32(24 - 8 * $0)) }
    bytes += [53, 1, type.rawValue, 54, 4, 10, 0, 0, 1, 51, 4] + time + more + [255]
    client.receive(bytes.span.bytes, at: now)
  }

  /// From nothing to a lease at the start.
  mutating func bind(lease: UInt32 = 3_600) {
    let number = said()?.transaction ?? 0
    hears(.offer, number, lease: lease, at: .start)
    _ = said()
    hears(.acknowledgment, number, lease: lease, at: .start)
  }
}

@Suite struct DHCPClientTests {
  @Test func fourMessagesMakeALease() throws {
    var talk = Talk()
    let started = talk.said()
    let first = try #require(started)
    #expect(first.type == .discover && first.to == .broadcastV4 && first.text.contains("broadcast"))
    let said1 = talk.said()
    #expect(said1 == nil, "said once")
    talk.hears(.offer, first.transaction, at: ms(10))
    #expect(talk.client.state == .requesting && talk.client.lease == nil)
    let next = talk.said()
    let second = try #require(next)
    #expect(second.type == .request && second.to == .broadcastV4)
    talk.hears(.acknowledgment, first.transaction, at: s(1))
    let lease = try #require(talk.client.lease)
    let said2 = talk.said()
    #expect(talk.client.state == .bound && said2 == nil)
    #expect(lease.address == AddressPrefix("10.0.0.100/24")! && lease.server == talk.server)
    #expect(lease.routes == [DHCPLease.Route(network: AddressPrefix("0.0.0.0/0")!, gateway: talk.server)])
    #expect(lease.nameServers == [Address("10.0.0.5")!, Address("10.0.0.6")!] && lease.domainName == "home")
    #expect(lease.renewAt == s(1_801) && lease.rebindAt == s(3_151) && lease.endsAt == s(3_601))
    #expect(talk.client.nextDeadline == s(1_801))
  }

  @Test func aSilentNetworkIsAskedLessAndLess() {
    var talk = Talk()
    var times: [Double] = []
    for _ in 0..<7 {
      let said3 = talk.said()
      #expect(said3?.type == .discover)
      let due = talk.client.nextDeadline
      times.append(Double((due - .start).nanoseconds) / 1e9)
      talk.client.expire(at: due)
    }
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    for (gap, wanted) in zip([times[0]] + gaps, [4.0, 8, 16, 32, 64, 64, 64]) {
      #expect(abs(gap - wanted) <= 1)
    }
  }

  @Test func anOfferThatIsNotKeptIsGivenUp() {
    var talk = Talk()
    let number = talk.said()!.transaction
    talk.hears(.offer, number, at: .start)
    for _ in 0..<4 {
      let said4 = talk.said()
      #expect(said4?.type == .request)
      talk.client.expire(at: talk.client.nextDeadline)
    }
    let again = talk.said()
    #expect(again?.type == .discover && again?.transaction != number)
  }

  @Test func aLeaseIsRenewedReboundAndEnds() {
    var talk = Talk()
    talk.bind()
    talk.client.expire(at: s(1_800))
    let renewal = talk.said()
    #expect(talk.client.state == .renewing && renewal?.to == talk.server)
    #expect(renewal?.text.contains("client-IP 10.0.0.100") == true)
    #expect(talk.client.nextDeadline == s(1_800 + 675), "half of what is left until T2")
    talk.client.expire(at: s(3_150))
    let said5 = talk.said()
    #expect(talk.client.state == .rebinding && said5?.to == .broadcastV4)
    #expect(talk.client.lease != nil, "it still holds")
    talk.client.expire(at: s(3_600))
    let said6 = talk.said()
    #expect(talk.client.lease == nil && talk.client.state == .selecting && said6?.type == .discover)
  }

  @Test func anAnswerToARenewalBeginsALeaseAnew() {
    var talk = Talk()
    talk.bind()
    talk.client.expire(at: s(1_800))
    talk.hears(.acknowledgment, talk.said()!.transaction, at: s(1_801))
    #expect(talk.client.state == .bound && talk.client.lease?.endsAt == s(1_801 + 3_600))
  }

  @Test func aRefusalBeginsAllOver() {
    var talk = Talk()
    talk.bind()
    talk.client.expire(at: s(1_800))
    talk.hears(.refusal, talk.said()!.transaction, at: s(1_801))
    let said7 = talk.said()
    #expect(talk.client.lease == nil && talk.client.state == .selecting && said7?.type == .discover)
  }

  @Test func aLeaseForEverIsNeverRenewed() {
    var talk = Talk()
    talk.bind(lease: .max)
    #expect(talk.client.state == .bound && talk.client.nextDeadline == .never)
  }

  @Test func classlessRoutesTakeTheRoutersPlace() {
    var talk = Talk()
    let number = talk.said()!.transaction
    let options: [UInt8] = [
      1, 4, 255, 255, 0, 0, 3, 4, 10, 0, 0, 1,
      121, 14, 0, 10, 0, 0, 2, 24, 192, 168, 7, 10, 0, 0, 3, 99, 1, 2,
    ]
    talk.hears(.offer, number, at: .start, options)
    _ = talk.said()
    talk.hears(.acknowledgment, number, at: .start, options)
    let routes = talk.client.lease?.routes.map { "\($0.network) \($0.gateway)" }
    #expect(routes == ["0.0.0.0/0 10.0.0.2", "192.168.7.0/24 10.0.0.3"], "the broken third is left out")
    #expect(talk.client.lease?.address.length == 16)
  }

  @Test func whatIsNotForThisClientIsIgnored() {
    var talk = Talk()
    let number = talk.said()!.transaction
    talk.hears(.offer, number &+ 1, at: .start)
    talk.hears(.acknowledgment, number, at: .start)
    talk.hears(.offer, number, lease: 0, at: .start)
    talk.client.receive([1, 2, 3].span.bytes, at: .start)
    #expect(talk.client.state == .selecting && talk.client.lease == nil)
  }
}
